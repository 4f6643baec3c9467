//! Column chunks in memory, standing for the file they come from.

use std::sync::Arc;

use bytes::{Buf, Bytes, buf::Reader};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::reader::{ChunkReader, Length};

/// Some byte ranges of a file: what a reader of some columns of one row group asks for.
#[derive(Debug, Clone)]
pub struct ColumnChunks {
    size_bytes: u64,
    /// Start and bytes, by start.
    ranges: Arc<[(u64, Bytes)]>,
}

impl ColumnChunks {
    /// Ranges of a file of `size_bytes`, sorted by start.
    pub(super) fn new(size_bytes: u64, ranges: Vec<(u64, Bytes)>) -> Self {
        Self { size_bytes, ranges: ranges.into() }
    }

    fn from(&self, start: u64) -> ParquetResult<Bytes> {
        let after = self.ranges.partition_point(|(range_start, _)| *range_start <= start);
        let found = after.checked_sub(1).and_then(|i| self.ranges.get(i));
        match found {
            Some((range_start, bytes)) if start - range_start <= bytes.len() as u64 => {
                Ok(bytes.slice((start - range_start) as usize..))
            }
            _ => Err(ParquetError::General(format!("byte {start} was not fetched"))),
        }
    }
}

impl Length for ColumnChunks {
    fn len(&self) -> u64 {
        self.size_bytes
    }
}

impl ChunkReader for ColumnChunks {
    type T = Reader<Bytes>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        Ok(self.from(start)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        let bytes = self.from(start)?;
        if bytes.len() < length {
            return Err(ParquetError::EOF(format!("{length} bytes from {start} were not fetched whole")));
        }
        Ok(bytes.slice(..length))
    }
}
