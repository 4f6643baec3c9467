//! One change of one row, and its place among the others.

use chrono::DateTime;
use serde::{Deserialize, Serialize};

use super::Value;
use crate::star::{Merge, SortKey};

/// What happened to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Op {
    /// It was there when the table was loaded whole. Since when is not known.
    Load,
    /// It was inserted.
    Insert,
    /// It was updated.
    Update,
    /// It was deleted.
    Delete,
}

impl Op {
    /// The letter that stands for it in a log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Load => "L",
            Self::Insert => "I",
            Self::Update => "U",
            Self::Delete => "D",
        }
    }

    /// Reads the letter.
    pub fn parse(text: &[u8]) -> Option<Self> {
        [Self::Load, Self::Insert, Self::Update, Self::Delete]
            .into_iter()
            .find(|op| op.as_str().as_bytes() == text)
    }
}

/// Where a change stands among all changes of its table: by sequence; else by commit time, file and row. A change
/// without a sequence gets the one that DMS would begin with at its time, so that both kinds can be mixed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Order {
    sequence: Box<str>,
    time_us: i64,
    object: Box<str>,
    row: i64,
}

impl Order {
    /// The place of a change. `time_us` is none for a full load without times, which comes before everything.
    pub fn new(sequence: Option<&str>, time_us: Option<i64>, object: &str, row: i64) -> Self {
        let sequence = sequence.map_or_else(|| time_us.map(sequence_at).unwrap_or_default(), Box::from);
        Self { sequence, time_us: time_us.unwrap_or(i64::MIN), object: object.into(), row }
    }
}

/// `$AR_H_CHANGE_SEQ` begins with 16 digits, YYYYMMDDHHMMSShh, and ends with a number of 19.
fn sequence_at(time_us: i64) -> Box<str> {
    let Some(time) = DateTime::from_timestamp_micros(time_us) else { return Box::default() };
    let hundredths = time.timestamp_subsec_millis() / 10;
    format!("{}{hundredths:02}{:019}", time.format("%Y%m%d%H%M%S"), 0).into()
}

/// One change of one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What happened.
    pub op: Op,
    /// When it was committed, in microseconds since the Unix epoch; none for a full load without times.
    pub time_us: Option<i64>,
    /// The source's own sequence: two changes with the same one are the same change.
    pub sequence: Option<Box<str>>,
    /// Object that it came in.
    pub object: Box<str>,
    /// Line or row in the object, counted from 1.
    pub row: i64,
    /// The columns that are no part of the key, in the order of the mapping; all null for a deletion, whose row is
    /// trusted for its key only.
    pub values: Box<[Value]>,
}

impl Change {
    /// Its place among all changes of its table.
    pub fn order(&self) -> Order {
        Order::new(self.sequence.as_deref(), self.time_us, &self.object, self.row)
    }
}

/// The row that a change is of, and a number that tells the changes of one reading apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChangeKey {
    /// The key's columns, in the order of the mapping's key; all changes of a table have the same types there.
    pub key: Box<[Value]>,
    /// Any number.
    pub number: u64,
}

impl SortKey for ChangeKey {
    fn prefix(&self) -> u64 {
        match self.key.first() {
            Some(Value::Long(value) | Value::Decimal(value) | Value::Time(value)) => value.prefix(),
            Some(Value::Int(value) | Value::Date(value)) => i64::from(*value).prefix(),
            Some(Value::Text(text)) => text.prefix(),
            _ => 0,
        }
    }
}

impl Merge for Change {
    /// Changes of one key are the same one.
    fn merge(&mut self, _other: Self) {}
}
