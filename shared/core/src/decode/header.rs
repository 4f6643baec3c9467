//! Which column stands where.

use super::record::{Scan, scan};
use super::{DecodeError, DecodeErrorKind};
use crate::event::SOURCE_COLUMNS;

/// A column that event files may have besides the nine: the event's own id, which then stands for it.
pub(super) const EVENT_ID: &str = "event_id";

/// Where the nine columns stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    /// For each source column its position in the object.
    pub(super) positions: [usize; 9],
    /// Position of the event's own id, if there is one.
    pub(super) event_id: Option<usize>,
    /// Number of columns in the object.
    pub(super) width: usize,
    /// Columns that no rule knows.
    pub(super) unknown: Vec<String>,
}

impl Header {
    /// Matches column names, in any order.
    pub(super) fn from_names(names: &[String]) -> Result<Self, DecodeErrorKind> {
        let mut positions = [0; 9];
        let mut missing = Vec::new();
        for (wanted, position) in SOURCE_COLUMNS.iter().zip(&mut positions) {
            let mut found = names.iter().enumerate().filter(|(_, name)| name == wanted);
            match (found.next(), found.next()) {
                (Some((at, _)), None) => *position = at,
                (Some(_), Some(_)) => return Err(DecodeErrorKind::DuplicateColumn((*wanted).to_owned())),
                (None, _) => missing.push((*wanted).to_owned()),
            }
        }
        if missing.len() == SOURCE_COLUMNS.len() {
            return Err(DecodeErrorKind::NoHeader { first_line: excerpt(&names.join(",")) });
        }
        if !missing.is_empty() {
            return Err(DecodeErrorKind::MissingColumns(missing));
        }
        let mut own = names.iter().enumerate().filter(|(_, name)| *name == EVENT_ID);
        let event_id = match (own.next(), own.next()) {
            (found, None) => found.map(|(at, _)| at),
            _ => return Err(DecodeErrorKind::DuplicateColumn(EVENT_ID.to_owned())),
        };
        let is_known = |name: &str| SOURCE_COLUMNS.contains(&name) || name == EVENT_ID;
        let unknown = names.iter().filter(|name| !is_known(name)).cloned().collect();
        Ok(Self { positions, event_id, width: names.len(), unknown })
    }

    /// Reads the header line at the start of a text, and tells how many bytes it and blank lines before it take.
    pub(super) fn read(text: &[u8]) -> Result<(Self, usize), DecodeError> {
        let mut start = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        start += text[start..].iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        if text[start..].trim_ascii().is_empty() {
            return Err(DecodeErrorKind::Empty.into());
        }
        let mut names = Vec::new();
        let mut value = Vec::new();
        let scan = scan(&text[start..], true, |field| {
            value.clear();
            field.append_to(&mut value);
            names.push(String::from_utf8_lossy(&value).trim().to_owned());
        });
        let line = 1 + memchr::memchr_iter(b'\n', &text[..start]).count() as u64;
        let (Scan::Record(length) | Scan::Malformed(length)) = scan else {
            return Err(DecodeError::at(line, DecodeErrorKind::Empty));
        };
        let header = Self::from_names(&names).map_err(|kind| DecodeError::at(line, kind))?;
        Ok((header, start + length))
    }
}

fn excerpt(line: &str) -> String {
    const CHARS: usize = 120;
    let mut text: String = line.chars().take(CHARS).collect();
    if text.len() < line.len() {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(Header, usize), DecodeErrorKind> {
        Header::read(text.as_bytes()).map_err(|e| e.kind)
    }

    #[test]
    fn names_are_found_in_any_order() {
        let text = "\u{feff}brand, price ,user_id,\"user_session\",event_time,event_type,device,product_id,category_id,category_code\r\nrow";
        let (header, length) = read(text).unwrap();
        assert_eq!(header.positions, [4, 5, 7, 8, 9, 0, 1, 2, 3]);
        assert_eq!((header.width, header.unknown.as_slice()), (10, ["device".to_owned()].as_slice()));
        assert_eq!(&text.as_bytes()[length..], b"row");
    }

    #[test]
    fn a_bad_header_says_what_is_wrong() {
        assert_eq!(read(""), Err(DecodeErrorKind::Empty));
        assert_eq!(read("\n \n"), Err(DecodeErrorKind::Empty));
        assert!(matches!(read("2019-10-01 00:00:00 UTC,view,1\n"), Err(DecodeErrorKind::NoHeader { .. })));
        let missing =
            read("event_time,event_type,product_id,category_id,category_code,brand,user_id,user_session\n");
        assert_eq!(missing, Err(DecodeErrorKind::MissingColumns(vec!["price".into()])));
        let doubled = read(&(SOURCE_COLUMNS.join(",") + ",price\n"));
        assert_eq!(doubled, Err(DecodeErrorKind::DuplicateColumn("price".into())));
    }
}
