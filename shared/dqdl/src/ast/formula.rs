//! What a measure is compared with: numbers, and numbers made of the measure's history.

use std::fmt;

use super::Number;

/// Which earlier values count as history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Season {
    /// All.
    Any,
    /// Those of the same hour of the same day of the week: 168 seasons.
    HourOfWeek,
    /// Those of the same hour of the day: 24 seasons.
    HourOfDay,
    /// Those of the same day of the week: 7 seasons.
    DayOfWeek,
}

impl Season {
    pub(crate) const NAMED: [(&'static str, Self); 3] = [
        ("hour of week", Self::HourOfWeek),
        ("hour of day", Self::HourOfDay),
        ("day of week", Self::DayOfWeek),
    ];
}

/// `last(k)` or `last(k, "season")`: the latest `k` earlier values of the same measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Last {
    /// How many, at least 1.
    pub k: u32,
    /// Of which season.
    pub season: Season,
}

/// From several earlier values to one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Aggregate {
    /// Mean.
    Avg,
    /// Median; the mean of the middle two of an even number.
    Median,
    /// Greatest.
    Max,
    /// Least.
    Min,
    /// Sum.
    Sum,
    /// Population standard deviation.
    Std,
    /// The quantile at a share from 0 to 1, linear between neighbours.
    Percentile(Number),
    /// The value at a position, 0 for the latest.
    Index(u32),
}

impl Aggregate {
    pub(crate) const NAMES: [&'static str; 8] =
        ["avg", "median", "max", "min", "sum", "std", "percentile", "index"];

    fn name(self) -> &'static str {
        match self {
            Self::Avg => "avg",
            Self::Median => "median",
            Self::Max => "max",
            Self::Min => "min",
            Self::Sum => "sum",
            Self::Std => "std",
            Self::Percentile(_) => "percentile",
            Self::Index(_) => "index",
        }
    }
}

/// An arithmetic operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
}

impl Operator {
    fn symbol(self) -> char {
        match self {
            Self::Add => '+',
            Self::Subtract => '-',
            Self::Multiply => '*',
            Self::Divide => '/',
        }
    }

    fn binds_tightly(self) -> bool {
        matches!(self, Self::Multiply | Self::Divide)
    }
}

/// A number, perhaps made of history.
#[derive(Debug, Clone, PartialEq)]
pub enum Formula {
    /// A number as written.
    Number(Number),
    /// The latest earlier value.
    Last(Last),
    /// A statistic of earlier values.
    Aggregate(Aggregate, Last),
    /// `abs(...)`
    Abs(Box<Formula>),
    /// `-...`
    Negate(Box<Formula>),
    /// Two formulas joined.
    Binary(Box<Formula>, Operator, Box<Formula>),
}

impl Formula {
    /// The number, if the formula is nothing but one.
    pub fn as_number(&self) -> Option<Number> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Negate(inner) => inner.as_number().map(|n| Number { digits: -n.digits, ..n }),
            _ => None,
        }
    }

    /// Whether it asks for earlier values.
    pub fn is_dynamic(&self) -> bool {
        match self {
            Self::Number(_) => false,
            Self::Last(_) | Self::Aggregate(..) => true,
            Self::Abs(inner) | Self::Negate(inner) => inner.is_dynamic(),
            Self::Binary(left, _, right) => left.is_dynamic() || right.is_dynamic(),
        }
    }

    fn needs_parentheses_beside(&self, operator: Operator, is_right: bool) -> bool {
        match self {
            Self::Binary(_, inner, _) if operator.binds_tightly() => !inner.binds_tightly() || is_right,
            Self::Binary(_, inner, _) => is_right && !inner.binds_tightly(),
            _ => false,
        }
    }
}

impl fmt::Display for Last {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Season::NAMED.iter().find(|(_, season)| *season == self.season) {
            Some((name, _)) => write!(f, "last({}, \"{name}\")", self.k),
            None => write!(f, "last({})", self.k),
        }
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Last(last) => write!(f, "{last}"),
            Self::Aggregate(Aggregate::Percentile(share), last) => write!(f, "percentile({last}, {share})"),
            Self::Aggregate(Aggregate::Index(index), last) => write!(f, "index({last}, {index})"),
            Self::Aggregate(function, last) => write!(f, "{}({last})", function.name()),
            Self::Abs(inner) => write!(f, "abs({inner})"),
            Self::Negate(inner) if matches!(**inner, Self::Binary(..) | Self::Negate(_)) => {
                write!(f, "-({inner})")
            }
            Self::Negate(inner) => write!(f, "-{inner}"),
            Self::Binary(left, operator, right) => {
                let side = |formula: &Self, is_right| {
                    let parentheses = formula.needs_parentheses_beside(*operator, is_right);
                    if parentheses { format!("({formula})") } else { formula.to_string() }
                };
                write!(f, "{} {} {}", side(left, false), operator.symbol(), side(right, true))
            }
        }
    }
}
