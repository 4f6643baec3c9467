//! Footers of Parquet files, looked at before they are read.
//!
//! The parquet crate makes room for as many elements as a list says it has. Where there is no such room the process ends,
//! and nobody can catch that. So what a footer says of its sizes is compared with its own size first.

use std::sync::Arc;

use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder as Builder,
};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ParquetMetaDataReader;
use parquet::file::reader::ChunkReader;

/// Length of the footer and the mark, at the end of a file.
const TAIL_BYTES: usize = 8;

/// Longest footer. One of ten thousand row groups of sixteen columns has half of it.
const LONGEST_BYTES: usize = 64 << 20;

/// Deepest nesting; a footer that is in order has seven.
const DEEPEST: usize = 32;

/// Opens a file for reading.
pub(super) fn open<R: ChunkReader + 'static>(source: R) -> Result<Builder<R>> {
    let wrong = |reason: &str| ParquetError::General(reason.to_owned());
    let before_tail = source.len().checked_sub(TAIL_BYTES as u64).ok_or_else(|| wrong("it is too short"))?;
    let tail = source.get_bytes(before_tail, TAIL_BYTES)?;
    let (length, mark) = tail.split_at(TAIL_BYTES / 2);
    if mark != b"PAR1" {
        return Err(wrong(
            "it does not end with the mark PAR1; it was cut, is still being written, or is encrypted",
        ));
    }
    let length = length.iter().rev().fold(0, |length, byte| length << 8 | usize::from(*byte));
    if length > LONGEST_BYTES {
        return Err(wrong("its footer is longer than 64 MiB"));
    }
    let start =
        before_tail.checked_sub(length as u64).ok_or_else(|| wrong("its footer is longer than it"))?;
    let footer = source.get_bytes(start, length)?;
    if Walk(&footer).structure(0).is_none() {
        return Err(wrong("its footer says that it holds more than it does"));
    }
    let metadata = ParquetMetaDataReader::decode_metadata(&footer)?;
    let metadata = ArrowReaderMetadata::try_new(Arc::new(metadata), ArrowReaderOptions::default())?;
    Ok(Builder::new_with_metadata(source, metadata))
}

/// What is left of a text in Thrift's compact protocol. Each step is none if it would leave the text.
struct Walk<'b>(&'b [u8]);

impl Walk<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn skip(&mut self, bytes: u64) -> Option<()> {
        self.0 = self.0.get(usize::try_from(bytes).ok()?..)?;
        Some(())
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn structure(&mut self, depth: usize) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        loop {
            let header = self.byte()?;
            let (step, kind) = (header >> 4, header & 15);
            if kind == 0 {
                return Some(());
            }
            if step == 0 {
                self.varint()?;
            }
            // A field that is true or false says so in its header.
            if !matches!(kind, 1 | 2) {
                self.value(kind, depth)?;
            }
        }
    }

    fn value(&mut self, kind: u8, depth: usize) -> Option<()> {
        match kind {
            1..=3 => self.skip(1),
            4..=6 => self.varint().map(|_| ()),
            7 => self.skip(8),
            8 => self.varint().and_then(|length| self.skip(length)),
            9 | 10 => {
                let header = self.byte()?;
                let short = u64::from(header >> 4);
                let size = if short == 15 { self.varint()? } else { short };
                self.values(size, &[header & 15], depth + 1)
            }
            11 => match self.varint()? {
                0 => Some(()),
                size => {
                    let kinds = self.byte()?;
                    self.values(size, &[kinds >> 4, kinds & 15], depth + 1)
                }
            },
            12 => self.structure(depth + 1),
            13 => self.skip(16),
            _ => None,
        }
    }

    /// Each value takes a byte at least.
    fn values(&mut self, size: u64, kinds: &[u8], depth: usize) -> Option<()> {
        if depth > DEEPEST || size > self.0.len() as u64 {
            return None;
        }
        (0..size).try_for_each(|_| kinds.iter().try_for_each(|kind| self.value(*kind, depth)))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn walked(footer: &[u8]) -> bool {
        Walk(footer).structure(0).is_some()
    }

    #[test]
    fn sizes_are_compared_with_what_is_there() {
        assert!(walked(b"\0"));
        // A number, a text, a list of two numbers, a structure of a truth.
        assert!(walked(b"\x15\x02\x18\x01a\x19\x25\x02\x04\x1c\x11\0\0"));
        assert!(!walked(b""));
        assert!(!walked(b"\x18\x05a\0"));
        // Lists of 2^31 - 1 structures and of fourteen, a map of 2^32 - 1 pairs.
        assert!(!walked(b"\x19\xfc\xff\xff\xff\xff\x07\0\0"));
        assert!(!walked(b"\x19\xec\0\0\0"));
        assert!(!walked(b"\x1b\xff\xff\xff\xff\x0f\x55\0"));
        assert!(!walked(&[0x1c; 1_000]));
        assert!(!walked(&[0x19; 1_000]));
    }

    /// 2^31 - 1 row groups used to end the process.
    #[test]
    fn a_list_that_is_too_long_is_an_error() {
        let footer = b"\x15\x02\x19\x0c\x16\x02\x19\xfc\xff\xff\xff\xff\x07\0";
        let file = [b"PAR1".as_slice(), footer, &(footer.len() as u32).to_le_bytes(), b"PAR1"].concat();
        let error = open(Bytes::from(file)).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("more than it does"), "{error}");
        for file in
            ["", "PAR1", "PAR1\u{7f}\u{7f}\u{7f}\u{7f}PAR1", "PAR1\u{7f}\0\0\0PAR1", "PAR1\0\0\0\0PARE"]
        {
            assert!(open(Bytes::from_static(file.as_bytes())).is_err(), "{file:?}");
        }
    }
}
