//! Small data files for tests.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int32Array, Int64Array, RecordBatch,
    StringArray, TimestampMicrosecondArray,
};
use arrow::util::display::array_value_to_string;
use bytes::Bytes;
use estrella_core::schema::{Column, ColumnType, TableSchema, arrow_schema};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::metadata::ParquetMetaDataReader;
use parquet::file::properties::WriterProperties;

use crate::commit::NewFile;
use crate::error::{Error, Result};
use crate::ports::ObjectStore;
use crate::table::PlannedFile;

const DAY_US: i64 = 86_400_000_000;

/// Writes a data file with one made-up row per number. Dates are day `date` (0 without one), times that many
/// microseconds into the day, every other column the number itself; optional columns are null when it is odd.
pub async fn write_rows(
    store: &dyn ObjectStore,
    table: &TableSchema,
    name: &str,
    date: Option<i32>,
    numbers: &[i32],
) -> Result<NewFile> {
    let day = date.map_or_else(String::new, |date| format!("day={date}/"));
    let key = format!("{}/{}/data/{day}{name}.parquet", table.namespace, table.name);
    let columns = table.columns.iter().map(|column| array(column, date.unwrap_or_default(), numbers));
    let batch = RecordBatch::try_new(arrow_schema(table), columns.collect()).map_err(bug)?;
    // Two rows per group, so that bounds have to be put together.
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(2)).build();
    let mut body = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut body, batch.schema(), Some(properties)).map_err(bug)?;
    writer.write(&batch).map_err(bug)?;
    writer.close().map_err(bug)?;
    let body = Bytes::from(body);
    let metadata = ParquetMetaDataReader::new().parse_and_finish(&body).map_err(bug)?;
    let size_bytes = body.len() as u64;
    store.put_if_absent(&key, body).await?;
    Ok(NewFile { key, partition_date: date, size_bytes, metadata: Arc::new(metadata) })
}

/// The values of the first column of some files, sorted.
pub async fn first_column(store: &dyn ObjectStore, files: &[PlannedFile]) -> Result<Vec<String>> {
    let mut values = Vec::new();
    for file in files {
        let reader = ParquetRecordBatchReaderBuilder::try_new(store.get(&file.key).await?).map_err(bug)?;
        for batch in reader.build().map_err(bug)? {
            let batch = batch.map_err(bug)?;
            for row in 0..batch.num_rows() {
                values.push(array_value_to_string(batch.column(0), row).map_err(bug)?);
            }
        }
    }
    values.sort_unstable();
    Ok(values)
}

fn array(column: &Column, date: i32, numbers: &[i32]) -> ArrayRef {
    let values = || numbers.iter().map(|n| Some(*n).filter(|n| column.required || n % 2 == 0));
    match column.ty {
        ColumnType::Boolean => Arc::new(values().map(|n| Some(n? > 0)).collect::<BooleanArray>()),
        ColumnType::Int => Arc::new(values().collect::<Int32Array>()),
        ColumnType::Long => Arc::new(values().map(|n| n.map(i64::from)).collect::<Int64Array>()),
        ColumnType::Double => Arc::new(values().map(|n| n.map(f64::from)).collect::<Float64Array>()),
        ColumnType::Date => Arc::new(values().map(|n| n.and(Some(date))).collect::<Date32Array>()),
        ColumnType::String => Arc::new(values().map(|n| n.map(|n| n.to_string())).collect::<StringArray>()),
        ColumnType::Timestamptz => {
            let us = |n: i32| i64::from(date) * DAY_US + i64::from(n);
            Arc::new(values().map(|n| n.map(us)).collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
        }
        ColumnType::Decimal { precision, scale } => {
            let values = values().map(|n| n.map(i128::from)).collect::<Decimal128Array>();
            Arc::new(values.with_data_type(arrow::datatypes::DataType::Decimal128(precision, scale)))
        }
    }
}

fn bug(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::bug("test rows").because(error)
}
