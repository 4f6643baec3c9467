//! Data files: Parquet with Iceberg field ids.
//!
//! A row group is written column by column, and a column is either encoded or copied as bytes from another
//! file: [`Column::Copy`] is what makes loading facts cost next to nothing.

mod chunks;
mod file;
mod properties;
mod writer;

pub use chunks::ColumnChunks;
pub use file::ParquetFile;
pub use writer::{Column, DataFileWriter, FinishedFile};
