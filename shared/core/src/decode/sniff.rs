//! Formats, told by content.

use super::DecodeErrorKind;

/// A format that can be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// CSV.
    Csv,
    /// CSV in one or more gzip members.
    CsvGzip,
    /// Apache Parquet.
    Parquet,
}

impl Format {
    /// The name in receipts.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::CsvGzip => "csv.gz",
            Self::Parquet => "parquet",
        }
    }
}

const STRANGERS: [(&[u8], &str); 8] = [
    (b"PK\x03\x04", "a zip archive or a spreadsheet"),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed"),
    (b"BZh", "bzip2-compressed"),
    (b"\xfd7zXZ\x00", "xz-compressed"),
    (b"%PDF", "a PDF"),
    (b"<", "HTML or XML"),
    (b"{", "JSON"),
    (b"Obj\x01", "Avro"),
];

/// Tells the format from an object's first bytes (16 are enough).
pub fn sniff(first_bytes: &[u8]) -> Result<Format, DecodeErrorKind> {
    if first_bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(Format::CsvGzip);
    }
    if first_bytes.starts_with(b"PAR1") {
        return Ok(Format::Parquet);
    }
    if first_bytes.starts_with(&[0xff, 0xfe]) || first_bytes.starts_with(&[0xfe, 0xff]) {
        return Err(DecodeErrorKind::NotEvents("UTF-16 text"));
    }
    let text = first_bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first_bytes).trim_ascii_start();
    match STRANGERS.iter().find(|(magic, _)| text.starts_with(magic)) {
        Some((_, name)) => Err(DecodeErrorKind::NotEvents(name)),
        None => Ok(Format::Csv),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_tells_the_format() {
        assert_eq!(sniff(b"event_time,event_type"), Ok(Format::Csv));
        assert_eq!(sniff(b"\xef\xbb\xbfevent_time"), Ok(Format::Csv));
        assert_eq!(sniff(b"\x1f\x8b\x08"), Ok(Format::CsvGzip));
        assert_eq!(sniff(b"PAR1"), Ok(Format::Parquet));
        assert_eq!(sniff(b""), Ok(Format::Csv));
        assert_eq!(sniff(b"\n<!DOCTYPE html>"), Err(DecodeErrorKind::NotEvents("HTML or XML")));
    }
}
