//! From text to ruleset.

mod check;
mod condition;
mod error;
mod filter;
mod formula;
mod grammar;
mod guard;
mod possible;
mod ruleset;
mod suggest;
mod text;

use std::collections::HashMap;

use pest::{
    Parser,
    error::{ErrorVariant, InputLocation},
    iterators::Pair,
};

pub(crate) use check::full_match;
pub use error::ParseError;
use grammar::rules::{Parser as RulesParser, Rule as Part};

use crate::ast::Ruleset;

/// Longest text in bytes, sixteen times what AWS Glue takes.
const LONGEST_TEXT: usize = 1 << 20;

/// A part of a text.
type Node<'a> = Pair<'a, Part>;

/// Reads a ruleset.
///
/// # Errors
/// The first place at which the text is no ruleset, or at which a rule cannot be meant: unknown types and labels, wrong
/// numbers of columns, conditions that no value can fulfil, bad regular expressions and filters.
pub fn parse(text: &str) -> Result<Ruleset, ParseError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() > LONGEST_TEXT {
        return Err(ParseError::at(text, 0, format!("a ruleset of more than {LONGEST_TEXT} bytes")));
    }
    guard::check(text, guard::Language::Rules).map_err(|(at, message)| ParseError::at(text, at, message))?;
    let mut parsed = RulesParser::parse(Part::document, text).map_err(|error| syntax_error(text, &error))?;
    let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let mut reader = Reader { text, line_starts, constants: HashMap::new() };
    match parsed.next() {
        Some(document) => reader.document(document),
        None => Err(ParseError::at(text, 0, "no ruleset")),
    }
}

fn syntax_error(text: &str, error: &pest::error::Error<Part>) -> ParseError {
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => {
            ParseError::unexpected(text, at, grammar::words(positives, grammar::rules_word))
        }
        ErrorVariant::CustomError { message } => ParseError::at(text, at, message.clone()),
    }
}

/// Turns parts of the text into rules.
struct Reader<'a> {
    text: &'a str,
    /// Where each line starts.
    line_starts: Vec<usize>,
    constants: HashMap<&'a str, String>,
}

impl<'a> Reader<'a> {
    /// An error at the start of a part.
    fn error(&self, node: &Node<'a>, message: impl Into<String>) -> ParseError {
        ParseError::at(self.text, node.as_span().start(), message)
    }

    /// Line and character of the start of a part. As an error's, without going through the text for each of its parts.
    fn place(&self, node: &Node<'a>) -> (usize, usize) {
        let at = node.as_span().start();
        let line = self.line_starts.partition_point(|start| *start <= at);
        let line_start = self.line_starts[line - 1];
        (line, self.text[line_start..at].chars().count() + 1)
    }

    /// What a quoted text or a constant says.
    fn string(&self, node: &Node<'a>) -> Result<String, ParseError> {
        match node.as_rule() {
            Part::constant_ref => {
                let name = &node.as_str()[1..];
                self.constants.get(name).cloned().ok_or_else(|| {
                    let hint = suggest::hint(name, self.constants.keys().copied());
                    self.error(node, format!("no constant is called {name}{hint}"))
                })
            }
            Part::string => Ok(text::unescape(raw(node))),
            _ => Ok(node.as_str().to_owned()),
        }
    }
}

/// The text between the quotes.
fn raw<'a>(string: &Node<'a>) -> &'a str {
    let quoted = string.as_str();
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default()
}

/// The parts of a part, without marks and words.
fn parts<'a>(node: Node<'a>) -> impl Iterator<Item = Node<'a>> {
    node.into_inner().filter(|part| {
        !matches!(
            part.as_rule(),
            Part::assign
                | Part::comma
                | Part::colon
                | Part::open
                | Part::close
                | Part::open_list
                | Part::close_list
                | Part::open_brace
                | Part::close_brace
                | Part::metadata_word
                | Part::default_labels_word
                | Part::rules_word
                | Part::analyzers_word
                | Part::labels_word
                | Part::kw_and
                | Part::kw_between
                | Part::kw_in
                | Part::kw_matches
                | Part::kw_where
                | Part::kw_with
                | Part::kw_threshold
                | Part::EOI
        )
    })
}
