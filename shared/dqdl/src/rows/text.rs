//! Tests of texts.

use std::collections::HashSet;

use regex::Regex;

use super::{instant, ordered::Ordered};
use crate::ast::{Comparison, DataTypeName, Number};

/// Sets up to here are searched one by one.
const SMALL_SET: usize = 8;

/// A test of a text.
#[derive(Debug, Clone)]
pub(crate) enum TextTest {
    Few {
        texts: Vec<Box<str>>,
        keywords: Keywords,
        inside: bool,
    },
    Many {
        texts: HashSet<Box<str>>,
        keywords: Keywords,
        inside: bool,
    },
    /// By the order of their bytes.
    Order(Comparison<String>),
    /// From low to high, both included.
    Within {
        low: String,
        high: String,
        negated: bool,
    },
    Matches {
        regex: Regex,
        negated: bool,
    },
    /// Characters.
    Length(Ordered<i64>),
    /// Can be read as a value of a type.
    Reads(DataTypeName),
}

/// Kinds of text in a set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Keywords {
    pub(crate) empty: bool,
    pub(crate) whitespaces_only: bool,
}

impl Keywords {
    fn contain(self, text: &str) -> bool {
        (self.empty && text.is_empty())
            || (self.whitespaces_only && !text.is_empty() && text.chars().all(char::is_whitespace))
    }
}

impl TextTest {
    pub(crate) fn set(texts: Vec<String>, keywords: Keywords, inside: bool) -> Self {
        if texts.len() <= SMALL_SET {
            Self::Few { texts: texts.into_iter().map(String::into_boxed_str).collect(), keywords, inside }
        } else {
            Self::Many { texts: texts.into_iter().map(String::into_boxed_str).collect(), keywords, inside }
        }
    }

    pub(crate) fn passes(&self, text: &str) -> bool {
        match self {
            Self::Few { texts, keywords, inside } => {
                (texts.iter().any(|known| **known == *text) || keywords.contain(text)) == *inside
            }
            Self::Many { texts, keywords, inside } => {
                (texts.contains(text) || keywords.contain(text)) == *inside
            }
            Self::Order(comparison) => match comparison {
                Comparison::Compare(op, other) => op.holds(&text, &other.as_str()),
                Comparison::Between { low, high, negated } => {
                    (low.as_str() < text && text < high.as_str()) != *negated
                }
                Comparison::In { values, negated } => values.iter().any(|value| value == text) != *negated,
            },
            Self::Within { low, high, negated } => {
                (low.as_str() <= text && text <= high.as_str()) != *negated
            }
            Self::Matches { regex, negated } => regex.is_match(text) != *negated,
            Self::Length(length) => length.contains(characters(text)),
            Self::Reads(data_type) => reads(text, *data_type),
        }
    }
}

/// The number of characters of a text.
pub(crate) fn characters(text: &str) -> i64 {
    // Bytes that continue a character are the ones from 0x80 to 0xBF.
    text.bytes().filter(|byte| (*byte as i8) >= -0x40).count() as i64
}

fn reads(text: &str, data_type: DataTypeName) -> bool {
    let is_plain = || !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    match data_type {
        DataTypeName::String => true,
        DataTypeName::Boolean => text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false"),
        DataTypeName::Integer => text.parse::<i32>().is_ok(),
        DataTypeName::Long => text.parse::<i64>().is_ok(),
        DataTypeName::Float => is_plain() && text.parse::<f32>().is_ok_and(f32::is_finite),
        DataTypeName::Double => is_plain() && text.parse::<f64>().is_ok_and(f64::is_finite),
        DataTypeName::Decimal => Number::parse(text.strip_prefix('+').unwrap_or(text)).is_some(),
        DataTypeName::Date => instant::parse_date(text).is_some(),
        DataTypeName::Timestamp => instant::parse(text).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_as_types() {
        for (text, types) in [
            ("12", "Integer Long Float Double Decimal"),
            ("3000000000", "Long Float Double Decimal"),
            ("-1.5", "Float Double Decimal"),
            ("1e3", "Float Double"),
            ("inf", ""),
            ("TRUE", "Boolean"),
            ("2022-06-30", "Date Timestamp"),
            ("2022-06-30 12:00:00", "Timestamp"),
            ("", ""),
        ] {
            let read = DataTypeName::ALL.into_iter().filter(|data_type| reads(text, *data_type));
            let names: Vec<_> = read.map(DataTypeName::name).filter(|name| *name != "String").collect();
            let mut expected: Vec<_> = types.split_whitespace().collect();
            expected.sort_by_key(|name| {
                DataTypeName::find(name).map(|d| DataTypeName::ALL.iter().position(|x| *x == d))
            });
            assert_eq!(names, expected, "{text}");
        }
        assert_eq!(characters("Äpfel €"), 7);
    }
}
