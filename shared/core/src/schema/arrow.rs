//! Arrow schemas with Iceberg field ids.

use std::{collections::HashMap, sync::Arc};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::PARQUET_FIELD_ID_META_KEY;

use super::{ColumnType, TableSchema};

/// The Arrow schema of a table's data files; each field carries its Iceberg field id.
pub fn arrow_schema(table: &TableSchema) -> SchemaRef {
    let fields = table.columns.iter().zip(1..).map(|(column, id): (_, i32)| {
        Field::new(column.name, data_type(column.ty), !column.required)
            .with_metadata(HashMap::from([(PARQUET_FIELD_ID_META_KEY.to_owned(), id.to_string())]))
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn data_type(ty: ColumnType) -> DataType {
    match ty {
        ColumnType::Boolean => DataType::Boolean,
        ColumnType::Int => DataType::Int32,
        ColumnType::Long => DataType::Int64,
        ColumnType::Double => DataType::Float64,
        ColumnType::Decimal { precision, scale } => DataType::Decimal128(precision, scale),
        ColumnType::Date => DataType::Date32,
        ColumnType::Timestamptz => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        ColumnType::String => DataType::Utf8,
    }
}
