//! Blocks of whole records.

use std::io::Read;

use memchr::{memchr, memchr_iter, memrchr};

use super::record::{Scan, scan};
use super::{DecodeError, DecodeErrorKind};

/// The longest record. Nine fields of a shop event are some hundred bytes.
pub const MAX_RECORD_BYTES: usize = 1 << 20;

/// How much is read before a block is cut.
const BLOCK_BYTES: usize = 1 << 20;

/// Most lines of a block. A row takes a hundred bytes wherever it ends up, and a MiB of lines of one byte is half a million
/// of them; of lines that hold an event it is forty thousand at most.
const MOST_LINES: usize = 64 * 1024;

/// Whole records, end to end.
#[derive(Debug)]
pub(super) struct Block {
    /// Line of the first record, counted from 1.
    pub(super) first_line: u64,
    /// The records.
    pub(super) bytes: Vec<u8>,
}

/// Cuts a stream into blocks.
#[derive(Debug)]
pub(super) struct Blocks<R> {
    source: R,
    carry: Vec<u8>,
    /// Whether whole records are left, which were too many for a block.
    has_records: bool,
    next_line: u64,
    at_end: bool,
}

impl<R: Read> Blocks<R> {
    pub(super) fn new(source: R) -> Self {
        Self { source, carry: Vec::new(), has_records: false, next_line: 1, at_end: false }
    }

    /// The next block, or none at the end of the stream.
    pub(super) fn next_block(&mut self) -> Result<Option<Block>, DecodeError> {
        let mut bytes = Vec::with_capacity(BLOCK_BYTES + self.carry.len());
        bytes.append(&mut self.carry);
        loop {
            if !self.has_records {
                self.fill(&mut bytes)?;
            }
            if bytes.is_empty() {
                return Ok(None);
            }
            let end = if self.at_end { bytes.len() } else { last_record_end(&bytes) };
            if end == 0 && bytes.len() >= MAX_RECORD_BYTES {
                let kind = DecodeErrorKind::RecordTooLong { limit_bytes: MAX_RECORD_BYTES };
                return Err(DecodeError::at(self.next_line, kind));
            }
            if end > 0 {
                let mut lines = memchr_iter(b'\n', &bytes[..end]).count();
                let fewer = if lines > MOST_LINES { records_of_most_lines(&bytes[..end]) } else { 0 };
                self.has_records = fewer > 0;
                if fewer > 0 {
                    lines = memchr_iter(b'\n', &bytes[..fewer]).count();
                }
                self.carry = bytes.split_off(if fewer > 0 { fewer } else { end });
                let first_line = self.next_line;
                self.next_line += lines as u64;
                return Ok(Some(Block { first_line, bytes }));
            }
        }
    }

    /// Reads one more block's worth.
    fn fill(&mut self, bytes: &mut Vec<u8>) -> Result<(), DecodeError> {
        if self.at_end {
            return Ok(());
        }
        let read = self.source.by_ref().take(BLOCK_BYTES as u64).read_to_end(bytes);
        let read = read.map_err(|error| {
            let line = self.next_line + memchr_iter(b'\n', bytes).count() as u64;
            DecodeError::at(line, kind_of(&error))
        })?;
        self.at_end = read < BLOCK_BYTES;
        Ok(())
    }
}

/// The flate2 readers report damage and early ends as I/O errors.
fn kind_of(error: &std::io::Error) -> DecodeErrorKind {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => DecodeErrorKind::Truncated,
        std::io::ErrorKind::InvalidInput | std::io::ErrorKind::InvalidData => {
            DecodeErrorKind::CorruptGzip(error.to_string())
        }
        _ => DecodeErrorKind::Io(error.to_string()),
    }
}

/// Where the last whole record ends that lies within as many lines as a block may have; 0 if there is none.
fn records_of_most_lines(bytes: &[u8]) -> usize {
    let end = memchr_iter(b'\n', bytes).nth(MOST_LINES - 1);
    end.map_or(0, |end| last_record_end(&bytes[..=end]))
}

/// Where the last whole record ends; 0 if there is none.
fn last_record_end(bytes: &[u8]) -> usize {
    if memchr(b'"', bytes).is_none() {
        return memrchr(b'\n', bytes).map_or(0, |end| end + 1);
    }
    let mut end = 0;
    while let Scan::Record(length) | Scan::Malformed(length) = scan(&bytes[end..], false, |_| ()) {
        end += length;
        if end == bytes.len() {
            break;
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8]) -> Result<Vec<(u64, usize)>, DecodeError> {
        let mut blocks = Blocks::new(text);
        let mut found = Vec::new();
        while let Some(block) = blocks.next_block()? {
            found.push((block.first_line, block.bytes.len()));
        }
        Ok(found)
    }

    #[test]
    fn blocks_hold_whole_records() {
        let line = "x".repeat(99) + "\n";
        let text = line.repeat(30_000);
        let blocks = all(text.as_bytes()).unwrap();
        assert!(blocks.len() > 2);
        assert!(blocks.iter().all(|(_, size)| size % 100 == 0));
        assert_eq!(blocks.iter().map(|(_, size)| size).sum::<usize>(), text.len());
        assert!(blocks.windows(2).all(|w| w[1].0 == w[0].0 + w[0].1 as u64 / 100));
    }

    #[test]
    fn a_line_end_inside_of_quotes_is_no_cut() {
        let record = format!("\"{}\n{}\",b\n", "x".repeat(50), "y".repeat(50));
        let text = record.repeat(20_000);
        assert!(all(text.as_bytes()).unwrap().iter().all(|(_, size)| size % record.len() == 0));
    }

    #[test]
    fn an_endless_line_is_refused_in_bounded_memory() {
        let mut blocks = Blocks::new(std::io::repeat(0).take(1 << 40));
        let error = blocks.next_block().unwrap_err();
        assert_eq!(
            error,
            DecodeError::at(1, DecodeErrorKind::RecordTooLong { limit_bytes: MAX_RECORD_BYTES })
        );
    }

    #[test]
    fn short_lines_are_no_more_than_a_block_may_have() {
        for (record, lines) in [("x\n", 1), ("\"\n\"\n", 2), ("\n", 1)] {
            let count = 2_000_000 / record.len();
            let blocks = all(format!("{}x", record.repeat(count)).as_bytes()).unwrap();
            assert_eq!(blocks.iter().map(|(_, size)| size).sum::<usize>(), count * record.len() + 1);
            let (last, whole) = blocks.split_last().unwrap();
            assert!(
                whole
                    .iter()
                    .all(|(_, size)| size % record.len() == 0 && size / record.len() * lines <= MOST_LINES)
            );
            assert!(blocks.windows(2).all(|w| w[1].0 == w[0].0 + (w[0].1 / record.len() * lines) as u64));
            assert!(last.1 / record.len() * lines <= MOST_LINES);
        }
        // One record of more lines stays whole.
        let record = format!("\"{}\",", "\n".repeat(60_000)).repeat(2) + "x\n";
        assert_eq!(all(record.as_bytes()).unwrap(), [(1, record.len())]);
    }

    #[test]
    fn a_missing_final_line_end_is_fine() {
        assert_eq!(all(b"a\nb").unwrap(), [(1, 3)]);
        assert_eq!(all(b"").unwrap(), []);
    }
}
