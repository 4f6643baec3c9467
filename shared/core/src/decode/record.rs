//! Where a CSV record ends and what its fields are (RFC 4180, leniently).
//!
//! A field that starts with a quote runs to the next lone quote and may hold commas and line ends. A quote
//! inside of an unquoted field (`5" screen`) is an ordinary character. A quote that is never closed would
//! swallow the rest of the object, so past [`MAX_QUOTED_BYTES`] the line it stands on is one unparsable record,
//! together with the lines before it that belong to the same record.

use memchr::{memchr, memchr2};

/// The longest quoted field.
pub(super) const MAX_QUOTED_BYTES: usize = 64 * 1024;

/// One record at the start of a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scan {
    /// It takes so many bytes, its line end included.
    Record(usize),
    /// It takes so many bytes, but a quote in it is never closed or is followed by text.
    Malformed(usize),
    /// Its end is not in the buffer.
    Incomplete,
}

/// Finds the end of the record at the start of `buffer`, calling `field` with each field. At the end of the
/// object (`at_end`) a missing line end is fine.
pub(super) fn scan<'b>(buffer: &'b [u8], at_end: bool, mut field: impl FnMut(Field<'b>)) -> Scan {
    let mut at = 0;
    loop {
        let rest = &buffer[at..];
        if rest.first() == Some(&b'"') {
            let Some(length) = quoted_length(rest) else {
                return if at_end || rest.len() > MAX_QUOTED_BYTES {
                    malformed(buffer, at, at_end)
                } else {
                    Scan::Incomplete
                };
            };
            field(Field::Quoted(&rest[1..length - 1]));
            let start = at;
            at += length;
            match buffer.get(at) {
                Some(b',') => at += 1,
                Some(b'\n') => return Scan::Record(at + 1),
                Some(b'\r') if buffer.get(at + 1) == Some(&b'\n') => return Scan::Record(at + 2),
                Some(b'\r') if buffer.len() == at + 1 && !at_end => return Scan::Incomplete,
                None if at_end => return Scan::Record(at),
                None => return Scan::Incomplete,
                Some(_) => return malformed(buffer, start, at_end),
            }
            continue;
        }
        match memchr2(b',', b'\n', rest) {
            Some(length) if rest[length] == b',' => {
                field(Field::Plain(&rest[..length]));
                at += length + 1;
            }
            Some(length) => {
                field(Field::Plain(trim_return(&rest[..length])));
                return Scan::Record(at + length + 1);
            }
            None if at_end => {
                field(Field::Plain(trim_return(rest)));
                return Scan::Record(buffer.len());
            }
            None => return Scan::Incomplete,
        }
    }
}

/// A field as it stands in the buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field<'b> {
    /// Without quotes around it.
    Plain(&'b [u8]),
    /// What stands between its quotes; a quote inside is doubled.
    Quoted(&'b [u8]),
}

impl Field<'_> {
    /// Appends the field's value.
    pub(super) fn append_to(self, out: &mut Vec<u8>) {
        match self {
            Self::Plain(bytes) => out.extend_from_slice(bytes),
            Self::Quoted(mut bytes) => {
                while let Some(quote) = memchr(b'"', bytes) {
                    out.extend_from_slice(&bytes[..=quote]);
                    bytes = &bytes[(quote + 2).min(bytes.len())..];
                }
                out.extend_from_slice(bytes);
            }
        }
    }
}

/// Without the carriage return of a CRLF line end.
pub(super) fn trim_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Length of a quoted field with both its quotes, if it is closed within the limit.
fn quoted_length(field: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        let end = field.len().min(MAX_QUOTED_BYTES);
        let quote = at + memchr(b'"', field.get(at..end)?)?;
        match field.get(quote + 1) {
            Some(b'"') => at = quote + 2,
            _ => return Some(quote + 1),
        }
    }
}

/// Gives up what there is up to the end of the line on which the field at `at` starts. If it gave up less, what was
/// scanned before that line would be scanned again from each of its own lines: hours for a file of a few MiB.
fn malformed(buffer: &[u8], at: usize, at_end: bool) -> Scan {
    match memchr(b'\n', &buffer[at..]) {
        Some(end) => Scan::Malformed(at + end + 1),
        None if at_end => Scan::Malformed(buffer.len()),
        None => Scan::Incomplete,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str, at_end: bool) -> (Scan, Vec<String>) {
        let mut found = Vec::new();
        let scan = scan(text.as_bytes(), at_end, |f| {
            let mut value = Vec::new();
            f.append_to(&mut value);
            found.push(String::from_utf8(value).unwrap());
        });
        (scan, found)
    }

    #[test]
    fn fields_are_split_and_unquoted() {
        for (text, end, expected) in [
            ("a,b\nnext", 4, vec!["a", "b"]),
            ("a,\r\n", 4, vec!["a", ""]),
            ("\"x, y\",\"say \"\"hi\"\"\"\r\n", 21, vec!["x, y", "say \"hi\""]),
            ("\"two\nlines\",z\n", 14, vec!["two\nlines", "z"]),
            ("5\" screen,b\n", 12, vec!["5\" screen", "b"]),
            ("\"\",\n", 4, vec!["", ""]),
        ] {
            assert_eq!(
                fields(text, false),
                (Scan::Record(end), expected.iter().map(|s| s.to_string()).collect()),
                "{text:?}"
            );
        }
    }

    #[test]
    fn an_unfinished_record_waits_unless_the_object_ends() {
        for text in ["a,b", "a,\"b", "a,\"b\"", "\"b\"\r"] {
            assert_eq!(fields(text, false).0, Scan::Incomplete, "{text:?}");
        }
        assert_eq!(fields("a,b", true).0, Scan::Record(3));
        assert_eq!(fields("a,\"b\"", true).0, Scan::Record(5));
    }

    #[test]
    fn an_open_quote_costs_one_line() {
        assert_eq!(fields("a,\"b\nc,d\n", true).0, Scan::Malformed(5));
        assert_eq!(fields("\"a\"b,c\nd", false).0, Scan::Malformed(7));
        assert_eq!(fields("\"a\n\",\"b\"c\nd", true).0, Scan::Malformed(10));
        assert_eq!(fields("\"a\n\",\"b\nc", true).0, Scan::Malformed(8));
        assert_eq!(fields("\"a\n\",\"b\"c", false).0, Scan::Incomplete);
        let long = format!("\"a\n{}", "x".repeat(MAX_QUOTED_BYTES));
        assert_eq!(fields(&long, false).0, Scan::Malformed(3));
    }
}
