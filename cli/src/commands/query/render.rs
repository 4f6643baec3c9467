//! Rows as a table, as CSV and as JSON.

use std::io::Write;

use polars::prelude::{
    Column, CsvWriter, DataFrame, DataType, JsonFormat, JsonWriter, LazyFrame, SerWriter, col,
};

use super::Format;
use super::engine::{collect, each_batch};
use crate::CliError;
use crate::output::{Fit, grid};

/// Decimal digits that a 64-bit float keeps, whatever they are.
const FLOAT_DIGITS: usize = 15;

/// Prints at most `limit` rows for reading. Says whether there are more.
pub(super) fn table(frame: LazyFrame, limit: u32, out: &mut dyn Write) -> Result<bool, CliError> {
    let rows = collect(plain(frame, Format::Table)?.limit(limit.saturating_add(1)))?;
    let (shown, limit) = (rows.head(Some(limit as usize)), limit as usize);
    out.write_all(grid_of(&shown)?.as_bytes())?;
    Ok(rows.height() > limit)
}

/// Prints all rows as CSV, batch by batch.
pub(super) fn csv(frame: LazyFrame, out: &mut dyn Write) -> Result<(), CliError> {
    let mut frame = plain(frame, Format::Csv)?;
    let schema = frame.collect_schema()?;
    let mut writer = CsvWriter::new(out).batched(&schema)?;
    each_batch(frame, |batch| Ok(writer.write_batch(&batch)?))?;
    // Writes the header if there was no row to write it with.
    Ok(writer.finish()?)
}

/// Prints all rows as an array of objects, one per line, batch by batch.
pub(super) fn json(frame: LazyFrame, out: &mut dyn Write) -> Result<(), CliError> {
    let mut separator: &[u8] = b"\n";
    out.write_all(b"[")?;
    each_batch(plain(frame, Format::Json)?, |mut batch| {
        let mut lines = Vec::new();
        JsonWriter::new(&mut lines).with_json_format(JsonFormat::JsonLines).finish(&mut batch)?;
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            out.write_all(separator)?;
            out.write_all(line)?;
            separator = b",\n";
        }
        Ok(())
    })?;
    Ok(out.write_all(b"\n]\n")?)
}

/// Times as RFC 3339 and durations as ISO 8601, where polars has a notation of its own for each format. Decimals
/// as JSON numbers if a float keeps all of their digits; otherwise polars writes texts.
fn plain(mut frame: LazyFrame, format: Format) -> Result<LazyFrame, CliError> {
    let schema = frame.collect_schema()?;
    let columns = schema.iter().filter_map(|(name, ty)| {
        let column = col(name.clone());
        match ty {
            DataType::Datetime(_, None) => Some(column.dt().to_string("%Y-%m-%dT%H:%M:%S%.f")),
            DataType::Datetime(..) => Some(column.dt().to_string("%Y-%m-%dT%H:%M:%S%.fZ")),
            DataType::Duration(_) => Some(column.dt().to_string("iso")),
            DataType::Decimal(..=FLOAT_DIGITS, _) if format == Format::Json => {
                Some(column.cast(DataType::Float64))
            }
            _ => None,
        }
    });
    Ok(frame.with_columns(columns.collect::<Vec<_>>()))
}

fn grid_of(rows: &DataFrame) -> Result<String, CliError> {
    let names: Vec<_> = rows.columns().iter().map(|column| column.name().as_str()).collect();
    let numbers: Vec<_> = rows.columns().iter().filter(|column| column.dtype().is_numeric()).collect();
    let numbers: Vec<_> = numbers.into_iter().map(|column| column.name().as_str()).collect();
    let cells =
        |row| rows.columns().iter().map(|column| cell(column, row)).collect::<Result<Vec<_>, CliError>>();
    let cells = (0..rows.height()).map(cells).collect::<Result<Vec<_>, _>>()?;
    Ok(grid(Fit::Wide, &names, &numbers, cells))
}

fn cell(column: &Column, row: usize) -> Result<String, CliError> {
    Ok(column.get(row)?.str_value().into_owned())
}
