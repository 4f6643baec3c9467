//! Brands.

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use serde::{Deserialize, Serialize};

use super::attributes::{write_counts, write_purchases, write_times};
use super::{Activity, Attributes, Listing, Merge, Row, RowBuilder};
use crate::changes::Value;
use crate::event::UNKNOWN;
use crate::schema::{DIM_BRANDS, TableSchema};

/// What is known of a brand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brand {
    /// Times and counts.
    pub activity: Activity,
}

impl Brand {
    /// What a listing adds to its brand.
    pub fn of(listing: &Listing) -> Self {
        Self { activity: listing.activity }
    }
}

impl Merge for Brand {
    fn merge(&mut self, other: Self) {
        self.activity.merge(other.activity);
    }
}

impl Row for Brand {
    const TABLE: &'static TableSchema = &DIM_BRANDS;
    type Key = Box<str>;

    fn is_unknown(key: &Box<str>) -> bool {
        &**key == UNKNOWN
    }

    fn is_same_row(a: &Attributes, b: &Attributes) -> bool {
        a.value(0) == b.value(0)
    }

    fn surrogate(key: &Box<str>, version: &Attributes) -> i64 {
        // Two brands may have had one name.
        version.surrogate(DIM_BRANDS.name, &(key, version.value(0).and_then(Value::long)))
    }

    fn write(key: &Box<str>, brand: Option<&Self>, version: &Attributes, to: &mut RowBuilder) {
        let activity = brand.map(|brand| &brand.activity);
        to.long(Self::surrogate(key, version));
        to.text(key);
        version.write_validity(to);
        version.write(0, to);
        write_times(activity, to);
        write_counts(activity, to);
        write_purchases(activity, to);
    }

    fn read(batch: &RecordBatch) -> Result<Vec<(Box<str>, Self)>, ArrowError> {
        let columns = Self::reader(batch);
        let names = columns.texts("brand")?;
        let activities = columns.activities("first_seen_at", "last_seen_at", "revenue")?;
        let row = |i: usize| (Box::from(names.value(i)), Self { activity: activities[i] });
        columns.of_events(row)
    }
}
