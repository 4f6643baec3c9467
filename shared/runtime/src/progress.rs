//! How far a stage is.

use std::fmt;

/// Hears how far a stage is. Calls come from any thread.
pub trait Progress: fmt::Debug + Send + Sync {
    /// A stage begins.
    fn stage(&self, name: &str);
    /// So many more bytes of raw objects were read.
    fn bytes_read(&self, bytes: u64);
    /// So many more rows were decoded.
    fn rows_decoded(&self, rows: u64);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn stage(&self, _name: &str) {}
    fn bytes_read(&self, _bytes: u64) {}
    fn rows_decoded(&self, _rows: u64) {}
}
