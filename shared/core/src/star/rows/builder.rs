//! Rows to columns.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int32Builder, Int64Builder,
    RecordBatch, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, SchemaRef};
use arrow::error::ArrowError;

use crate::schema::{ColumnType, TableSchema, arrow_schema};

/// Rows of a table, written value by value in the order of its columns. A value of the wrong type, or a row
/// left unfinished, is found by [`Self::finish`].
#[derive(Debug)]
pub struct RowBuilder {
    schema: SchemaRef,
    columns: Vec<Column>,
    /// Column that the next value goes to.
    next: usize,
    rows: usize,
}

#[derive(Debug)]
enum Column {
    Boolean(BooleanBuilder),
    Int(Int32Builder),
    Long(Int64Builder),
    Double(Float64Builder),
    Decimal(Decimal128Builder),
    Date(Date32Builder),
    Time(TimestampMicrosecondBuilder),
    Text(StringBuilder),
}

/// Appends a value to the next column if that is of the variant; a column left short fails `finish`.
macro_rules! append {
    ($builder:ident, $variant:ident, $method:ident($value:expr)) => {
        if let Column::$variant(column) = $builder.next_column() {
            column.$method($value);
        }
    };
}

impl RowBuilder {
    /// No rows yet.
    pub fn new(table: &TableSchema) -> Self {
        let columns = table.columns.iter().map(|column| Column::new(column.ty)).collect();
        Self { schema: arrow_schema(table), columns, next: 0, rows: 0 }
    }

    /// Number of whole rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// A 64-bit integer.
    pub fn long(&mut self, value: i64) {
        append!(self, Long, append_value(value));
    }

    /// A 64-bit integer or null.
    pub fn optional_long(&mut self, value: Option<i64>) {
        append!(self, Long, append_option(value));
    }

    /// A number of things.
    pub fn count(&mut self, value: u64) {
        self.long(i64::try_from(value).unwrap_or(i64::MAX));
    }

    /// One number of events per type, in as many columns.
    pub fn counts(&mut self, values: &[u64; 4]) {
        for value in values {
            self.count(*value);
        }
    }

    /// Null, whatever the type.
    pub fn null(&mut self) {
        match self.next_column() {
            Column::Boolean(column) => column.append_null(),
            Column::Int(column) => column.append_null(),
            Column::Long(column) => column.append_null(),
            Column::Double(column) => column.append_null(),
            Column::Decimal(column) => column.append_null(),
            Column::Date(column) => column.append_null(),
            Column::Time(column) => column.append_null(),
            Column::Text(column) => column.append_null(),
        }
    }

    /// A 32-bit integer.
    pub fn int(&mut self, value: i32) {
        append!(self, Int, append_value(value));
    }

    /// A 64-bit float.
    pub fn double(&mut self, value: f64) {
        append!(self, Double, append_value(value));
    }

    /// An instant, in microseconds since the Unix epoch.
    pub fn time(&mut self, micros: i64) {
        append!(self, Time, append_value(micros));
    }

    /// An instant, in microseconds since the Unix epoch, or null.
    pub fn optional_time(&mut self, micros: Option<i64>) {
        append!(self, Time, append_option(micros));
    }

    /// A date, in days since the Unix epoch.
    pub fn date(&mut self, days: i32) {
        append!(self, Date, append_value(days));
    }

    /// True or false.
    pub fn boolean(&mut self, value: bool) {
        append!(self, Boolean, append_value(value));
    }

    /// A decimal, in units of its last digit.
    pub fn decimal(&mut self, units: i64) {
        append!(self, Decimal, append_value(units.into()));
    }

    /// A text.
    pub fn text(&mut self, value: &str) {
        append!(self, Text, append_value(value));
    }

    /// A text or null.
    pub fn optional_text(&mut self, value: Option<&str>) {
        append!(self, Text, append_option(value));
    }

    /// Gives the rows away; the builder is empty then.
    ///
    /// # Errors
    /// If a decimal has more digits than its column holds, or values and columns do not match.
    pub fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let schema = Arc::clone(&self.schema);
        let columns = self.columns.iter_mut().zip(schema.fields());
        let arrays =
            columns.map(|(column, field)| column.finish(field.data_type())).collect::<Result<_, _>>()?;
        (self.next, self.rows) = (0, 0);
        RecordBatch::try_new(schema, arrays)
    }

    #[inline]
    fn next_column(&mut self) -> &mut Column {
        let at = self.next;
        self.next += 1;
        if self.next == self.columns.len() {
            self.next = 0;
            self.rows += 1;
        }
        &mut self.columns[at]
    }
}

impl Column {
    fn new(ty: ColumnType) -> Self {
        match ty {
            ColumnType::Boolean => Self::Boolean(BooleanBuilder::new()),
            ColumnType::Int => Self::Int(Int32Builder::new()),
            ColumnType::Long => Self::Long(Int64Builder::new()),
            ColumnType::Double => Self::Double(Float64Builder::new()),
            ColumnType::Decimal { .. } => Self::Decimal(Decimal128Builder::new()),
            ColumnType::Date => Self::Date(Date32Builder::new()),
            ColumnType::Timestamptz => Self::Time(TimestampMicrosecondBuilder::new()),
            ColumnType::String => Self::Text(StringBuilder::new()),
        }
    }

    fn finish(&mut self, ty: &DataType) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Self::Boolean(column) => Arc::new(column.finish()),
            Self::Int(column) => Arc::new(column.finish()),
            Self::Long(column) => Arc::new(column.finish()),
            Self::Double(column) => Arc::new(column.finish()),
            Self::Date(column) => Arc::new(column.finish()),
            Self::Time(column) => Arc::new(column.finish().with_data_type(ty.clone())),
            Self::Text(column) => Arc::new(column.finish()),
            Self::Decimal(column) => {
                let column = column.finish().with_data_type(ty.clone());
                column.validate_decimal_precision(column.precision())?;
                Arc::new(column)
            }
        })
    }
}
