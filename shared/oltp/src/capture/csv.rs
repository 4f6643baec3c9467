//! The form of the files.

/// What a null is written as, without quotes.
const NULL: &str = "NULL";

/// Appends the header line of a table's files.
pub(super) fn push_header<'a>(out: &mut Vec<u8>, columns: impl IntoIterator<Item = &'a str>) {
    out.extend_from_slice(b"Op");
    for column in columns {
        out.push(b',');
        push_field(out, Some(column));
    }
    out.extend_from_slice(b",commit_time,change_seq\n");
}

/// Appends a field. A null is the unquoted word NULL; quotes are put where the text would not be read back as it is.
pub(super) fn push_field(out: &mut Vec<u8>, text: Option<&str>) {
    let Some(text) = text else {
        out.extend_from_slice(NULL.as_bytes());
        return;
    };
    let plain = !text.is_empty() && text != NULL && !text.contains([',', '"', '\r', '\n']);
    if plain {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    for byte in text.bytes() {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(text: Option<&str>) -> String {
        let mut out = Vec::new();
        push_field(&mut out, text);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn fields_are_quoted_when_they_would_be_misread() {
        for (text, expected) in [
            (None, "NULL"),
            (Some("NULL"), "\"NULL\""),
            (Some("null"), "null"),
            (Some("NULL "), "NULL "),
            (Some(""), "\"\""),
            (Some("a b"), "a b"),
            (Some("a,b"), "\"a,b\""),
            (Some("say \"hi\""), "\"say \"\"hi\"\"\""),
            (Some("\""), "\"\"\"\""),
            (Some("two\nlines"), "\"two\nlines\""),
            (Some("cr\r"), "\"cr\r\""),
            (Some("東京 é"), "東京 é"),
            (Some("\\N"), "\\N"),
        ] {
            assert_eq!(field(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_header_names_the_columns_between_ours() {
        let mut out = Vec::new();
        push_header(&mut out, ["id", "odd,name"]);
        assert_eq!(out, b"Op,id,\"odd,name\",commit_time,change_seq\n");
    }
}
