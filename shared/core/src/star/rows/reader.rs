//! Columns to values.

use arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow::buffer::ScalarBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow::error::ArrowError;

use crate::event::EventType;
use crate::schema::{TableSchema, arrow_schema};
use crate::star::Activity;

/// Columns of a table by name. Other writers may have stored them in wider types; nulls are refused where the
/// table has none.
#[derive(Debug, Clone, Copy)]
pub struct RowReader<'a> {
    table: &'static TableSchema,
    batch: &'a RecordBatch,
}

impl<'a> RowReader<'a> {
    /// Some columns of a table, in any order.
    pub fn new(table: &'static TableSchema, batch: &'a RecordBatch) -> Self {
        Self { table, batch }
    }

    /// 64-bit integers.
    ///
    /// # Errors
    /// If there is no such column, or it does not fit the table. So do all methods.
    pub fn longs(&self, name: &str) -> Result<ScalarBuffer<i64>, ArrowError> {
        Ok(self.column(name)?.as_primitive::<Int64Type>().values().clone())
    }

    /// 64-bit integers or nulls.
    pub fn optional_longs(&self, name: &str) -> Result<Int64Array, ArrowError> {
        Ok(self.column(name)?.as_primitive::<Int64Type>().clone())
    }

    /// Numbers of things.
    pub fn counts(&self, name: &str) -> Result<ScalarBuffer<i64>, ArrowError> {
        let counts = self.longs(name)?;
        match counts.iter().find(|count| **count < 0) {
            Some(count) => Err(ArrowError::ParseError(format!("{name} is {count}, which is no count"))),
            None => Ok(counts),
        }
    }

    /// Instants, in microseconds since the Unix epoch.
    pub fn times(&self, name: &str) -> Result<ScalarBuffer<i64>, ArrowError> {
        Ok(self.column(name)?.as_primitive::<TimestampMicrosecondType>().values().clone())
    }

    /// Instants, in microseconds since the Unix epoch, or nulls.
    pub fn optional_times(&self, name: &str) -> Result<TimestampMicrosecondArray, ArrowError> {
        Ok(self.column(name)?.as_primitive::<TimestampMicrosecondType>().clone())
    }

    /// Texts; nulls where the table has them.
    pub fn texts(&self, name: &str) -> Result<StringArray, ArrowError> {
        Ok(self.column(name)?.as_string::<i32>().clone())
    }

    /// Texts as positions among distinct ones.
    pub(in crate::star) fn dictionary(&self, name: &str) -> Result<DictionaryArray<Int32Type>, ArrowError> {
        let wanted = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        Ok(self.typed(name, &wanted)?.as_dictionary::<Int32Type>().clone())
    }

    /// Decimals, in units of their last digit.
    pub fn decimals(&self, name: &str) -> Result<Vec<i64>, ArrowError> {
        let column = self.column(name)?;
        let units = column.as_primitive::<Decimal128Type>().values();
        let narrow = |units: &i128| i64::try_from(*units);
        let narrowed: Result<Vec<i64>, _> = units.iter().map(narrow).collect();
        narrowed.map_err(|_| ArrowError::ParseError(format!("{name} has a decimal out of range")))
    }

    /// What events add up to, once per key that has any: all versions of a key say the same.
    pub(in crate::star) fn of_events<K: PartialEq, R>(
        &self,
        read: impl Fn(usize) -> (K, R),
    ) -> Result<Vec<(K, R)>, ArrowError> {
        let seen = self.optional_times("first_seen_at")?;
        let rows = (0..self.batch.num_rows()).filter(|row| seen.is_valid(*row));
        let mut rows: Vec<(K, R)> = rows.map(read).collect();
        rows.dedup_by(|next, before| next.0 == before.0);
        Ok(rows)
    }

    /// The counts by type, and the columns of the given names.
    pub fn activities(&self, first: &str, last: &str, sum: &str) -> Result<Vec<Activity>, ArrowError> {
        let (first, last, sum) = (self.times(first)?, self.times(last)?, self.decimals(sum)?);
        let mut counts = Vec::with_capacity(EventType::ALL.len());
        for event_type in EventType::ALL {
            counts.push(self.counts(&format!("{}_count", event_type.as_str()))?);
        }
        let activity = |i: usize| Activity {
            first_at: first[i],
            last_at: last[i],
            counts: std::array::from_fn(|event_type| counts[event_type][i].unsigned_abs()),
            purchases_cents: sum[i],
        };
        Ok((0..self.batch.num_rows()).map(activity).collect())
    }

    fn column(&self, name: &str) -> Result<ArrayRef, ArrowError> {
        self.typed(name, arrow_schema(self.table).field_with_name(name)?.data_type())
    }

    fn typed(&self, name: &str, wanted: &DataType) -> Result<ArrayRef, ArrowError> {
        let required = self.table.columns.iter().any(|column| column.name == name && column.required);
        let column = self.batch.column_by_name(name);
        let column = column.ok_or_else(|| ArrowError::SchemaError(format!("no column {name}")))?;
        if required && column.null_count() > 0 {
            return Err(ArrowError::SchemaError(format!("required column {name} has nulls")));
        }
        if column.data_type() == wanted { Ok(column.clone()) } else { cast(column, wanted) }
    }
}
