//! Rows of change tables as values.

use arrow::array::RecordBatch;
use estrella_core::changes::{CHANGE_COLUMNS, Change, Op, SourceTable, Value, values};
use estrella_core::schema::{ColumnType, TableSchema};
use estrella_lake::data::ParquetFile;
use estrella_lake::{Error, Result};

/// A change with the key of its row.
pub(crate) struct Keyed {
    pub(crate) key: Box<[Value]>,
    pub(crate) change: Change,
}

/// Reads a row group of a landed file or of a log, whose columns are `schema`'s.
pub(crate) async fn read(
    file: &ParquetFile,
    group: usize,
    table: &SourceTable,
    schema: &'static TableSchema,
) -> Result<Vec<Keyed>> {
    let batch = file.read_all(schema, group).await?;
    let unfit = |reason: String| Error::invalid(format!("changes cannot be read: {reason}")).at(file.key());
    let column = |name: &str, ty| values(&batch, name, ty).map_err(|e| unfit(e.to_string()));
    let mut columns = Vec::with_capacity(table.columns.len());
    for own in schema.columns.iter().take(table.columns.len()) {
        columns.push(column(own.name, own.ty)?.into_iter());
    }
    let [op, time, sequence, object, row] = CHANGE_COLUMNS;
    let (ops, times) = (column(op, ColumnType::String)?, column(time, ColumnType::Timestamptz)?);
    let (sequences, objects) = (column(sequence, ColumnType::String)?, column(object, ColumnType::String)?);
    let rows = column(row, ColumnType::Long)?;
    keyed(&batch, columns, table, |row| {
        let letter = ops[row].text().unwrap_or_default();
        Ok(Change {
            op: Op::parse(letter.as_bytes()).ok_or_else(|| unfit(format!("{letter:?} is no change")))?,
            time_us: times[row].time(),
            sequence: sequences[row].text().map(Box::from),
            object: objects[row].text().unwrap_or_default().into(),
            row: rows[row].long().unwrap_or_default(),
            values: Box::default(),
        })
    })
}

fn keyed(
    batch: &RecordBatch,
    mut columns: Vec<impl Iterator<Item = Value>>,
    table: &SourceTable,
    change: impl Fn(usize) -> Result<Change>,
) -> Result<Vec<Keyed>> {
    let mut found = Vec::with_capacity(batch.num_rows());
    for row in 0..batch.num_rows() {
        let mut all: Vec<Value> =
            columns.iter_mut().map(|column| column.next().unwrap_or(Value::Null)).collect();
        let key = table.key.iter().map(|at| std::mem::replace(&mut all[*at], Value::Null)).collect();
        let values = table.value_columns().map(|at| std::mem::replace(&mut all[at], Value::Null)).collect();
        found.push(Keyed { key, change: Change { values, ..change(row)? } });
    }
    Ok(found)
}
