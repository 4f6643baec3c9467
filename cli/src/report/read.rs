//! Reading columns of the lake's own tables.

use arrow::array::{Array, AsArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{Float64Type, Int64Type, TimestampMicrosecondType};
use estrella_core::schema::TableSchema;
use estrella_lake::data::ParquetFile;
use estrella_lake::{Error, PlannedFile, Result, Table};
use estrella_runtime::Deps;
use futures::{StreamExt, TryStreamExt, stream};
use iceberg::expr::Predicate;

/// Files read at once: most tables have one per run.
const FILES_AT_ONCE: usize = 16;

/// The tables of a lake.
pub(crate) struct Read<'t> {
    tables: &'t [Table],
    deps: &'t Deps,
}

/// Some columns of a row group.
pub(crate) struct Rows {
    batch: RecordBatch,
    key: String,
}

impl<'t> Read<'t> {
    pub(crate) fn new(tables: &'t [Table], deps: &'t Deps) -> Self {
        Self { tables, deps }
    }

    /// Columns of a table, row group by row group; nothing of a table that is not there.
    pub(crate) async fn columns(
        &self,
        schema: &TableSchema,
        columns: &[&str],
        filter: Option<Predicate>,
    ) -> Result<Vec<Rows>> {
        let name = schema.full_name();
        let Some(table) = self.tables.iter().find(|table| table.schema().full_name() == name) else {
            return Ok(Vec::new());
        };
        self.files(table.plan(filter).await?, columns).await
    }

    /// Columns of some files, row group by row group.
    pub(crate) async fn files(&self, files: Vec<PlannedFile>, columns: &[&str]) -> Result<Vec<Rows>> {
        let files = files.into_iter().map(|file| async move {
            let file = ParquetFile::open(self.deps.lake.store(), &file.key).await?;
            let mut rows = Vec::with_capacity(file.groups());
            for group in 0..file.groups() {
                rows.push(Rows { batch: file.read(group, columns).await?, key: file.key().to_owned() });
            }
            Ok::<_, Error>(rows)
        });
        let groups: Vec<Vec<Rows>> = stream::iter(files).buffered(FILES_AT_ONCE).try_collect().await?;
        Ok(groups.into_iter().flatten().collect())
    }
}

impl Rows {
    pub(crate) fn len(&self) -> usize {
        self.batch.num_rows()
    }

    pub(crate) fn texts(&self, name: &str) -> Result<&StringArray> {
        let column = self.batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>());
        column.ok_or_else(|| self.unfit(name))
    }

    pub(crate) fn longs(&self, name: &str) -> Result<&Int64Array> {
        let column = self.batch.column_by_name(name).and_then(|c| c.as_primitive_opt::<Int64Type>());
        column.ok_or_else(|| self.unfit(name))
    }

    pub(crate) fn doubles(&self, name: &str) -> Result<&Float64Array> {
        let column = self.batch.column_by_name(name).and_then(|c| c.as_primitive_opt::<Float64Type>());
        column.ok_or_else(|| self.unfit(name))
    }

    /// Milliseconds since the Unix epoch.
    pub(crate) fn times_ms(&self, name: &str) -> Result<Vec<i64>> {
        let column = self.batch.column_by_name(name);
        let times = column.and_then(|c| c.as_primitive_opt::<TimestampMicrosecondType>());
        let times = times.ok_or_else(|| self.unfit(name))?;
        Ok(times.values().iter().map(|micros| micros.div_euclid(1000)).collect())
    }

    pub(crate) fn unfit(&self, name: &str) -> Error {
        Error::invalid(format!("column {name} is not as expected")).at(&self.key)
    }
}

/// A text that may be null.
pub(crate) fn optional(texts: &StringArray, row: usize) -> Option<String> {
    texts.is_valid(row).then(|| texts.value(row).to_owned())
}

/// A number that may be null.
pub(crate) fn number(numbers: &Float64Array, row: usize) -> Option<f64> {
    numbers.is_valid(row).then(|| numbers.value(row))
}
