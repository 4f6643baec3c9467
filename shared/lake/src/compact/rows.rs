//! Rows on their way from sorted row groups to sorted ones.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::{SortColumn, concat_batches, lexsort_to_indices, take_record_batch};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::row::{OwnedRow, RowConverter, SortField};
use estrella_core::schema::{TableSchema, arrow_schema};
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;

use super::cluster::Group;
use crate::data::{DataFileWriter, ParquetFile};
use crate::error::{Error, Result};

/// Rows that are decoded of a row group at once.
const BATCH_ROWS: usize = 4096;

/// Merges rows and writes them as row groups.
pub(super) struct Rows {
    table: &'static TableSchema,
    schema: SchemaRef,
    /// Positions of the columns that the table is sorted by.
    sort: Vec<usize>,
    order: RowConverter,
    group_rows: usize,
    waiting: Vec<RecordBatch>,
}

/// A row group that is read from its begin to its end.
struct Source<'a> {
    file: &'a ParquetFile,
    reader: ParquetRecordBatchReader,
    batch: RecordBatch,
    /// The place of the batch's last row in the order of the table.
    last: OwnedRow,
}

impl Rows {
    pub(super) fn new(table: &'static TableSchema, group_rows: usize) -> Result<Self> {
        let schema = arrow_schema(table);
        let sort: Vec<usize> = table.sort.iter().filter_map(|column| table.position(column)).collect();
        let fields = sort.iter().map(|column| SortField::new(schema.field(*column).data_type().clone()));
        let order = RowConverter::new(fields.collect()).map_err(fault)?;
        Ok(Self { table, schema, sort, order, group_rows, waiting: Vec::new() })
    }

    /// Takes the rows of row groups in.
    pub(super) async fn merge(&mut self, groups: &[Group], writer: &mut DataFileWriter) -> Result<()> {
        let names: Vec<&str> = self.table.columns.iter().map(|column| column.name).collect();
        let mut sources = Vec::with_capacity(groups.len());
        for group in groups {
            let file = &*group.file;
            let columns = names.iter().map(|name| file.column(name)).collect::<Result<Vec<_>>>()?;
            let chunks = file.fetch(group.index, &columns).await?;
            let mut reader = file.batches(chunks, group.index, &columns, BATCH_ROWS)?;
            if self.sort.is_empty() {
                while let Some(batch) = self.read(file, &mut reader)? {
                    self.waiting.push(batch);
                    self.write(writer, self.group_rows)?;
                }
            } else {
                sources.extend(self.next(file, reader)?);
            }
        }
        while let Some(cut) = sources.iter().map(|source| &source.last).min().cloned() {
            // What is read of all of them up to here is all there is.
            let mut ready = Vec::new();
            let mut left = Vec::with_capacity(sources.len());
            for mut source in sources {
                let rows = self.rows_up_to(&cut, &source)?;
                ready.push(source.batch.slice(0, rows));
                if rows == source.batch.num_rows() {
                    left.extend(self.next(source.file, source.reader)?);
                } else {
                    source.batch = source.batch.slice(rows, source.batch.num_rows() - rows);
                    left.push(source);
                }
            }
            sources = left;
            self.waiting.push(self.sorted(&ready)?);
            self.write(writer, self.group_rows)?;
        }
        Ok(())
    }

    /// Writes what waits.
    pub(super) fn flush(&mut self, writer: &mut DataFileWriter) -> Result<()> {
        self.write(writer, 1)
    }

    /// Writes row groups while so many rows wait.
    fn write(&mut self, writer: &mut DataFileWriter, least: usize) -> Result<()> {
        while self.waiting.iter().map(RecordBatch::num_rows).sum::<usize>() >= least {
            let all = concat_batches(&self.schema, &self.waiting).map_err(fault)?;
            let rows = self.group_rows.min(all.num_rows());
            writer.write(&all.slice(0, rows))?;
            self.waiting = vec![all.slice(rows, all.num_rows() - rows)];
        }
        Ok(())
    }

    fn next<'a>(
        &self,
        file: &'a ParquetFile,
        mut reader: ParquetRecordBatchReader,
    ) -> Result<Option<Source<'a>>> {
        let Some(batch) = self.read(file, &mut reader)? else { return Ok(None) };
        let Some(end) = batch.num_rows().checked_sub(1) else { return Ok(None) };
        let last = self.keys(&batch.slice(end, 1))?.row(0).owned();
        Ok(Some(Source { file, reader, batch, last }))
    }

    /// The next rows of a row group.
    fn read(&self, file: &ParquetFile, reader: &mut ParquetRecordBatchReader) -> Result<Option<RecordBatch>> {
        let unfit = |e: ArrowError| Error::invalid("rows do not fit the table").at(file.key()).because(e);
        let Some(batch) = reader.next() else { return Ok(None) };
        let columns = batch.map_err(unfit)?.columns().to_vec();
        // Files of other writers may say nullable where the table does not.
        RecordBatch::try_new(Arc::clone(&self.schema), columns).map(Some).map_err(unfit)
    }

    fn rows_up_to(&self, cut: &OwnedRow, source: &Source<'_>) -> Result<usize> {
        if source.last <= *cut {
            return Ok(source.batch.num_rows());
        }
        let keys = self.keys(&source.batch)?;
        let (mut low, mut high) = (0, keys.num_rows());
        while low < high {
            let middle = low + (high - low) / 2;
            if keys.row(middle) <= cut.row() { low = middle + 1 } else { high = middle }
        }
        Ok(low)
    }

    fn keys(&self, batch: &RecordBatch) -> Result<arrow::row::Rows> {
        let columns: Vec<_> = self.sort.iter().map(|column| Arc::clone(batch.column(*column))).collect();
        self.order.convert_columns(&columns).map_err(fault)
    }

    fn sorted(&self, batches: &[RecordBatch]) -> Result<RecordBatch> {
        let all = concat_batches(&self.schema, batches).map_err(fault)?;
        let column = |at: &usize| SortColumn { values: Arc::clone(all.column(*at)), options: None };
        let columns: Vec<SortColumn> = self.sort.iter().map(column).collect();
        let order = lexsort_to_indices(&columns, None).map_err(fault)?;
        take_record_batch(&all, &order).map_err(fault)
    }
}

fn fault(error: ArrowError) -> Error {
    Error::bug("merge rows").because(error)
}
