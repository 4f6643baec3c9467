//! Parquet objects with the columns of the CSV.

use std::borrow::Cow;
use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::DataType;
use parquet::arrow::ProjectionMask;
use parquet::errors::ParquetError;
use parquet::file::reader::ChunkReader;

use super::header::{EVENT_ID, Header};
use super::threads::decode_blocks;
use super::{DecodeError, DecodeErrorKind, DecodeReport, Decoded, Stopped, footer};
use crate::event::{RowParser, Rules, SOURCE_COLUMNS, SourceRow};

pub(super) const BATCH_ROWS: usize = 16 * 1024;

/// Decodes a Parquet object, handing the rows to `sink` in order. Every value is brought to the text that a CSV
/// would hold, so that the row rules are the same for both.
///
/// `workers` threads parse rows, one more reads and decompresses. Memory is a row group's pages of nine columns and a
/// few batches per thread.
///
/// # Errors
/// As [`super::decode_text`]; a column whose type has no such text is an error.
pub fn decode_parquet<R, E>(
    source: R,
    rules: &Rules,
    workers: usize,
    sink: impl FnMut(Decoded) -> Result<(), E>,
) -> Result<DecodeReport, Stopped<E>>
where
    R: ChunkReader + 'static,
{
    let builder = unpanicked(|| footer::open(source))?.map_err(corrupt)?;
    let names: Vec<String> = builder.schema().fields().iter().map(|f| f.name().clone()).collect();
    let header = Header::from_names(&names).map_err(DecodeError::from)?;
    let wanted = header.positions.into_iter().chain(header.event_id);
    let mask = ProjectionMask::roots(builder.parquet_schema(), wanted);
    let builder = builder.with_projection(mask).with_batch_size(BATCH_ROWS);
    let mut reader = unpanicked(|| builder.build())?.map_err(corrupt)?;

    let mut rows_before = 0;
    let batches = iter::from_fn(|| match unpanicked(|| reader.next()) {
        Ok(batch) => batch.map(|batch| {
            let batch = batch.map_err(|e| DecodeErrorKind::CorruptParquet(e.to_string()))?;
            let first_row = rows_before + 1;
            rows_before += batch.num_rows() as u64;
            Ok((first_row, batch))
        }),
        Err(error) => Some(Err(error)),
    });
    let has_ids = header.event_id.is_some();
    let parsers = (0..workers.max(1)).map(|_| {
        let mut parser = RowParser::new(rules.clone());
        move |(first_row, batch): (u64, RecordBatch)| parse(&batch, first_row, has_ids, &mut parser)
    });
    let rows = decode_blocks(batches, parsers, sink)?;
    Ok(DecodeReport { rows, unknown_columns: header.unknown })
}

/// The parquet crate checks most of what a damaged file may hold, and panics on some of the rest.
pub(super) fn unpanicked<T>(read: impl FnOnce() -> T) -> Result<T, DecodeError> {
    let caught = catch_unwind(AssertUnwindSafe(read));
    caught.map_err(|_| DecodeErrorKind::CorruptParquet("the reader gave up on it".to_owned()).into())
}

pub(super) fn corrupt(error: ParquetError) -> DecodeError {
    match error {
        ParquetError::External(error) if error.is::<std::io::Error>() => {
            DecodeErrorKind::Io(error.to_string())
        }
        error => DecodeErrorKind::CorruptParquet(error.to_string()),
    }
    .into()
}

fn parse(
    batch: &RecordBatch,
    first_row: u64,
    has_ids: bool,
    parser: &mut RowParser,
) -> Result<Decoded, DecodeError> {
    let ids = if has_ids { Some(texts(batch, EVENT_ID)?) } else { None };
    let mut columns = Vec::with_capacity(SOURCE_COLUMNS.len());
    for name in SOURCE_COLUMNS {
        columns.push(texts(batch, name)?);
    }
    let mut out = Decoded::default();
    for row in 0..batch.num_rows() {
        let mut fields: SourceRow<'_> = [b""; 9];
        for (field, column) in fields.iter_mut().zip(&columns) {
            if column.is_valid(row) {
                *field = column.value(row).as_bytes();
            }
        }
        let raw = || Cow::Owned(fields.join(&b','));
        let id = ids.as_ref().map(|ids| if ids.is_valid(row) { ids.value(row).as_bytes() } else { b"" });
        parser.parse(&fields, id, first_row + row as u64, raw, &mut out.events, &mut out.rejected);
    }
    Ok(out)
}

fn texts(batch: &RecordBatch, name: &str) -> Result<StringArray, DecodeError> {
    let unsupported = |found: &DataType| -> DecodeError {
        DecodeErrorKind::UnsupportedType { column: name.to_owned(), found: found.to_string() }.into()
    };
    let column = batch.column_by_name(name).ok_or_else(|| unsupported(&DataType::Null))?;
    match column.data_type() {
        DataType::Boolean => Err(unsupported(&DataType::Boolean)),
        _ => text_of(column, name),
    }
}

/// A column as text. Parquet stores timestamps as UTC whatever zone they are shown in, and those without a zone are
/// taken for UTC, as in the CSV. The zone is written as an offset: names of zones would need a database.
pub(super) fn text_of(column: &ArrayRef, name: &str) -> Result<StringArray, DecodeError> {
    let options = CastOptions { safe: false, ..CastOptions::default() };
    let column = match column.data_type() {
        DataType::Timestamp(unit, _) => {
            let utc = DataType::Timestamp(*unit, Some("+00:00".into()));
            cast_with_options(column, &utc, &options)
        }
        ty if ty.is_nested() => {
            let (column, found) = (name.to_owned(), ty.to_string());
            return Err(DecodeErrorKind::UnsupportedType { column, found }.into());
        }
        _ => Ok(column.clone()),
    };
    let text = column.and_then(|column| cast_with_options(&column, &DataType::Utf8, &options));
    text.map(|text| text.as_string::<i32>().clone())
        .map_err(|error| DecodeErrorKind::CorruptParquet(format!("column {name}: {error}")).into())
}
