//! The filter of `where "..."`: a small part of SQL's boolean expressions.

use std::fmt;

use super::{Comparison, Number, Op};

/// A literal of SQL.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// A number.
    Number(Number),
    /// `'text'`; also a date or an instant where the column is one.
    Text(String),
    /// `true` or `false`.
    Bool(bool),
}

/// A boolean expression over the columns of a row. Comparisons with null are unknown, as in SQL; a row is taken if the
/// expression is true.
#[derive(Debug, Clone, PartialEq)]
pub enum Predicate {
    /// All of them.
    And(Vec<Predicate>),
    /// Any of them.
    Or(Vec<Predicate>),
    /// The opposite.
    Not(Box<Predicate>),
    /// A column against literals; here between includes both ends, as SQL has it.
    Compare(String, Comparison<Literal>),
    /// A column against another.
    CompareColumns(String, Op, String),
    /// `is null`, or `is not null`.
    IsNull {
        /// Column.
        column: String,
        /// `is not null`.
        negated: bool,
    },
    /// `like 'a%'`: `%` stands for any text, `_` for any character, a backslash takes the next one literally.
    Like {
        /// Column.
        column: String,
        /// Pattern.
        pattern: String,
        /// `not like`.
        negated: bool,
    },
    /// A boolean column by itself.
    Column(String),
}

fn column(name: &str) -> String {
    let is_plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && !name.is_empty();
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let is_word = super::SQL_WORDS.iter().any(|word| word.eq_ignore_ascii_case(name));
    if is_plain && starts_well && !is_word { name.to_owned() } else { format!("`{name}`") }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "'{}'", text.replace('\'', "''")),
            Self::Bool(value) => write!(f, "{value}"),
        }
    }
}

impl fmt::Display for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |parts: &[Self], word: &str| {
            let parts: Vec<_> = parts
                .iter()
                .map(|part| {
                    if matches!(part, Self::And(_) | Self::Or(_)) {
                        format!("({part})")
                    } else {
                        part.to_string()
                    }
                })
                .collect();
            parts.join(word)
        };
        let not = |negated: &bool| if *negated { " not" } else { "" };
        match self {
            Self::And(parts) => f.write_str(&joined(parts, " and ")),
            Self::Or(parts) => f.write_str(&joined(parts, " or ")),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::Compare(name, Comparison::In { values, negated }) => {
                let values: Vec<_> = values.iter().map(Literal::to_string).collect();
                write!(f, "{}{} in ({})", column(name), not(negated), values.join(", "))
            }
            Self::Compare(name, comparison) => write!(f, "{} {comparison}", column(name)),
            Self::CompareColumns(left, op, right) => write!(f, "{} {op} {}", column(left), column(right)),
            Self::IsNull { column: name, negated } => write!(f, "{} is{} null", column(name), not(negated)),
            Self::Like { column: name, pattern, negated } => {
                write!(f, "{}{} like '{}'", column(name), not(negated), pattern.replace('\'', "''"))
            }
            Self::Column(name) => f.write_str(&column(name)),
        }
    }
}
