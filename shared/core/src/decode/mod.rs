//! From the bytes of a raw object to typed events, in one pass and in memory that does not grow with it.
//!
//! The format is told by content first. Reading and inflating run on one thread, row parsing on all
//! others; blocks reach the caller in the order of the object.

mod block;
mod error;
mod footer;
mod header;
mod parquet;
mod record;
mod records;
mod sniff;
mod text;
mod threads;
mod thrift;

pub use block::MAX_RECORD_BYTES;
pub use error::{DecodeError, DecodeErrorKind};
pub use parquet::decode_parquet;
pub use records::{Record, Records};
pub use sniff::{Format, sniff};
pub use text::decode_text;

use crate::event::{EventColumns, RejectedRow};

/// A run of rows of the object, in order.
#[derive(Debug, Default)]
pub struct Decoded {
    /// Rows that passed.
    pub events: EventColumns,
    /// Rows that did not.
    pub rejected: Vec<RejectedRow>,
}

impl Decoded {
    /// Rows read.
    pub fn rows(&self) -> u64 {
        (self.events.len() + self.rejected.len()) as u64
    }
}

/// What was found besides the rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DecodeReport {
    /// Rows read, the header not counted.
    pub rows: u64,
    /// Columns that no rule knows.
    pub unknown_columns: Vec<String>,
}

/// Why decoding stopped.
#[derive(Debug, thiserror::Error)]
pub enum Stopped<E> {
    /// The object is not what it should be.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The sink said so.
    #[error("{0}")]
    Sink(E),
}
