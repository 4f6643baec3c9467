//! How the rows of a table become lines.

use std::borrow::Cow;

use pgwire_replication::Lsn;

use super::csv::{push_field, push_header};
use super::names::{change_seq, time_text};
use super::pgoutput::{Column, Relation};
use crate::{Error, Result};

/// Object identifiers of the types whose text is not taken as it is; they are fixed in PostgreSQL's catalog.
const BOOL: u32 = 16;
const TIMESTAMP: u32 = 1114;
const TIMESTAMPTZ: u32 = 1184;
const FRACTION_DIGITS: usize = 6;

/// What was done to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Insert,
    Update,
    Delete,
}

/// Where a change stands among all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) commit: Lsn,
    pub(super) commit_us: i64,
    commit_time: String,
    /// Of the change in its transaction, from 1; 0 for rows of a full load.
    pub(super) ordinal: u64,
}

impl Place {
    /// Before the first change of a transaction that was committed at `commit_us`, microseconds since 1970.
    pub(super) fn new(commit: Lsn, commit_us: i64) -> Result<Self> {
        Ok(Self { commit, commit_us, commit_time: time_text(commit_us)?, ordinal: 0 })
    }
}

/// A table's name and columns, as they were for some of its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    schema: String,
    table: String,
    columns: Vec<Column>,
}

impl Layout {
    pub(super) fn new(relation: Relation) -> Result<Self> {
        let Relation { schema, table, columns, .. } = relation;
        if [&schema, &table].iter().any(|name| name.contains('/') || name.starts_with(['.', '_'])) {
            return Err(Error::refused(format!("{schema}.{table} has a name that cannot be a folder's")));
        }
        Ok(Self { schema, table, columns })
    }

    /// Schema and name.
    pub(super) fn name(&self) -> String {
        format!("{}.{}", self.schema, self.table)
    }

    /// Folder of its files.
    pub(super) fn folder(&self) -> String {
        format!("{}/{}", self.schema, self.table)
    }

    pub(super) fn columns(&self) -> &[Column] {
        &self.columns
    }

    pub(super) fn push_header(&self, out: &mut Vec<u8>) {
        push_header(out, self.columns.iter().map(|column| column.name.as_str()));
    }

    /// Appends a line. There have to be as many values as columns.
    pub(super) fn push_row<'a>(
        &self,
        out: &mut Vec<u8>,
        op: Op,
        values: impl ExactSizeIterator<Item = Option<&'a str>>,
        place: &Place,
    ) -> Result<()> {
        if values.len() != self.columns.len() {
            let why = format!("it has {} values for {} columns", values.len(), self.columns.len());
            return Err(Error::protocol(format!("a row of {}", self.name()), why));
        }
        out.push(match op {
            Op::Insert => b'I',
            Op::Update => b'U',
            Op::Delete => b'D',
        });
        for (column, value) in self.columns.iter().zip(values) {
            out.push(b',');
            let text = value.map(|value| text(column.type_oid, value)).transpose();
            let text =
                text.map_err(|why| Error::protocol(format!("{}.{}", self.name(), column.name), why))?;
            push_field(out, text.as_deref());
        }
        let seq = change_seq(place.commit, place.ordinal);
        out.extend_from_slice(format!(",{},{seq}\n", place.commit_time).as_bytes());
        Ok(())
    }
}

/// The text of a value in the files, from the server's.
fn text(type_oid: u32, value: &str) -> Result<Cow<'_, str>, String> {
    let text = match (type_oid, value) {
        (BOOL, "t") => Some("true".into()),
        (BOOL, "f") => Some("false".into()),
        (TIMESTAMP | TIMESTAMPTZ, "infinity" | "-infinity") => Some(value.into()),
        (TIMESTAMP, _) => timestamp(value),
        (TIMESTAMPTZ, _) => value.strip_suffix("+00").and_then(timestamp),
        _ => Some(value.into()),
    };
    text.ok_or_else(|| format!("{value:?} is not of the form YYYY-MM-DD HH:MM:SS in UTC"))
}

/// Writes out all digits of the fraction, so that texts have one length and sort as the times do.
fn timestamp(value: &str) -> Option<Cow<'_, str>> {
    let (seconds, fraction) = value.split_once('.').unwrap_or((value, ""));
    let plain = seconds.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b':' | b' '));
    let digits = fraction.len() <= FRACTION_DIGITS && fraction.bytes().all(|byte| byte.is_ascii_digit());
    (plain && digits && seconds.len() == "YYYY-MM-DD HH:MM:SS".len())
        .then(|| format!("{seconds}.{fraction:0<FRACTION_DIGITS$}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout() -> Layout {
        let column = |name: &str, type_oid| Column { name: name.into(), type_oid, key: false };
        let columns = vec![column("id", 20), column("at", TIMESTAMPTZ), column("ok", BOOL)];
        Layout::new(Relation { id: 1, schema: "public".into(), table: "t".into(), columns }).unwrap()
    }

    #[test]
    fn a_row_is_a_line() {
        let mut place = Place::new(Lsn(0x1_0000_0002), 1_709_210_096_007_000).unwrap();
        place.ordinal = 4;
        let mut out = Vec::new();
        layout().push_header(&mut out);
        let values = [Some("7"), Some("2024-02-29 12:34:56.5+00"), Some("t")];
        layout().push_row(&mut out, Op::Insert, values.into_iter(), &place).unwrap();
        layout().push_row(&mut out, Op::Delete, [Some("7"), None, None].into_iter(), &place).unwrap();
        let end = "2024-02-29 12:34:56.007000,00000000004294967298000000000000004";
        let expected = format!(
            "Op,id,at,ok,commit_time,change_seq\n\
             I,7,2024-02-29 12:34:56.500000,true,{end}\nD,7,NULL,NULL,{end}\n"
        );
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn a_row_of_another_shape_is_an_error() {
        let place = Place::new(Lsn(1), 0).unwrap();
        let error = layout().push_row(&mut Vec::new(), Op::Insert, [None].into_iter(), &place).unwrap_err();
        assert_eq!(error.to_string(), "a row of public.t: it has 1 values for 3 columns");
    }

    #[test]
    fn times_have_one_form() {
        assert_eq!(text(TIMESTAMPTZ, "2024-01-01 00:00:00+00").unwrap(), "2024-01-01 00:00:00.000000");
        assert_eq!(text(TIMESTAMP, "2024-01-01 00:00:00.123").unwrap(), "2024-01-01 00:00:00.123000");
        assert_eq!(text(TIMESTAMPTZ, "infinity").unwrap(), "infinity");
        for odd in ["2024-01-01 00:00:00+02", "0044-03-15 00:00:00+00 BC", "Mon Jan 1", "2024-01-01+00"] {
            assert!(text(TIMESTAMPTZ, odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn a_table_that_cannot_be_a_folder_is_refused() {
        for (schema, table) in [("a/b", "t"), ("public", "../t"), ("_loading", "t")] {
            let relation =
                Relation { id: 1, schema: schema.into(), table: table.into(), columns: Vec::new() };
            assert!(Layout::new(relation).is_err(), "{schema}.{table}");
        }
    }
}
