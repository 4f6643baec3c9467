//! Categories.

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use serde::{Deserialize, Serialize};

use super::{Attributes, Listing, Merge, Row, RowBuilder};
use crate::changes::Value;
use crate::event::UNKNOWN;
use crate::schema::{DIM_CATEGORIES, TableSchema};

/// What is known of a category. Its place in the hierarchy is in its code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// Dotted code at the latest event, or unknown.
    pub code: Box<str>,
    /// Time of the first event, in microseconds since the Unix epoch.
    pub first_at: i64,
    /// Time of the latest event, in microseconds since the Unix epoch.
    pub last_at: i64,
}

/// Levels that have a column.
const LEVELS: usize = 4;

impl Category {
    /// What a listing of this code adds to its category.
    pub fn of(code: &str, listing: &Listing) -> Self {
        Self { code: code.into(), first_at: listing.activity.first_at, last_at: listing.activity.last_at }
    }
}

impl Merge for Category {
    fn merge(&mut self, other: Self) {
        let first_at = self.first_at.min(other.first_at);
        if (other.last_at, &other.code) > (self.last_at, &self.code) {
            *self = other;
        }
        self.first_at = first_at;
    }
}

impl Row for Category {
    const TABLE: &'static TableSchema = &DIM_CATEGORIES;
    type Key = i64;

    fn write(key: &i64, category: Option<&Self>, version: &Attributes, to: &mut RowBuilder) {
        let known = version.value(1).and_then(Value::text);
        let code = known.or(category.map(|category| &*category.code)).unwrap_or(UNKNOWN);
        let (parent, name) = match code.rsplit_once('.') {
            Some((parent, name)) => (Some(parent), name),
            None => (None, code),
        };
        let mut levels = code.split('.');
        to.long(Self::surrogate(key, version));
        to.long(*key);
        version.write_validity(to);
        version.write(0, to);
        to.text(code);
        to.text(name);
        to.optional_text(parent);
        to.int(i32::try_from(levels.clone().count()).unwrap_or(i32::MAX));
        to.text(levels.next().unwrap_or_default());
        for _ in 1..LEVELS {
            to.optional_text(levels.next());
        }
        to.optional_time(category.map(|category| category.first_at));
        to.optional_time(category.map(|category| category.last_at));
    }

    fn read(batch: &RecordBatch) -> Result<Vec<(i64, Self)>, ArrowError> {
        let columns = Self::reader(batch);
        let (ids, codes) = (columns.longs("category_id")?, columns.texts("category_code")?);
        let (first, last) = (columns.times("first_seen_at")?, columns.times("last_seen_at")?);
        let row =
            |i: usize| (ids[i], Self { code: codes.value(i).into(), first_at: first[i], last_at: last[i] });
        columns.of_events(row)
    }
}
