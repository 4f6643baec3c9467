//! What is checked before the grammar sees the text: the grammar would show these in the wrong place, or not end.

/// Deepest nesting of parentheses; the parser calls itself for each.
const DEEPEST: usize = 50;

/// How texts are quoted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// `"text"` with backslashes, and comments.
    Rules,
    /// `'text'`.
    Filter,
}

/// Where the text is nested too deeply or a quoted text has no end.
pub(super) fn check(text: &str, language: Language) -> Result<(), (usize, String)> {
    let quote = if language == Language::Rules { '"' } else { '\'' };
    let mut depth = 0usize;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '(' => {
                depth += 1;
                if depth > DEEPEST {
                    return Err((at, format!("more than {DEEPEST} parentheses within each other")));
                }
            }
            ')' => depth = depth.saturating_sub(1),
            _ if character == quote => {
                let mut has_end = false;
                while let Some((_, inner)) = characters.next() {
                    if inner == '\\' && language == Language::Rules {
                        characters.next();
                    } else if inner == quote {
                        has_end = true;
                        break;
                    }
                }
                if !has_end {
                    return Err((at, "the quoted text that starts here has no end".to_owned()));
                }
            }
            '#' if language == Language::Rules => skip_line(&mut characters),
            '/' if language == Language::Rules && characters.peek().is_some_and(|(_, next)| *next == '/') => {
                skip_line(&mut characters);
            }
            _ => {}
        }
    }
    Ok(())
}

fn skip_line(characters: &mut impl Iterator<Item = (usize, char)>) {
    characters.find(|(_, character)| *character == '\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_end_and_nesting_is_bounded() {
        let rules = |text: &str| check(text, Language::Rules).map_err(|(at, _)| at);
        assert_eq!(rules("# \" it's\n\"a\\\"b\" // \""), Ok(()));
        assert_eq!(rules("a \"b\" \"c"), Err(6));
        assert_eq!(rules(&"(".repeat(50)), Ok(()));
        assert_eq!(rules(&"(".repeat(51)), Err(50));
        assert_eq!(rules(&"()".repeat(500)), Ok(()));
        assert_eq!(check("'it''s", Language::Filter).map_err(|(at, _)| at), Err(4));
    }
}
