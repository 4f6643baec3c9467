//! Errors that show where.

use std::fmt;

/// Why a ruleset is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// Line, counted from 1.
    pub line: usize,
    /// Character in the line, counted from 1.
    pub column: usize,
    /// What could have stood there, in plain words.
    pub expected: Vec<String>,
    /// What stands there.
    pub found: String,
    /// What is wrong.
    pub message: String,
    /// The line.
    pub source_line: String,
}

impl std::error::Error for ParseError {}

/// Longest piece of text that an error repeats, in characters.
const LONGEST_PIECE: usize = 40;

impl ParseError {
    /// An error at a byte of the text.
    pub(crate) fn at(text: &str, offset: usize, message: impl Into<String>) -> Self {
        let offset = floor_char_boundary(text, offset);
        let before = &text[..offset];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let source_line = text[line_start..].lines().next().unwrap_or_default();
        Self {
            line: before.matches('\n').count() + 1,
            column: text[line_start..offset].chars().count() + 1,
            expected: Vec::new(),
            found: found(&text[offset..]),
            message: message.into(),
            source_line: source_line.to_owned(),
        }
    }

    /// With what was expected.
    pub(crate) fn expecting<S: Into<String>>(mut self, expected: impl IntoIterator<Item = S>) -> Self {
        self.expected = expected.into_iter().map(Into::into).collect();
        self
    }

    /// An error that is nothing but that something else was expected.
    pub(crate) fn unexpected(text: &str, offset: usize, expected: Vec<String>) -> Self {
        let mut error = Self::at(text, offset, "").expecting(expected);
        error.message = match join(&error.expected) {
            Some(expected) => format!("expected {expected}, found {}", error.found),
            None => format!("did not expect {}", error.found),
        };
        error
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, message, source_line, .. } = self;
        let margin = " ".repeat(line.to_string().len());
        // Tabs stay, so that the caret stands below what it points at.
        let indent: String = source_line
            .chars()
            .take(column - 1)
            .map(|character| if character == '\t' { '\t' } else { ' ' })
            .collect();
        writeln!(f, "{message}")?;
        writeln!(f, "{margin}--> line {line}, column {column}")?;
        writeln!(f, "{margin} |")?;
        writeln!(f, "{line} | {source_line}")?;
        write!(f, "{margin} | {indent}^")
    }
}

/// The text's next word, mark or quoted text.
fn found(rest: &str) -> String {
    let Some(first) = rest.chars().next() else { return "the end of the text".to_owned() };
    let is_word = |c: char| c.is_alphanumeric() || "_.$".contains(c);
    let piece: String = match first {
        '"' => {
            let end = rest[1..].find('"').map_or(rest.len(), |end| end + 2);
            rest[..end].chars().take(LONGEST_PIECE).collect()
        }
        _ if is_word(first) => rest.chars().take_while(|c| is_word(*c)).take(LONGEST_PIECE).collect(),
        '\n' | '\r' => return "the end of the line".to_owned(),
        _ => first.to_string(),
    };
    if first == '"' { piece } else { format!("`{piece}`") }
}

fn join(words: &[String]) -> Option<String> {
    let (last, others) = words.split_last()?;
    Some(if others.is_empty() { last.clone() } else { format!("{} or {last}", others.join(", ")) })
}

fn floor_char_boundary(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_point_at_characters() {
        let text = "# é\nRules = [ \tÄ ]";
        let error = ParseError::at(text, text.find('Ä').unwrap(), "what is that");
        assert_eq!((error.line, error.column, error.found.as_str()), (2, 12, "`Ä`"));
        assert_eq!(
            error.to_string(),
            "what is that\n --> line 2, column 12\n  |\n2 | Rules = [ \tÄ ]\n  |           \t^"
        );
        let end = ParseError::unexpected(text, text.len(), vec!["a".into(), "b".into()]);
        assert_eq!(end.message, "expected a or b, found the end of the text");
    }
}
