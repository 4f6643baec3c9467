//! An object's records as plain texts, for those who know what the columns are.

use std::borrow::Cow;
use std::io::{BufReader, Read};

use arrow::array::{Array, RecordBatch, StringArray};
use flate2::bufread::MultiGzDecoder;
use parquet::file::reader::ChunkReader;

use super::block::{Block, Blocks};
use super::parquet::{BATCH_ROWS, corrupt, text_of, unpanicked};
use super::record::{Field, Scan, scan, trim_return};
use super::text::READ_BYTES;
use super::{DecodeError, DecodeErrorKind, Format, Stopped, footer};

/// A record.
#[derive(Debug)]
pub struct Record<'r> {
    /// Line, or row of a Parquet file, counted from 1; 0 for the names of a Parquet file's columns.
    pub line: u64,
    /// Fields; none is null: an empty field or the word NULL, without quotes.
    pub fields: &'r [Option<&'r [u8]>],
    /// The record as it stands.
    pub raw: Cow<'r, [u8]>,
}

/// Where records come from.
#[derive(Debug)]
pub enum Records<R, C> {
    /// CSV, plain or compressed.
    Text(R, Format),
    /// Parquet. The names of its columns come first, as a header would.
    Parquet(C),
}

impl<R: Read + Send, C: ChunkReader + 'static> Records<R, C> {
    /// Calls `each` with every record, in order.
    ///
    /// # Errors
    /// [`Stopped::Decode`] if the object cannot be read, a quote is never closed among them, and whatever `each` says.
    pub fn walk<E>(
        self,
        each: &mut dyn FnMut(&Record<'_>) -> Result<(), Stopped<E>>,
    ) -> Result<(), Stopped<E>> {
        match self {
            Self::Text(source, format) => text(source, format, each),
            Self::Parquet(source) => parquet(source, each),
        }
    }
}

fn text<E>(
    source: impl Read + Send,
    format: Format,
    each: &mut dyn FnMut(&Record<'_>) -> Result<(), Stopped<E>>,
) -> Result<(), Stopped<E>> {
    let source = BufReader::with_capacity(READ_BYTES, source);
    let source: Box<dyn Read + Send + '_> = match format {
        Format::CsvGzip => Box::new(MultiGzDecoder::new(source)),
        _ => Box::new(source),
    };
    let mut blocks = Blocks::new(source);
    while let Some(mut block) = blocks.next_block()? {
        if block.first_line == 1 && block.bytes.starts_with(b"\xef\xbb\xbf") {
            block.bytes.drain(..3);
        }
        records(&block, each)?;
    }
    Ok(())
}

fn records<E>(
    block: &Block,
    each: &mut dyn FnMut(&Record<'_>) -> Result<(), Stopped<E>>,
) -> Result<(), Stopped<E>> {
    let (mut rest, mut line) = (block.bytes.as_slice(), block.first_line);
    let (mut value, mut ends) = (Vec::new(), Vec::new());
    while !rest.is_empty() {
        value.clear();
        ends.clear();
        let scanned = scan(rest, true, |field| {
            let is_null = matches!(field, Field::Plain(b"" | b"NULL"));
            field.append_to(&mut value);
            ends.push((value.len(), is_null));
        });
        let Scan::Record(length) = scanned else {
            return Err(DecodeError::at(line, DecodeErrorKind::OpenQuote).into());
        };
        let raw = trim_return(rest[..length].strip_suffix(b"\n").unwrap_or(&rest[..length]));
        if !raw.is_empty() {
            let mut start = 0;
            let fields: Vec<Option<&[u8]>> = ends
                .iter()
                .map(|&(end, is_null)| {
                    let field = &value[start..end];
                    start = end;
                    (!is_null).then_some(field)
                })
                .collect();
            each(&Record { line, fields: &fields, raw: Cow::Borrowed(raw) })?;
        }
        line += memchr::memchr_iter(b'\n', &rest[..length]).count() as u64;
        rest = &rest[length..];
    }
    Ok(())
}

fn parquet<E>(
    source: impl ChunkReader + 'static,
    each: &mut dyn FnMut(&Record<'_>) -> Result<(), Stopped<E>>,
) -> Result<(), Stopped<E>> {
    let builder = unpanicked(|| footer::open(source))?.map_err(corrupt)?;
    let names: Vec<String> = builder.schema().fields().iter().map(|f| f.name().clone()).collect();
    let header: Vec<Option<&[u8]>> = names.iter().map(|name| Some(name.as_bytes())).collect();
    each(&Record { line: 0, fields: &header, raw: Cow::Owned(names.join(",").into_bytes()) })?;
    let mut reader = unpanicked(|| builder.with_batch_size(BATCH_ROWS).build())?.map_err(corrupt)?;
    let mut line = 0;
    while let Some(batch) = unpanicked(|| reader.next())? {
        let batch = batch.map_err(|e| DecodeError::from(DecodeErrorKind::CorruptParquet(e.to_string())))?;
        let columns = texts(&batch)?;
        for row in 0..batch.num_rows() {
            line += 1;
            let field = |column: &StringArray| column.is_valid(row).then_some(row);
            let fields: Vec<Option<&[u8]>> =
                columns.iter().map(|column| field(column).map(|row| column.value(row).as_bytes())).collect();
            let raw: Vec<&[u8]> = fields.iter().map(|field| field.unwrap_or_default()).collect();
            each(&Record { line, fields: &fields, raw: Cow::Owned(raw.join(&b',')) })?;
        }
    }
    Ok(())
}

fn texts(batch: &RecordBatch) -> Result<Vec<StringArray>, DecodeError> {
    let fields = batch.schema();
    fields.fields().iter().zip(batch.columns()).map(|(field, column)| text_of(column, field.name())).collect()
}
