//! Change files of the shop's database.

use std::sync::OnceLock;

use arrow::array::RecordBatch;
use bytes::Bytes;
use estrella_core::changes::{
    ChangeDecoder, ChangeFile, Kind, Mapping, SourceTable, Value, decode_change_events, decode_changes,
    values,
};
use estrella_core::decode::{DecodeError, Decoded, Format, Records};
use estrella_core::event::Rules;
use estrella_core::schema::ColumnType;

use crate::gzip;
use crate::refused::{checked, lines};

pub(crate) const CHANGES: Kind = Kind::Changes { named_us: 1_723_231_637_787_000 };

/// A table with a column of every type.
const STAFF: &str = r#"{"tables": [{"source": "erp.staff", "name": "staff", "key": ["id"], "columns": [
    {"name": "id", "type": "long"},
    {"name": "label", "type": "string"},
    {"name": "hired", "type": "date"},
    {"name": "seen", "type": "timestamptz"},
    {"name": "pay", "type": "decimal(7,2)"},
    {"name": "level", "type": "int"},
    {"name": "share", "type": "double"},
    {"name": "boss", "type": "boolean"}]}]}"#;

/// Any bytes are changes, every one of them, or a file that is refused whole. The first line is the file's key as well,
/// which says no more than it says.
pub fn changes(bytes: &[u8]) {
    let key = String::from_utf8_lossy(bytes.split(|byte| *byte == b'\n').next().unwrap_or_default());
    if let Some(file) = ChangeFile::parse(&key) {
        let (schema, table) = file.source.split_once('.').unwrap_or_default();
        assert!(key.contains(&format!("{schema}/")) || schema.contains('.') || table.contains('.'), "{key}");
    }
    static MAPPING: OnceLock<Mapping> = OnceLock::new();
    let mapping = MAPPING.get_or_init(|| Mapping::parse(STAFF).unwrap_or_default());
    for kind in [Kind::FullLoad, CHANGES] {
        if let Some(table) = mapping.of_source("erp.staff") {
            let plain = decode(table, kind, bytes, Format::Csv);
            assert_eq!(plain, decode(table, kind, &gzip(bytes), Format::CsvGzip), "compressed");
        }
        if let Some(table) = mapping.of_source("public.events") {
            events(table, kind, bytes);
        }
    }
}

fn decode(
    table: &SourceTable,
    kind: Kind,
    bytes: &[u8],
    format: Format,
) -> Result<Vec<RecordBatch>, DecodeError> {
    let lines = if format == Format::Csv { lines(bytes) } else { u64::MAX };
    let decoder = ChangeDecoder { table, kind, object: "erp/staff/x.csv" };
    let records: Records<_, Bytes> = Records::Text(bytes, format);
    let mut batches = Vec::new();
    let report = decode_changes(records, &decoder, |rows| {
        batches.push(rows.finish().map_err(|error| error.to_string())?);
        Ok::<(), String>(())
    })
    .map_err(|stopped| checked(stopped, lines))?;
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(report.rows, rows as u64, "every change is kept");
    for batch in &batches {
        landed(batch, lines);
    }
    Ok(batches)
}

fn landed(batch: &RecordBatch, lines: u64) {
    let column = |name, ty| match values(batch, name, ty) {
        Ok(values) => values,
        Err(error) => panic!("{error}"),
    };
    let rows = column("change_row", ColumnType::Long);
    assert!(rows.is_sorted_by(|a, b| a.long() < b.long()), "in the order of the file");
    let fits = |row: &Value| row.long().is_some_and(|row| row >= 1 && row.cast_unsigned() <= lines);
    assert!(rows.iter().all(fits), "{rows:?}");
    assert!(!column("id", ColumnType::Long).contains(&Value::Null), "every change has a key");
    let ops = column("change_op", ColumnType::String);
    assert!(ops.iter().all(|op| matches!(op.text(), Some("L" | "I" | "U" | "D"))), "{ops:?}");
}

fn events(table: &SourceTable, kind: Kind, bytes: &[u8]) {
    let decoder = ChangeDecoder { table, kind, object: "public/events/x.csv" };
    let records: Records<_, Bytes> = Records::Text(bytes, Format::Csv);
    let mut rows = 0;
    let sink = |decoded: Decoded| {
        rows += decoded.rows();
        Ok::<(), String>(())
    };
    match decode_change_events(records, &decoder, &Rules::default(), sink) {
        Ok(report) => assert_eq!(report.rows, rows, "every row is accounted for"),
        Err(stopped) => drop(checked(stopped, lines(bytes))),
    }
}
