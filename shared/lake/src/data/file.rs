//! Reading parts of a Parquet file.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use estrella_core::schema::{TableSchema, arrow_schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use parquet::file::statistics::Statistics;

use super::ColumnChunks;
use crate::{Error, ObjectStore, Result};

/// Enough for the footer of most files, so that one request opens them.
const FOOTER_BYTES: u64 = 64 * 1024;

/// An opened Parquet file: its footer is here, its columns are fetched when they are asked for.
#[derive(Debug, Clone)]
pub struct ParquetFile {
    store: Arc<dyn ObjectStore>,
    key: String,
    size_bytes: u64,
    reader: ArrowReaderMetadata,
}

impl ParquetFile {
    /// Reads the footer.
    ///
    /// # Errors
    /// `NotFound` if there is no such object, `InvalidInput` if it is no Parquet file.
    pub async fn open(store: &Arc<dyn ObjectStore>, key: &str) -> Result<Self> {
        let size_bytes = store.size_bytes(key).await?;
        let mut tail_bytes = FOOTER_BYTES.min(size_bytes);
        let metadata = loop {
            let tail = store.get_range(key, size_bytes - tail_bytes..size_bytes).await?;
            let mut reader = ParquetMetaDataReader::new();
            match reader.try_parse_sized(&tail, size_bytes) {
                Ok(()) => break reader.finish().map_err(|e| damaged(key, &e))?,
                Err(ParquetError::NeedMoreData(needed)) if (needed as u64) > tail_bytes => {
                    tail_bytes = (needed as u64).min(size_bytes);
                }
                Err(error) => return Err(damaged(key, &error)),
            }
        };
        let reader = ArrowReaderMetadata::try_new(Arc::new(metadata), ArrowReaderOptions::new())
            .map_err(|e| damaged(key, &e))?;
        Ok(Self { store: Arc::clone(store), key: key.to_owned(), size_bytes, reader })
    }

    /// The footer.
    pub fn metadata(&self) -> &Arc<ParquetMetaData> {
        self.reader.metadata()
    }

    /// Key in the store.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Size in bytes.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Number of row groups.
    pub fn groups(&self) -> usize {
        self.metadata().num_row_groups()
    }

    /// Rows of a row group.
    pub fn group_rows(&self, group: usize) -> u64 {
        self.metadata().row_group(group).num_rows().unsigned_abs()
    }

    /// Position of a column.
    ///
    /// # Errors
    /// `InvalidInput` if the file has no such column.
    pub fn column(&self, name: &str) -> Result<usize> {
        let columns = self.metadata().file_metadata().schema_descr().columns();
        columns
            .iter()
            .position(|column| column.name() == name)
            .ok_or_else(|| Error::invalid(format!("no column {name}")).at(&self.key))
    }

    /// Least and greatest value of a 64-bit integer column in a row group, if the footer says so.
    pub fn long_bounds(&self, group: usize, column: usize) -> Option<(i64, i64)> {
        match self.metadata().row_group(group).column(column).statistics()? {
            Statistics::Int64(statistics) => Some((*statistics.min_opt()?, *statistics.max_opt()?)),
            _ => None,
        }
    }

    /// Fetches some columns of a row group, neighbours in one request.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn fetch(&self, group: usize, columns: &[usize]) -> Result<ColumnChunks> {
        let group = self.metadata().row_group(group);
        let mut wanted: Vec<Range<u64>> = columns
            .iter()
            .map(|&column| {
                let (start, length) = group.column(column).byte_range();
                start..start + length
            })
            .collect();
        wanted.sort_by_key(|range| range.start);
        wanted.dedup_by(|next, previous| {
            let adjacent = next.start == previous.end;
            if adjacent {
                previous.end = next.end;
            }
            adjacent
        });
        let mut ranges = Vec::with_capacity(wanted.len());
        for range in wanted {
            ranges.push((range.start, self.store.get_range(&self.key, range).await?));
        }
        Ok(ColumnChunks::new(self.size_bytes, ranges))
    }

    /// The same file, whose text columns of these names are decoded as dictionaries, as they are in the file: a text per
    /// row is often made only to be looked up again.
    ///
    /// # Errors
    /// `InvalidInput` if one of them is no column of texts.
    pub fn with_dictionaries(mut self, names: &[&str]) -> Result<Self> {
        let fields = self.reader.schema().fields().iter().map(|field| {
            let is_wanted = names.contains(&field.name().as_str()) && *field.data_type() == DataType::Utf8;
            if is_wanted { Arc::new(as_dictionary(field)) } else { Arc::clone(field) }
        });
        let schema: SchemaRef = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let options = ArrowReaderOptions::new().with_schema(schema);
        self.reader = ArrowReaderMetadata::try_new(Arc::clone(self.metadata()), options)
            .map_err(|e| damaged(&self.key, &e))?;
        Ok(self)
    }

    /// Decodes some columns of a row group that were fetched.
    ///
    /// # Errors
    /// `InvalidInput` if the file is damaged.
    pub fn decode(&self, chunks: &ColumnChunks, group: usize, columns: &[usize]) -> Result<RecordBatch> {
        let reader = self.batches(chunks.clone(), group, columns, self.group_rows(group).max(1) as usize)?;
        let schema = arrow::array::RecordBatchReader::schema(&reader);
        let damaged = |e: ParquetError| damaged(&self.key, &e);
        let batches = reader.collect::<std::result::Result<Vec<_>, _>>().map_err(|e| damaged(e.into()))?;
        match <[RecordBatch; 1]>::try_from(batches) {
            Ok([batch]) => Ok(batch),
            Err(batches) => concat_batches(&schema, &batches).map_err(|e| damaged(e.into())),
        }
    }

    /// As [`Self::decode`], so many rows at a time.
    ///
    /// # Errors
    /// `InvalidInput` if the file is damaged, which its batches may say too.
    pub fn batches(
        &self,
        chunks: ColumnChunks,
        group: usize,
        columns: &[usize],
        rows: usize,
    ) -> Result<ParquetRecordBatchReader> {
        let descriptor = self.metadata().file_metadata().schema_descr();
        ParquetRecordBatchReaderBuilder::new_with_metadata(chunks, self.reader.clone())
            .with_row_groups(vec![group])
            .with_projection(ProjectionMask::leaves(descriptor, columns.iter().copied()))
            .with_batch_size(rows)
            .build()
            .map_err(|e| damaged(&self.key, &e))
    }

    /// Fetches and decodes columns of a row group by name; they come in the order of the file.
    ///
    /// # Errors
    /// As [`Self::column`], [`Self::fetch`] and [`Self::decode`].
    pub async fn read(&self, group: usize, names: &[&str]) -> Result<RecordBatch> {
        let columns = names.iter().map(|name| self.column(name)).collect::<Result<Vec<_>>>()?;
        let chunks = self.fetch(group, &columns).await?;
        self.decode(&chunks, group, &columns)
    }

    /// Fetches and decodes a row group of a file of `table`.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn read_all(&self, table: &TableSchema, group: usize) -> Result<RecordBatch> {
        let names: Vec<&str> = table.columns.iter().map(|c| c.name).collect();
        let batch = self.read(group, &names).await?;
        // Files of other writers may say nullable where the table does not.
        RecordBatch::try_new(arrow_schema(table), batch.columns().to_vec())
            .map_err(|e| Error::invalid("rows do not fit the table").at(&self.key).because(e))
    }
}

fn as_dictionary(field: &Field) -> Field {
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    field.clone().with_data_type(dictionary)
}

fn damaged(key: &str, error: &ParquetError) -> Error {
    Error::invalid(format!("parquet file cannot be read: {error}")).at(key)
}
