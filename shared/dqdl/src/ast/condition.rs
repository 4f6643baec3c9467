//! Conditions: what a measure or a value must fulfil.

use std::fmt;

use super::{DataTypeName, Formula, Number, quoted};

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Op {
    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    /// The operator with its sides exchanged.
    pub(crate) fn flipped(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            same => same,
        }
    }

    /// Whether `left op right`; false if either is not a number, save for `!=`.
    pub fn holds<T: PartialOrd>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

/// A comparison with values of type `T`.
#[derive(Debug, Clone, PartialEq)]
pub enum Comparison<T> {
    /// `> x`
    Compare(Op, T),
    /// `between low and high`, both excluded as AWS has it.
    Between {
        /// Lower end.
        low: T,
        /// Upper end.
        high: T,
        /// `not between`.
        negated: bool,
    },
    /// `in [a, b]`
    In {
        /// The set.
        values: Vec<T>,
        /// `not in`.
        negated: bool,
    },
}

impl<T> Comparison<T> {
    /// The values in the order they are written.
    pub fn values(&self) -> Vec<&T> {
        match self {
            Self::Compare(_, value) => vec![value],
            Self::Between { low, high, .. } => vec![low, high],
            Self::In { values, .. } => values.iter().collect(),
        }
    }

    /// The same comparison with other values.
    pub fn try_map<U, E>(&self, mut f: impl FnMut(&T) -> Result<U, E>) -> Result<Comparison<U>, E> {
        Ok(match self {
            Self::Compare(op, value) => Comparison::Compare(*op, f(value)?),
            Self::Between { low, high, negated } => {
                Comparison::Between { low: f(low)?, high: f(high)?, negated: *negated }
            }
            Self::In { values, negated } => {
                let values = values.iter().map(f).collect::<Result<_, _>>()?;
                Comparison::In { values, negated: *negated }
            }
        })
    }
}

impl<T: PartialOrd> Comparison<T> {
    /// Whether a value fulfils it.
    pub fn holds(&self, value: &T) -> bool {
        match self {
            Self::Compare(op, other) => op.holds(value, other),
            Self::Between { low, high, negated } => (low < value && value < high) != *negated,
            Self::In { values, negated } => values.contains(value) != *negated,
        }
    }
}

/// What a value of a column is compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// A number.
    Number(Number),
    /// A text, or what is written as one: a date, an instant.
    Text(String),
    /// True or false.
    Bool(bool),
    /// `now()`, moved by microseconds.
    Now(Duration),
    /// No value.
    Null,
    /// The empty text.
    Empty,
    /// A text that is not empty and has nothing but white space.
    WhitespacesOnly,
}

/// A span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration {
    /// Microseconds.
    pub us: i64,
}

impl Duration {
    pub(crate) const UNITS: [(&'static str, i64); 4] =
        [("days", 86_400_000_000), ("hours", 3_600_000_000), ("minutes", 60_000_000), ("seconds", 1_000_000)];
}

/// What a rule asks.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// Of a number.
    Number(Comparison<Formula>),
    /// Of each value of a column.
    Values(Comparison<Operand>),
    /// Of each text of a column: the whole text matches the regular expression.
    Matches {
        /// The expression, in the syntax of the `regex` crate.
        pattern: String,
        /// `not matches`.
        negated: bool,
    },
    /// Of the time passed since each value of a column.
    Age(Comparison<Duration>),
    /// Of the type of each value of a column.
    DataType(DataTypeName),
}

impl Condition {
    /// Whether it asks for earlier values.
    pub fn is_dynamic(&self) -> bool {
        matches!(self, Self::Number(comparison) if comparison.values().iter().any(|f| f.is_dynamic()))
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.symbol())
    }
}

impl<T: fmt::Display> fmt::Display for Comparison<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not = |negated: &bool| if *negated { "not " } else { "" };
        match self {
            Self::Compare(op, value) => write!(f, "{op} {value}"),
            Self::Between { low, high, negated } => write!(f, "{}between {low} and {high}", not(negated)),
            Self::In { values, negated } => {
                let values: Vec<_> = values.iter().map(T::to_string).collect();
                write!(f, "{}in [{}]", not(negated), values.join(", "))
            }
        }
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = |(_, unit): &&(&str, i64)| self.us % unit == 0;
        match Self::UNITS.iter().find(fits) {
            Some((name, unit)) => write!(f, "{} {name}", self.us / unit),
            None => write!(f, "{} seconds", Number { digits: self.us.into(), scale: 6 }),
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Now(Duration { us: 0 }) => f.write_str("now()"),
            Self::Now(Duration { us }) if *us < 0 => write!(f, "(now() - {})", Duration { us: -us }),
            Self::Now(moved) => write!(f, "(now() + {moved})"),
            Self::Null => f.write_str("NULL"),
            Self::Empty => f.write_str("EMPTY"),
            Self::WhitespacesOnly => f.write_str("WHITESPACES_ONLY"),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(comparison) => write!(f, "{comparison}"),
            Self::Values(comparison) => write!(f, "{comparison}"),
            Self::Matches { pattern, negated: false } => write!(f, "matches {}", quoted(pattern)),
            Self::Matches { pattern, negated: true } => write!(f, "not matches {}", quoted(pattern)),
            Self::Age(comparison) => write!(f, "{comparison}"),
            Self::DataType(name) => write!(f, "= \"{}\"", name.name()),
        }
    }
}
