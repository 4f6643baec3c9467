//! The filter of `where "..."`.

use pest::{
    Parser,
    error::{ErrorVariant, InputLocation},
    iterators::Pair,
};

use super::{
    Node, ParseError, Reader,
    grammar::{
        self,
        filter::{Parser as FilterParser, Rule as Part},
    },
    guard, raw, text,
};
use crate::ast::{Comparison, Filter, Literal, Number, Op, Predicate};

type Piece<'a> = Pair<'a, Part>;

/// An error at a byte of the filter.
struct Trouble {
    at: usize,
    message: String,
    expected: Vec<String>,
}

impl Trouble {
    fn at(piece: &Piece<'_>, message: impl Into<String>) -> Self {
        Self { at: piece.as_span().start(), message: message.into(), expected: Vec::new() }
    }
}

impl<'a> Reader<'a> {
    pub(super) fn filter(&self, string: &Node<'a>) -> Result<Filter, ParseError> {
        let raw = raw(string);
        let filter = text::unescape(raw);
        let predicate = predicate(&filter).map_err(|trouble| {
            let start = string.as_span().start() + 1;
            let at = start + text::raw_offset(raw, trouble.at);
            if trouble.message.is_empty() {
                let mut error = ParseError::unexpected(self.text, at, trouble.expected);
                error.message = format!("in the filter: {}", error.message);
                return error;
            }
            ParseError::at(self.text, at, format!("in the filter: {}", trouble.message))
                .expecting(trouble.expected)
        })?;
        Ok(Filter { text: filter, predicate })
    }
}

fn predicate(text: &str) -> Result<Predicate, Trouble> {
    guard::check(text, guard::Language::Filter).map_err(|(at, message)| Trouble {
        at,
        message,
        expected: Vec::new(),
    })?;
    let mut parsed = FilterParser::parse(Part::predicate, text).map_err(|error| {
        let at = match error.location {
            InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
        };
        let (message, expected) = match &error.variant {
            ErrorVariant::ParsingError { positives, .. } => {
                (String::new(), grammar::words(positives, grammar::filter_word))
            }
            ErrorVariant::CustomError { message } => (message.clone(), Vec::new()),
        };
        Trouble { at, message, expected }
    })?;
    let disjunction = parsed.next().and_then(|predicate| predicate.into_inner().next());
    let nothing = Trouble { at: 0, message: "nothing".to_owned(), expected: Vec::new() };
    disjunction.ok_or(nothing).and_then(joined)
}

/// A disjunction, a conjunction or a negation.
fn joined(piece: Piece<'_>) -> Result<Predicate, Trouble> {
    let kind = piece.as_rule();
    let mut is_opposite = false;
    let mut inner = Vec::new();
    for part in piece.into_inner() {
        match part.as_rule() {
            Part::kw_not => is_opposite = !is_opposite,
            Part::kw_and | Part::kw_or | Part::open | Part::close => {}
            Part::comparison => inner.push(comparison(part)?),
            _ => inner.push(joined(part)?),
        }
    }
    let single = (inner.len() == 1).then(|| inner.remove(0));
    Ok(match single {
        Some(single) if is_opposite => Predicate::Not(Box::new(single)),
        Some(single) => single,
        None if kind == Part::disjunction => Predicate::Or(inner),
        None => Predicate::And(inner),
    })
}

enum Scalar {
    Column(String),
    Literal(Literal),
}

fn comparison(piece: Piece<'_>) -> Result<Predicate, Trouble> {
    let whole = piece.clone();
    let mut inner = piece.into_inner();
    let Some(first) = inner.next() else { return Err(Trouble::at(&whole, "expected a condition")) };
    let left = scalar(first)?;
    let Some(test) = inner.next() else {
        return match left {
            Scalar::Column(column) => Ok(Predicate::Column(column)),
            Scalar::Literal(_) => Err(Trouble::at(&whole, "a value by itself says nothing about a row")),
        };
    };
    if test.as_rule() == Part::op {
        let Some(right) = inner.next() else { return Err(Trouble::at(&test, "expected a value")) };
        let op = operator(test.as_str());
        return match (left, scalar(right)?) {
            (Scalar::Column(column), Scalar::Literal(value)) => {
                Ok(Predicate::Compare(column, Comparison::Compare(op, value)))
            }
            (Scalar::Literal(value), Scalar::Column(column)) => {
                Ok(Predicate::Compare(column, Comparison::Compare(op.flipped(), value)))
            }
            (Scalar::Column(left), Scalar::Column(right)) => Ok(Predicate::CompareColumns(left, op, right)),
            _ => Err(Trouble::at(&whole, "a comparison of two values says nothing about a row")),
        };
    }
    let Scalar::Column(column) = left else {
        return Err(Trouble::at(&whole, "expected a column before this test"));
    };
    let kind = test.as_rule();
    let negated = test.clone().into_inner().any(|part| part.as_rule() == Part::kw_not);
    let mut values = Vec::new();
    for part in test.into_inner() {
        match part.as_rule() {
            Part::literal => values.push(literal(part)?),
            Part::string => values.push(Literal::Text(unquote(part.as_str()))),
            _ => {}
        }
    }
    Ok(match kind {
        Part::null_test => Predicate::IsNull { column, negated },
        Part::set => Predicate::Compare(column, Comparison::In { values, negated }),
        Part::like => {
            let Some(Literal::Text(pattern)) = values.pop() else {
                return Err(Trouble::at(&whole, "expected a pattern"));
            };
            Predicate::Like { column, pattern, negated }
        }
        _ => match (values.pop(), values.pop()) {
            (Some(high), Some(low)) => Predicate::Compare(column, Comparison::Between { low, high, negated }),
            _ => return Err(Trouble::at(&whole, "expected two values")),
        },
    })
}

fn scalar(piece: Piece<'_>) -> Result<Scalar, Trouble> {
    let whole = piece.clone();
    match piece.into_inner().next() {
        Some(part) if part.as_rule() == Part::column => {
            Ok(Scalar::Column(part.as_str().trim_matches('`').to_owned()))
        }
        Some(part) => literal(part).map(Scalar::Literal),
        None => Err(Trouble::at(&whole, "expected a value")),
    }
}

fn literal(piece: Piece<'_>) -> Result<Literal, Trouble> {
    let whole = piece.clone();
    for part in piece.into_inner() {
        match part.as_rule() {
            Part::string => return Ok(Literal::Text(unquote(part.as_str()))),
            Part::boolean => return Ok(Literal::Bool(part.as_str().eq_ignore_ascii_case("true"))),
            Part::number => {
                let number = Number::parse(part.as_str()).map(Literal::Number);
                return number.ok_or_else(|| Trouble::at(&part, "a number of more than 38 digits"));
            }
            _ => {}
        }
    }
    Err(Trouble::at(&whole, "expected a value"))
}

fn unquote(quoted: &str) -> String {
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().replace("''", "'")
}

fn operator(text: &str) -> Op {
    match text {
        "!=" | "<>" => Op::NotEqual,
        "<" => Op::Less,
        "<=" => Op::LessOrEqual,
        ">" => Op::Greater,
        ">=" => Op::GreaterOrEqual,
        _ => Op::Equal,
    }
}
