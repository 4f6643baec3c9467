//! Writing Parquet files.

use std::fs::File;
use std::io::{BufWriter, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;
use estrella_core::schema::{TableSchema, arrow_schema};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowRowGroupWriterFactory, compute_leaves};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, KeyValue, ParquetMetaData};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnDescPtr, ColumnDescriptor};
use xxhash_rust::xxh3::Xxh3;

use super::properties::properties;
use super::{ColumnChunks, ParquetFile};
use crate::{Error, NewFile, ObjectStore, Put, Result};

/// Bytes that go to the disk together.
const WRITE_BYTES: usize = 256 << 10;

/// One column of a row group.
#[derive(Debug)]
pub enum Column<'a> {
    /// Values to encode.
    Encode(ArrayRef),
    /// A chunk to copy as it stands. The column must have the same type in both files; it may have another name.
    Copy {
        /// File the chunk comes from.
        file: &'a ParquetFile,
        /// Its fetched bytes.
        chunks: &'a ColumnChunks,
        /// Row group in that file.
        group: usize,
        /// Position of the column in that file.
        column: usize,
    },
}

/// Writes one data file to a scratch file. Dropped before [`Self::finish`], it leaves nothing behind.
pub struct DataFileWriter {
    writer: SerializedFileWriter<BufWriter<File>>,
    factory: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
    scratch: Scratch,
}

/// A scratch file, removed when dropped.
#[derive(Debug)]
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // Gone already if it was installed; left to whoever empties the scratch folder if it cannot be removed.
        let _gone = std::fs::remove_file(&self.0);
    }
}

/// A whole data file, not yet installed under its key.
#[derive(Debug)]
pub struct FinishedFile {
    scratch: Scratch,
    size_bytes: u64,
    metadata: Arc<ParquetMetaData>,
}

impl DataFileWriter {
    /// Starts a file of `table` in the folder `scratch`.
    ///
    /// # Errors
    /// If the scratch file cannot be made.
    pub fn create(table: &TableSchema, scratch: &Path) -> Result<Self> {
        let schema = arrow_schema(table);
        let path = scratch.join(format!("{}-{}.parquet", table.name, uuid::Uuid::new_v4()));
        let file = File::create_new(&path).map_err(|e| Error::io("create scratch file", &path, e))?;
        let scratch = Scratch(path);
        let descriptor = ArrowSchemaConverter::new().convert(&schema).map_err(bug)?;
        let properties = Arc::new(properties(table).map_err(bug)?);
        let writer = SerializedFileWriter::new(
            BufWriter::with_capacity(WRITE_BYTES, file),
            descriptor.root_schema_ptr(),
            properties,
        )
        .map_err(bug)?;
        let factory = ArrowRowGroupWriterFactory::new(&writer, Arc::clone(&schema));
        Ok(Self { writer, factory, schema, scratch })
    }

    /// Writes a row group from one array per column of the table.
    ///
    /// # Errors
    /// If a column does not fit the table, or the disk is full.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.write_columns(batch.columns().iter().map(|column| Column::Encode(Arc::clone(column))))
    }

    /// Writes a row group from columns in the order of the table.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn write_columns<'a>(&mut self, columns: impl IntoIterator<Item = Column<'a>>) -> Result<()> {
        self.encode(columns).map_err(|error| error.at(self.scratch.0.display()))
    }

    fn encode<'a>(&mut self, columns: impl IntoIterator<Item = Column<'a>>) -> Result<()> {
        let group = self.writer.flushed_row_groups().len();
        let descriptors = self.writer.schema_descr().columns().to_vec();
        let encoders = self.factory.create_column_writers(group).map_err(bug)?;
        let mut row_group = self.writer.next_row_group().map_err(bug)?;
        let targets = encoders.into_iter().zip(self.schema.fields()).zip(descriptors);
        for (((encoder, field), descriptor), column) in targets.zip(columns) {
            match column {
                Column::Encode(array) => {
                    if array.data_type() != field.data_type()
                        || (array.null_count() > 0 && !field.is_nullable())
                    {
                        let what = format!(
                            "column {} got {} with {} nulls",
                            field.name(),
                            array.data_type(),
                            array.null_count()
                        );
                        return Err(Error::bug(what));
                    }
                    let mut encoder = encoder;
                    for leaf in compute_leaves(field, &array).map_err(bug)? {
                        encoder.write(&leaf).map_err(bug)?;
                    }
                    encoder
                        .close()
                        .and_then(|chunk| chunk.append_to_row_group(&mut row_group))
                        .map_err(bug)?;
                }
                Column::Copy { file, chunks, group, column } => {
                    let source = file.metadata().row_group(group);
                    let close = ColumnCloseResult {
                        bytes_written: source.column(column).compressed_size().unsigned_abs(),
                        rows_written: source.num_rows().unsigned_abs(),
                        metadata: described_as(descriptor, source.column(column))?,
                        bloom_filter: None,
                        column_index: None,
                        offset_index: None,
                    };
                    row_group.append_column(chunks, close).map_err(bug)?;
                }
            }
        }
        row_group.close().map_err(bug)?;
        Ok(())
    }

    /// Rows written so far.
    pub fn rows(&self) -> u64 {
        self.writer.flushed_row_groups().iter().map(|group| group.num_rows().unsigned_abs()).sum()
    }

    /// Adds an entry to the footer.
    pub fn add_metadata(&mut self, name: &str, value: String) {
        self.writer.append_key_value_metadata(KeyValue::new(name.to_owned(), value));
    }

    /// Closes the file.
    ///
    /// # Errors
    /// If the disk is full.
    pub fn finish(mut self) -> Result<FinishedFile> {
        let path = &self.scratch.0;
        let metadata = self.writer.finish().map_err(|error| bug(error).at(path.display()))?;
        let metadata = Arc::new(metadata);
        let size_bytes = std::fs::metadata(path).map_err(|e| Error::io("read scratch file", path, e))?.len();
        Ok(FinishedFile { scratch: self.scratch, size_bytes, metadata })
    }
}

impl FinishedFile {
    /// Rows of the file.
    pub fn rows(&self) -> u64 {
        self.metadata.file_metadata().num_rows().unsigned_abs()
    }

    /// Hash of its bytes (XXH3, 128 bits), 32 hex digits: a name that has it says what the file holds.
    ///
    /// # Errors
    /// If the scratch file cannot be read.
    pub fn content_hash(&self) -> Result<String> {
        let path = &self.scratch.0;
        let fault = |e| Error::io("read scratch file", path, e);
        let mut file = File::open(path).map_err(fault)?;
        let (mut hasher, mut bytes) = (Xxh3::new(), vec![0; WRITE_BYTES]);
        loop {
            match file.read(&mut bytes).map_err(fault)? {
                0 => return Ok(format!("{:032x}", hasher.digest128())),
                read => hasher.update(&bytes[..read]),
            }
        }
    }

    /// Installs the file under `key`. If the key is taken, the file that is there stays: names are derived from
    /// inputs, so it holds the same rows. The footer returned is of the file that is there.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn install(
        self,
        store: &Arc<dyn ObjectStore>,
        key: &str,
        partition_date: Option<i32>,
    ) -> Result<NewFile> {
        let (size_bytes, metadata) = match store.put_file_if_absent(key, &self.scratch.0).await? {
            Put::Created => (self.size_bytes, self.metadata),
            Put::Exists => {
                // An old file that nobody names: maintenance may take it after it was found.
                let there = ParquetFile::open(store, key).await.map_err(Error::absent_is_conflict)?;
                (there.size_bytes(), Arc::clone(there.metadata()))
            }
        };
        Ok(NewFile { key: key.to_owned(), partition_date, size_bytes, metadata })
    }
}

/// What is known of a chunk, as that of another column of the same type.
fn described_as(column: ColumnDescPtr, chunk: &ColumnChunkMetaData) -> Result<ColumnChunkMetaData> {
    let source = chunk.column_descr();
    if *source == *column {
        return Ok(chunk.clone());
    }
    let shape = |c: &ColumnDescriptor| {
        (
            c.physical_type(),
            c.logical_type_ref().cloned(),
            c.type_length(),
            c.max_def_level(),
            c.max_rep_level(),
        )
    };
    if shape(source) != shape(&column) {
        return Err(Error::bug(format!("column {} cannot become {}", source.name(), column.name())));
    }
    let mut described = ColumnChunkMetaData::builder(column)
        .set_compression(chunk.compression())
        .set_encodings_mask(*chunk.encodings_mask())
        .set_num_values(chunk.num_values())
        .set_total_compressed_size(chunk.compressed_size())
        .set_total_uncompressed_size(chunk.uncompressed_size())
        .set_data_page_offset(chunk.data_page_offset())
        .set_dictionary_page_offset(chunk.dictionary_page_offset())
        .set_unencoded_byte_array_data_bytes(chunk.unencoded_byte_array_data_bytes());
    if let Some(statistics) = chunk.statistics() {
        described = described.set_statistics(statistics.clone());
    }
    described.build().map_err(bug)
}

fn bug(error: ParquetError) -> Error {
    match error {
        ParquetError::External(source) => match source.downcast::<std::io::Error>() {
            Ok(error) => Error::unavailable("write scratch file").because(error),
            Err(source) => Error::bug(format!("write parquet: {source}")),
        },
        error => Error::bug(format!("write parquet: {error}")),
    }
}
