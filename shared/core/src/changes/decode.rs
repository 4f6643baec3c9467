//! From the bytes of a change file to typed changes.

use std::io::Read;

use parquet::file::reader::ChunkReader;

use super::layout::Layout;
use super::{Kind, Op, SourceTable, Value, parse};
use crate::decode::{DecodeError, DecodeErrorKind, DecodeReport, Decoded, Record, Records, Stopped};
use crate::event::{Reason, RowParser, Rules, SourceRow};
use crate::star::RowBuilder;

/// Rows that are handed on together.
const BATCH_ROWS: usize = 16 * 1024;

/// Bytes of records that are handed on together: a record may have a MiB, and so many rows of that size are too much.
const BATCH_BYTES: usize = 8 << 20;

/// Reads the changes of one file. A change that cannot be read refuses the whole file: the history of a row with one
/// change left out would be wrong and look right.
#[derive(Debug)]
pub struct ChangeDecoder<'a> {
    /// The table.
    pub table: &'a SourceTable,
    /// What the file's name says.
    pub kind: Kind,
    /// The file's key, which is part of the place of its changes.
    pub object: &'a str,
}

/// A row as texts, in the order of the file.
type Fields<'r> = [Option<&'r [u8]>];

struct Row<'r> {
    op: Op,
    time_us: Option<i64>,
    sequence: Option<&'r str>,
    fields: &'r Fields<'r>,
}

impl ChangeDecoder<'_> {
    /// What a row says besides its columns.
    fn row<'r>(&self, fields: &'r Fields<'r>, layout: &Layout) -> Result<Row<'r>, DecodeErrorKind> {
        if fields.len() != layout.width {
            return Err(DecodeErrorKind::WrongWidth { expected: layout.width, found: fields.len() });
        }
        let field = |at: Option<usize>| at.and_then(|at| fields[at]);
        let bad = |column: &str, at: Option<usize>| DecodeErrorKind::BadValue {
            column: column.to_owned(),
            value: self.shown(field(at)),
        };
        let named = match self.kind {
            Kind::FullLoad => None,
            Kind::Changes { named_us } => Some(named_us),
        };
        let time_us = match field(layout.time) {
            Some(text) => {
                Some(parse::time(text).ok_or_else(|| bad(&self.table.timestamp_column, layout.time))?)
            }
            None => named,
        };
        let op = match (self.kind, field(layout.op)) {
            (Kind::FullLoad, None | Some(b"I")) => Op::Load,
            // CdcInsertsOnly leaves the letter out.
            (Kind::Changes { .. }, None) => Op::Insert,
            (_, Some(text)) => {
                Op::parse(text).filter(|op| *op != Op::Load).ok_or_else(|| bad("Op", layout.op))?
            }
        };
        let sequence = match field(layout.sequence) {
            Some(text) => Some(
                std::str::from_utf8(text).map_err(|_| bad(&self.table.sequence_column, layout.sequence))?,
            ),
            None => None,
        };
        Ok(Row { op, time_us, sequence, fields })
    }

    /// Appends a change to rows of the landed table.
    fn write(
        &self,
        row: &Row<'_>,
        layout: &Layout,
        line: u64,
        to: &mut RowBuilder,
    ) -> Result<(), DecodeErrorKind> {
        for (at, column) in self.table.columns.iter().enumerate() {
            let is_key = self.table.key.contains(&at);
            if row.op == Op::Delete && !is_key {
                to.null();
                continue;
            }
            let text = row.fields[layout.columns[at]];
            let bad = || DecodeErrorKind::BadValue {
                column: column.source_name().to_owned(),
                value: self.shown(text),
            };
            match text {
                Some(text) => Value::parse(column.ty(), text).ok_or_else(bad)?.write(to),
                None if is_key => return Err(bad()),
                None => to.null(),
            }
        }
        to.text(row.op.as_str());
        to.optional_time(row.time_us);
        to.optional_text(row.sequence);
        to.text(self.object);
        to.long(line.cast_signed());
        Ok(())
    }

    /// A value as it is shown in an error. Errors are mailed and logged, so it is not where it may be a person's: where
    /// columns are shifted, a name stands in the place of a date.
    fn shown(&self, text: Option<&[u8]>) -> String {
        const CHARS: usize = 60;
        match text {
            None => "null".to_owned(),
            Some(_) if self.table.columns.iter().any(|column| column.personal) => "(not shown)".to_owned(),
            Some(text) => String::from_utf8_lossy(text).chars().take(CHARS).collect(),
        }
    }
}

/// Decodes a change file, handing rows of the table's landed form to `sink` in the order of the file.
///
/// # Errors
/// [`Stopped::Decode`] naming line, column and value if the file is not what it should be; [`Stopped::Sink`] if the sink
/// failed.
pub fn decode_changes<R, C, E>(
    records: Records<R, C>,
    decoder: &ChangeDecoder<'_>,
    mut sink: impl FnMut(&mut RowBuilder) -> Result<(), E>,
) -> Result<DecodeReport, Stopped<E>>
where
    R: Read + Send,
    C: ChunkReader + 'static,
{
    let mut rows = RowBuilder::new(decoder.table.tables.landed);
    let mut bytes = 0;
    let report = walk(records, decoder, |record, layout| {
        let at_line = |kind| DecodeError::at(record.line, kind);
        let row = decoder.row(record.fields, layout).map_err(at_line)?;
        decoder.write(&row, layout, record.line, &mut rows).map_err(at_line)?;
        bytes += record.raw.len();
        if rows.rows() < BATCH_ROWS && bytes < BATCH_BYTES {
            return Ok(());
        }
        bytes = 0;
        sink(&mut rows).map_err(Stopped::Sink)
    })?;
    if rows.rows() > 0 {
        sink(&mut rows).map_err(Stopped::Sink)?;
    }
    Ok(report)
}

/// Decodes a change file of the table of events, as an event file is decoded: bad rows are refused one by one. An event
/// keeps its own id. Only insertions are events; what is changed or deleted afterwards is refused.
///
/// # Errors
/// As [`decode_changes`].
pub fn decode_change_events<R, C, E>(
    records: Records<R, C>,
    decoder: &ChangeDecoder<'_>,
    rules: &Rules,
    mut sink: impl FnMut(Decoded) -> Result<(), E>,
) -> Result<DecodeReport, Stopped<E>>
where
    R: Read + Send,
    C: ChunkReader + 'static,
{
    // In the order of an event file's columns.
    const NAMES: [&str; 9] = [
        "event_time",
        "event_type",
        "product_id",
        "category_id",
        "category_code",
        "brand",
        "price",
        "user_id",
        "session_id",
    ];
    let position = |name: &str| decoder.table.columns.iter().position(|column| column.name == name);
    let (columns, id) = (NAMES.map(position), position("event_id"));
    let mut parser = RowParser::new(rules.clone());
    let mut out = Decoded::default();
    let mut bytes = 0;
    let mut time = Vec::new();
    let report = walk(records, decoder, |record, layout| {
        // Before the record, so that one that is refused counts as well.
        if out.rows() >= BATCH_ROWS as u64 || bytes >= BATCH_BYTES {
            bytes = 0;
            sink(std::mem::take(&mut out)).map_err(Stopped::Sink)?;
        }
        bytes += record.raw.len();
        let Ok(row) = decoder.row(record.fields, layout) else {
            out.rejected.push(parser.reject(record.line, Reason::UnparsableRow, &record.raw));
            return Ok(());
        };
        let field = |at: Option<usize>| at.and_then(|at| row.fields[layout.columns[at]]).unwrap_or_default();
        let mut source: SourceRow<'_> = columns.map(field);
        // Times of a database are UTC without saying so.
        if let Some(micros) = parse::time(source[0]) {
            time.clear();
            time.extend_from_slice(rfc3339(micros).as_bytes());
            source[0] = &time;
        }
        if matches!(row.op, Op::Update | Op::Delete) {
            out.rejected.push(parser.reject(record.line, Reason::NotAnInsert, &record.raw));
        } else {
            let raw = || record.raw.clone();
            parser.parse(&source, Some(field(id)), record.line, raw, &mut out.events, &mut out.rejected);
        }
        Ok(())
    })?;
    if out.rows() > 0 {
        sink(out).map_err(Stopped::Sink)?;
    }
    Ok(report)
}

fn rfc3339(micros: i64) -> String {
    chrono::DateTime::from_timestamp_micros(micros).map(|time| time.to_rfc3339()).unwrap_or_default()
}

/// Calls `row` with every row of a file, its header left out.
fn walk<R, C, E>(
    records: Records<R, C>,
    decoder: &ChangeDecoder<'_>,
    mut row: impl FnMut(&Record<'_>, &Layout) -> Result<(), Stopped<E>>,
) -> Result<DecodeReport, Stopped<E>>
where
    R: Read + Send,
    C: ChunkReader + 'static,
{
    let mut layout: Option<Layout> = None;
    let mut rows = 0;
    records.walk(&mut |record: &Record<'_>| {
        let (known, is_header) = match layout.take() {
            Some(layout) => (layout, false),
            None => Layout::of_record(record.fields, decoder.table, decoder.kind)
                .map_err(|kind| DecodeError::at(record.line, kind))?,
        };
        let known = layout.insert(known);
        if is_header {
            return Ok(());
        }
        rows += 1;
        row(record, known)
    })?;
    let unknown_columns = layout.map(|layout| layout.unknown).unwrap_or_default();
    Ok(DecodeReport { rows, unknown_columns })
}
