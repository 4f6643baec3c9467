//! Quoted texts: `\"` is a quote and `\\` a backslash; other backslashes stay, so that `"\d+"` is a regular expression.

/// What a quoted text says.
pub(super) fn unescape(raw: &str) -> String {
    pieces(raw).map(|(_, character)| character).collect()
}

/// The byte of the raw text that a byte of the unescaped one comes from.
pub(super) fn raw_offset(raw: &str, offset: usize) -> usize {
    let mut length = 0;
    for (at, character) in pieces(raw) {
        if length >= offset {
            return at;
        }
        length += character.len_utf8();
    }
    raw.len()
}

fn pieces(raw: &str) -> impl Iterator<Item = (usize, char)> {
    let mut characters = raw.char_indices().peekable();
    std::iter::from_fn(move || {
        let (at, character) = characters.next()?;
        let escaped =
            if character == '\\' { characters.next_if(|(_, c)| matches!(c, '"' | '\\')) } else { None };
        Some((at, escaped.map_or(character, |(_, escaped)| escaped)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_and_positions_kept() {
        let raw = r#"é\"a\\d\d"#;
        assert_eq!(unescape(raw), "é\"a\\d\\d");
        let text = unescape(raw);
        let at = |part: &str| raw_offset(raw, text.find(part).unwrap());
        assert_eq!((at("a"), at("é"), raw_offset(raw, text.len())), (4, 0, raw.len()));
    }
}
