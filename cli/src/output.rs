//! The one way to stdout, and how numbers, times and tables look there.

use std::io::{self, BufWriter, IsTerminal, Write};

use chrono::{DateTime, SecondsFormat};
use comfy_table::{Attribute, Cell, CellAlignment, ColumnConstraint, ContentArrangement, Row, Table};
use serde::Serialize;

/// Columns divided by lines, the header underlined, nothing around it.
const STYLE: &str = "     ─┼ │          ";

/// Where a command prints. Everything that goes to stdout goes through here.
pub struct Output {
    sink: Box<dyn Write + Send>,
}

impl Output {
    /// To stdout, which is locked whenever the buffer is written out.
    pub fn stdout() -> Self {
        Self { sink: Box::new(BufWriter::with_capacity(64 << 10, io::stdout())) }
    }

    /// Writes a text, which ends its own lines.
    pub fn text(&mut self, text: &str) -> io::Result<()> {
        self.sink.write_all(text.as_bytes())
    }

    /// Writes one value as indented JSON.
    pub fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut self.sink, value)?;
        self.text("\n")
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.sink.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

/// How a table is fitted to the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    /// The last column is wrapped if stdout is a terminal.
    Wrap,
    /// The last column is cut, visibly, if stdout is a terminal.
    Cut,
    /// As wide as it gets: each row is one line.
    Wide,
}

/// Formats a table; the columns named in `right` hold numbers. Control characters are shown, not sent.
pub(crate) fn grid(
    fit: Fit,
    header: &[&str],
    right: &[&str],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> String {
    let mut table = Table::new();
    table.load_preset(STYLE).set_content_arrangement(match fit {
        Fit::Wrap | Fit::Cut => ContentArrangement::Dynamic,
        Fit::Wide => ContentArrangement::Disabled,
    });
    table.set_header(header.iter().map(|name| Cell::new(visible(name)).add_attribute(Attribute::Bold)));
    for row in rows {
        let mut row = Row::from(row.iter().map(|text| visible(text)).collect::<Vec<_>>());
        if fit == Fit::Cut {
            row.max_height(1);
        }
        table.add_row(row);
    }
    for (i, (column, name)) in table.column_iter_mut().zip(header).enumerate() {
        if i + 1 < header.len() {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
        if right.contains(name) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt() + "\n"
}

/// Width of the terminal in characters, if stdout is one.
pub(crate) fn terminal_width() -> Option<usize> {
    Table::new().width().map(usize::from)
}

/// Whether somebody watches stderr.
pub(crate) fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Tells whoever watches how far a command is. With nobody there to read it, that is no failure of the command.
pub(crate) fn progress(line: &str) {
    let _ = writeln!(io::stderr(), "{}", visible(line));
}

/// Replaces control characters by their escapes: a line break would break the table, and an escape sequence
/// from somebody's file has no business on an operator's terminal.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}

/// `1234567` as `1,234,567`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A size with a unit that suits it, `1.5 MiB`.
pub(crate) fn size(bytes: u64) -> String {
    let (mut value, mut unit) = (bytes as f64, "B");
    for next in ["KiB", "MiB", "GiB", "TiB"] {
        // What would be rounded to 1024.0 belongs to the next unit.
        if value < 1023.95 {
            break;
        }
        (value, unit) = (value / 1024.0, next);
    }
    if unit == "B" { format!("{bytes} B") } else { format!("{value:.1} {unit}") }
}

/// Milliseconds since the Unix epoch as RFC 3339, UTC.
pub(crate) fn time(ms: i64) -> String {
    let time = DateTime::from_timestamp_millis(ms);
    // Out of chrono's range only if somebody else wrote nonsense into the metadata.
    time.map_or_else(|| format!("{ms} ms"), |time| time.to_rfc3339_opts(SecondsFormat::Secs, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_are_readable() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [0, 1_023, 1_536, 1_048_575, 5 << 30].map(size),
            ["0 B", "1023 B", "1.5 KiB", "1.0 MiB", "5.0 GiB"]
        );
        assert_eq!(time(1_569_888_000_123), "2019-10-01T00:00:00Z");
    }

    #[test]
    fn tables_keep_their_rows_on_one_line() {
        let text = grid(
            Fit::Wide,
            &["name", "rows"],
            &["rows"],
            [vec!["a\nb\u{1b}[31m".to_owned(), "7".to_owned()]],
        );
        assert_eq!(text, " name           │ rows\n────────────────┼──────\n a\\nb\\u{1b}[31m │    7\n");
    }
}
