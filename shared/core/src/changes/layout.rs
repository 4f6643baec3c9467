//! Which column stands where in a change file.

use super::parse;
use super::{Kind, SourceTable};
use crate::decode::DecodeErrorKind;

/// Where the columns of a table stand in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// Number of columns in the file.
    pub(super) width: usize,
    /// For each column of the mapping its position.
    pub(super) columns: Vec<usize>,
    pub(super) op: Option<usize>,
    pub(super) time: Option<usize>,
    pub(super) sequence: Option<usize>,
    /// Columns that the mapping does not know.
    pub(super) unknown: Vec<String>,
}

impl Layout {
    /// Reads the first record: a header, or a row of a file without one. Tells which it was.
    pub(super) fn of_record(
        record: &[Option<&[u8]>],
        table: &SourceTable,
        kind: Kind,
    ) -> Result<(Self, bool), DecodeErrorKind> {
        let names: Vec<String> = record
            .iter()
            .map(|field| String::from_utf8_lossy(field.unwrap_or_default()).trim().to_owned())
            .collect();
        let known = table.columns.iter().filter(|c| names.iter().any(|name| name == c.source_name())).count();
        // A row may hold the name of a column; hardly the names of all key columns.
        let keys = table.key.iter().all(|at| names.iter().any(|n| n == table.columns[*at].source_name()));
        if known > 0 && keys {
            return Ok((Self::of_names(&names, table)?, true));
        }
        if let Some(names) = &table.headerless {
            if names.len() != record.len() {
                return Err(DecodeErrorKind::WrongWidth { expected: names.len(), found: record.len() });
            }
            return Ok((Self::of_names(names, table)?, false));
        }
        Ok((Self::of_width(record, table, kind)?, false))
    }

    /// Matches column names, in any order.
    pub(super) fn of_names(names: &[String], table: &SourceTable) -> Result<Self, DecodeErrorKind> {
        let find = |wanted: &str| names.iter().position(|name| name == wanted);
        let mut missing = Vec::new();
        let mut columns = Vec::with_capacity(table.columns.len());
        for column in &table.columns {
            match find(column.source_name()) {
                Some(at) => columns.push(at),
                None => missing.push(column.source_name().to_owned()),
            }
        }
        if !missing.is_empty() {
            return Err(DecodeErrorKind::MissingColumns(missing));
        }
        let (op, time, sequence) = (find("Op"), find(&table.timestamp_column), find(&table.sequence_column));
        let is_known = |at: usize| columns.contains(&at) || [op, time, sequence].contains(&Some(at));
        let unknown = (0..names.len()).filter(|at| !is_known(*at)).map(|at| names[at].clone()).collect();
        Ok(Self { width: names.len(), columns, op, time, sequence, unknown })
    }

    /// Without a header the number of fields tells: Op stands before the columns, time and sequence after them.
    fn of_width(record: &[Option<&[u8]>], table: &SourceTable, kind: Kind) -> Result<Self, DecodeErrorKind> {
        let (width, own) = (record.len(), table.columns.len());
        let text = |at: usize| record.get(at).copied().flatten().unwrap_or_default();
        let is_op = matches!(text(0), b"I" | b"U" | b"D");
        let first = usize::from(width > own && (is_op || matches!(kind, Kind::Changes { .. })));
        let after = first + own;
        let wrong = DecodeErrorKind::WrongWidth { expected: own, found: width };
        let (time, sequence) = match width.checked_sub(after) {
            Some(0) => (None, None),
            Some(1) if parse::time(text(after)).is_some() => (Some(after), None),
            Some(1) => (None, Some(after)),
            Some(2) if parse::time(text(after)).is_some() => (Some(after), Some(after + 1)),
            _ => return Err(wrong),
        };
        let columns = (first..after).collect();
        Ok(Self { width, columns, op: (first == 1).then_some(0), time, sequence, unknown: Vec::new() })
    }
}
