//! Sorted runs of records on disk.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use estrella_lake::{Error, Result};
use serde::{Serialize, de::DeserializeOwned};

/// A thousand runs are read at once.
const READ_BYTES: usize = 8 << 10;
const WRITE_BYTES: usize = 128 << 10;
/// Room that is tried for a record.
const RECORD_BYTES: usize = 512;

/// A scratch file of runs, one after the other. It has no name: whatever ends the process frees it.
#[derive(Debug)]
pub(crate) struct SpillFile {
    file: Mutex<File>,
    scratch: PathBuf,
}

impl SpillFile {
    pub(crate) fn create(scratch: &Path) -> Result<Arc<Self>> {
        let file = tempfile::tempfile_in(scratch).map_err(|e| Error::io("create spill file", scratch, e))?;
        Ok(Arc::new(Self { file: Mutex::new(file), scratch: scratch.to_owned() }))
    }

    /// Appends bytes and returns where they begin.
    fn append(&self, bytes: &[u8]) -> Result<u64> {
        let mut file = self.lock();
        let written = file.seek(SeekFrom::End(0)).and_then(|start| file.write_all(bytes).map(|()| start));
        written.map_err(|e| Error::io("write spill file", &self.scratch, e))
    }

    fn read(&self, start: u64, bytes: &mut [u8]) -> Result<()> {
        let mut file = self.lock();
        let read = file.seek(SeekFrom::Start(start)).and_then(|_| file.read_exact(bytes));
        read.map_err(|e| Error::io("read spill file", &self.scratch, e))
    }

    fn lock(&self) -> MutexGuard<'_, File> {
        // Every use seeks first, so one that was broken off does no harm.
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes a run, one at a time to a file.
pub(crate) struct RunWriter {
    file: Arc<SpillFile>,
    /// Where the run begins and ends so far; none before the first bytes.
    written: Option<(u64, u64)>,
    buffer: Vec<u8>,
    record: Vec<u8>,
}

impl RunWriter {
    pub(crate) fn new(file: &Arc<SpillFile>) -> Self {
        let buffer = Vec::with_capacity(WRITE_BYTES + RECORD_BYTES);
        Self { file: Arc::clone(file), written: None, buffer, record: vec![0; RECORD_BYTES] }
    }

    /// Appends a record: its length as four bytes, little-endian, and its postcard form.
    pub(crate) fn write<T: Serialize>(&mut self, record: &T) -> Result<()> {
        let bytes = loop {
            match postcard::to_slice(record, &mut self.record) {
                Ok(bytes) => break bytes.len(),
                Err(postcard::Error::SerializeBufferFull) => self.record.resize(2 * self.record.len(), 0),
                Err(error) => return Err(Error::bug("spill a record").because(error)),
            }
        };
        let length = u32::try_from(bytes).map_err(|e| Error::bug("spill a record").because(e))?;
        self.buffer.extend_from_slice(&length.to_le_bytes());
        self.buffer.extend_from_slice(&self.record[..bytes]);
        if self.buffer.len() >= WRITE_BYTES { self.flush() } else { Ok(()) }
    }

    pub(crate) fn finish<T>(mut self) -> Result<Run<T>> {
        self.flush()?;
        let (next, end) = self.written.unwrap_or_default();
        Ok(Run { file: self.file, next, end, buffer: Vec::new(), position: 0, of: PhantomData })
    }

    fn flush(&mut self) -> Result<()> {
        let start = self.file.append(&self.buffer)?;
        let end = start + self.buffer.len() as u64;
        self.written = Some((self.written.map_or(start, |(start, _)| start), end));
        self.buffer.clear();
        Ok(())
    }
}

/// A run, read from its beginning.
pub(crate) struct Run<T> {
    file: Arc<SpillFile>,
    /// The part of the file that is still to be read.
    next: u64,
    end: u64,
    buffer: Vec<u8>,
    /// Where the next record begins in the buffer.
    position: usize,
    of: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Run<T> {
    /// The next record.
    pub(crate) fn next(&mut self) -> Result<Option<T>> {
        if self.position == self.buffer.len() && self.next == self.end {
            return Ok(None);
        }
        let mut length = [0; 4];
        length.copy_from_slice(self.take(4)?);
        let record = postcard::from_bytes(self.take(u32::from_le_bytes(length) as usize)?);
        record.map(Some).map_err(|e| Error::bug("read a spilled record").because(e))
    }

    /// The next bytes.
    fn take(&mut self, count: usize) -> Result<&[u8]> {
        if self.buffer.len() - self.position < count {
            self.fill(count)?;
        }
        let start = self.position;
        self.position += count;
        self.buffer.get(start..self.position).ok_or_else(|| Error::bug("spilled run ends within a record"))
    }

    fn fill(&mut self, count: usize) -> Result<()> {
        self.buffer.drain(..self.position);
        self.position = 0;
        let left = usize::try_from(self.end - self.next).unwrap_or(usize::MAX);
        let (have, more) = (self.buffer.len(), count.max(READ_BYTES).min(left));
        self.buffer.resize(have + more, 0);
        self.file.read(self.next, &mut self.buffer[have..])?;
        self.next += more as u64;
        Ok(())
    }
}
