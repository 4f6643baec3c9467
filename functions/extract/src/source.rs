//! A raw object as a stream and as a random-access file, over the store port.

use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;

use bytes::{Buf, Bytes, buf::Reader};
use estrella_contracts::ObjectRef;
use estrella_lake::{ObjectStore, Result};
use estrella_runtime::{Deps, Progress};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::reader::{ChunkReader, Length};
use tokio::runtime::Handle;

/// Bytes asked for at a time: large enough that requests do not dominate on S3.
const RANGE_BYTES: u64 = 4 << 20;

/// An object. Its methods block, so they belong on a thread of their own.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    store: Arc<dyn ObjectStore>,
    key: String,
    size_bytes: u64,
    progress: Arc<dyn Progress>,
    runtime: Handle,
}

impl Source {
    pub(crate) fn new(object: &ObjectRef, deps: &Deps, runtime: Handle) -> Self {
        Self {
            store: Arc::clone(&deps.raw),
            key: object.key.clone(),
            size_bytes: object.size_bytes,
            progress: Arc::clone(&deps.progress),
            runtime,
        }
    }

    /// Reads a range of the object.
    pub(crate) fn read(&self, range: Range<u64>) -> Result<Bytes> {
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        self.runtime.block_on(self.store.get_range(&self.key, range))
    }
}

impl Length for Source {
    fn len(&self) -> u64 {
        self.size_bytes
    }
}

impl ChunkReader for Source {
    type T = Reader<Bytes>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        let end = self.size_bytes.min(start.saturating_add(RANGE_BYTES));
        Ok(self.get_bytes(start, end.saturating_sub(start) as usize)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        let end = start.saturating_add(length as u64);
        if end > self.size_bytes {
            return Err(ParquetError::EOF(format!("{length} bytes from {start} leave the object")));
        }
        self.progress.bytes_read(length as u64);
        self.read(start..end).map_err(|error| ParquetError::External(Box::new(io::Error::other(error))))
    }
}

/// The object from start to end.
#[derive(Debug)]
pub(crate) struct SourceReader {
    source: Source,
    position: u64,
    buffer: Bytes,
}

impl SourceReader {
    pub(crate) fn new(source: Source) -> Self {
        Self { source, position: 0, buffer: Bytes::new() }
    }
}

impl Read for SourceReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.buffer.is_empty() {
            let end = self.source.size_bytes.min(self.position + RANGE_BYTES);
            self.buffer = self.source.read(self.position..end).map_err(io::Error::other)?;
            self.position = end;
            self.source.progress.bytes_read(self.buffer.len() as u64);
        }
        let count = out.len().min(self.buffer.len());
        self.buffer.split_to(count).copy_to_slice(&mut out[..count]);
        Ok(count)
    }
}
