//! Reader, parsers, caller: three kinds of threads joined by bounded channels.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{BufReader, Read};
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};
use flate2::bufread::MultiGzDecoder;
use memchr::{memchr, memchr2_iter};

use super::block::{Block, Blocks};
use super::header::Header;
use super::record::{Scan, scan, trim_return};
use super::{DecodeError, DecodeErrorKind, DecodeReport, Decoded, Format, Stopped};
use crate::event::{Reason, RejectedRow, RowParser, Rules, SourceRow};

/// Blocks in flight between two threads. Two keep both ends busy.
const IN_FLIGHT: usize = 2;
/// Compressed bytes read at a time.
const READ_BYTES: usize = 256 * 1024;

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
    mut sink: impl FnMut(Decoded) -> Result<(), E>,
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

    let mut report = DecodeReport { rows: 0, unknown_columns: header.unknown.clone() };
    thread::scope(|scope| {
        let (to_workers, from_reader) = bounded(IN_FLIGHT);
        let (to_caller, from_workers) = bounded(IN_FLIGHT + workers);
        let failures = to_caller.clone();
        let inflate = move || read(first, blocks, &to_workers, &failures);
        named("inflate").spawn_scoped(scope, inflate).map_err(no_thread)?;
        for _ in 0..workers.max(1) {
            let (from_reader, to_caller) = (from_reader.clone(), to_caller.clone());
            let parser = BlockParser::new(header.clone(), rules.clone());
            let parse = move || parse(parser, &from_reader, &to_caller);
            named("parse").spawn_scoped(scope, parse).map_err(no_thread)?;
        }
        // Only threads may keep the channels open: when they end, so do the loops at the other ends.
        drop((from_reader, to_caller));
        in_order(from_workers, |decoded| {
            report.rows += decoded.rows();
            sink(decoded)
        })
    })?;
    Ok(report)
}

/// Threads have names so that profilers and debuggers tell them apart.
fn named(name: &str) -> thread::Builder {
    thread::Builder::new().name(name.to_owned())
}

fn no_thread(error: std::io::Error) -> DecodeError {
    DecodeErrorKind::Io(format!("cannot start a thread: {error}")).into()
}

type Numbered<T> = (u64, Result<T, DecodeError>);

/// Sends blocks until the stream ends or nobody listens.
fn read<R: Read>(
    first: Block,
    mut blocks: Blocks<R>,
    out: &Sender<(u64, Block)>,
    failures: &Sender<Numbered<Decoded>>,
) {
    let mut block = first;
    for number in 0.. {
        if out.send((number, block)).is_err() {
            return;
        }
        match blocks.next_block() {
            Ok(Some(next)) => block = next,
            Ok(None) => return,
            Err(error) => {
                // Nobody listening means that the caller has stopped for a reason of its own.
                let _unheard = failures.send((number + 1, Err(error)));
                return;
            }
        }
    }
}

fn parse(mut parser: BlockParser, blocks: &Receiver<(u64, Block)>, out: &Sender<Numbered<Decoded>>) {
    for (number, block) in blocks {
        if out.send((number, Ok(parser.parse(&block)))).is_err() {
            return;
        }
    }
}

/// Brings results back into the order of the object. At most as many wait as there are blocks in flight.
pub(super) fn in_order<T, E>(
    results: Receiver<Numbered<T>>,
    mut sink: impl FnMut(T) -> Result<(), E>,
) -> Result<(), Stopped<E>> {
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    for (number, result) in results {
        waiting.insert(number, result);
        while let Some(result) = waiting.remove(&next) {
            sink(result?).map_err(Stopped::Sink)?;
            next += 1;
        }
    }
    Ok(())
}

/// Parses the records of blocks.
struct BlockParser {
    header: Header,
    rows: RowParser,
    ends: Vec<usize>,
    value: Vec<u8>,
}

impl BlockParser {
    fn new(header: Header, rules: Rules) -> Self {
        Self { header, rows: RowParser::new(rules), ends: Vec::new(), value: Vec::new() }
    }

    fn parse(&mut self, block: &Block) -> Decoded {
        let mut out = Decoded::default();
        if memchr(b'"', &block.bytes).is_none() {
            self.parse_plain(block, &mut out);
        } else {
            self.parse_quoted(block, &mut out);
        }
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
            return unparsable(record, line, out);
        }
        self.ends.push(start + record.len());
        let field = |position: usize| {
            let from = if position == 0 { start } else { self.ends[position - 1] + 1 };
            &bytes[from..self.ends[position]]
        };
        let row: SourceRow<'_> = self.header.positions.map(field);
        self.rows.parse(&row, line, || Cow::Borrowed(record), &mut out.events, &mut out.rejected);
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
                self.rows.parse(&row, line, || Cow::Borrowed(record), &mut out.events, &mut out.rejected);
            } else if !record.is_empty() {
                unparsable(record, line, out);
            }
            line += memchr::memchr_iter(b'\n', &rest[..length]).count() as u64;
            rest = &rest[length..];
        }
    }
}

fn unparsable(record: &[u8], line: u64, out: &mut Decoded) {
    let raw = String::from_utf8_lossy(record).into_owned();
    out.rejected.push(RejectedRow { line, reasons: Reason::UnparsableRow.into(), raw });
}
