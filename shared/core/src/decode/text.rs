//! CSV, plain or compressed.

use std::borrow::Cow;
use std::io::{BufReader, Read};
use std::iter;

use flate2::bufread::MultiGzDecoder;
use memchr::{memchr, memchr2_iter};

use super::block::{Block, Blocks};
use super::header::Header;
use super::record::{Scan, scan, trim_return};
use super::threads::decode_blocks;
use super::{DecodeError, DecodeErrorKind, DecodeReport, Decoded, Format, Stopped};
use crate::event::{EventColumns, Reason, Room, RowParser, Rules, SourceRow};

/// Compressed bytes read at a time.
pub(super) const READ_BYTES: usize = 256 * 1024;

/// Decodes CSV or CSV.gz, handing the rows to `sink` in the order of the object.
///
/// `workers` threads parse rows, one more reads and inflates. Memory is a few blocks of one MiB per thread,
/// whatever the object's size.
///
/// # Errors
/// [`Stopped::Decode`] if the object is not what it should be, in which case rows before the fault may have
/// been handed out; [`Stopped::Sink`] if the sink failed.
pub fn decode_text<R, E>(
    source: R,
    format: Format,
    rules: &Rules,
    workers: usize,
    sink: impl FnMut(Decoded) -> Result<(), E>,
) -> Result<DecodeReport, Stopped<E>>
where
    R: Read + Send,
{
    let source = BufReader::with_capacity(READ_BYTES, source);
    let source: Box<dyn Read + Send> = match format {
        Format::CsvGzip => Box::new(MultiGzDecoder::new(source)),
        _ => Box::new(source),
    };
    let mut blocks = Blocks::new(source);
    let Some(mut first) = blocks.next_block()? else {
        return Err(DecodeError::from(DecodeErrorKind::Empty).into());
    };
    let (header, header_bytes) = Header::read(&first.bytes)?;
    first.first_line += memchr::memchr_iter(b'\n', &first.bytes[..header_bytes]).count() as u64;
    first.bytes.drain(..header_bytes);

    let unknown_columns = header.unknown.clone();
    let parsers = (0..workers.max(1)).map(|_| {
        let mut parser = BlockParser::new(header.clone(), rules.clone());
        move |block: Block| Ok(parser.parse(&block))
    });
    let blocks = iter::once(Ok(first)).chain(iter::from_fn(|| blocks.next_block().transpose()));
    let rows = decode_blocks(blocks, parsers, sink)?;
    Ok(DecodeReport { rows, unknown_columns })
}

/// Parses the records of blocks.
struct BlockParser {
    header: Header,
    rows: RowParser,
    ends: Vec<usize>,
    value: Vec<u8>,
    /// What the last block took: the next one takes much the same.
    room: Room,
}

impl BlockParser {
    fn new(header: Header, rules: Rules) -> Self {
        let rows = RowParser::new(rules);
        Self { header, rows, ends: Vec::new(), value: Vec::new(), room: Room::default() }
    }

    fn parse(&mut self, block: &Block) -> Decoded {
        let mut out =
            Decoded { events: EventColumns::with_room(self.room.with_slack()), rejected: Vec::new() };
        if memchr(b'"', &block.bytes).is_none() {
            self.parse_plain(block, &mut out);
        } else {
            self.parse_quoted(block, &mut out);
        }
        self.room = out.events.room();
        out
    }

    /// Without a quote in the block every line is a record and every comma a border: one pass over both.
    fn parse_plain(&mut self, block: &Block, out: &mut Decoded) {
        let bytes = block.bytes.as_slice();
        let (mut start, mut line) = (0, block.first_line);
        self.ends.clear();
        for at in memchr2_iter(b',', b'\n', bytes) {
            if bytes[at] == b',' {
                self.ends.push(at);
            } else {
                self.plain_record(bytes, start, at, line, out);
                (start, line) = (at + 1, line + 1);
                self.ends.clear();
            }
        }
        if start < bytes.len() {
            self.plain_record(bytes, start, bytes.len(), line, out);
        }
    }

    /// One record, whose inner commas stand in `self.ends`.
    fn plain_record(&mut self, bytes: &[u8], start: usize, end: usize, line: u64, out: &mut Decoded) {
        let record = trim_return(&bytes[start..end]);
        if record.is_empty() {
            return;
        }
        if self.ends.len() + 1 != self.header.width {
            out.rejected.push(self.rows.reject(line, Reason::UnparsableRow, record));
            return;
        }
        self.ends.push(start + record.len());
        let field = |position: usize| {
            let from = if position == 0 { start } else { self.ends[position - 1] + 1 };
            &bytes[from..self.ends[position]]
        };
        let row: SourceRow<'_> = self.header.positions.map(field);
        let id = self.header.event_id.map(field);
        self.rows.parse(&row, id, line, || Cow::Borrowed(record), &mut out.events, &mut out.rejected);
    }

    fn parse_quoted(&mut self, block: &Block, out: &mut Decoded) {
        let (mut rest, mut line) = (block.bytes.as_slice(), block.first_line);
        while !rest.is_empty() {
            self.value.clear();
            self.ends.clear();
            let (value, ends) = (&mut self.value, &mut self.ends);
            let scanned = scan(rest, true, |field| {
                field.append_to(value);
                ends.push(value.len());
            });
            let (length, whole) = match scanned {
                Scan::Record(length) => (length, true),
                Scan::Malformed(length) => (length, false),
                Scan::Incomplete => (rest.len(), false),
            };
            let record = trim_return(rest[..length].strip_suffix(b"\n").unwrap_or(&rest[..length]));
            if whole && self.ends.len() == self.header.width {
                let field = |position: usize| {
                    let from = if position == 0 { 0 } else { self.ends[position - 1] };
                    &self.value[from..self.ends[position]]
                };
                let row: SourceRow<'_> = self.header.positions.map(field);
                let id = self.header.event_id.map(field);
                self.rows.parse(&row, id, line, || Cow::Borrowed(record), &mut out.events, &mut out.rejected);
            } else if !record.is_empty() {
                out.rejected.push(self.rows.reject(line, Reason::UnparsableRow, record));
            }
            line += memchr::memchr_iter(b'\n', &rest[..length]).count() as u64;
            rest = &rest[length..];
        }
    }
}
