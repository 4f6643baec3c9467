//! Brands.

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use serde::{Deserialize, Serialize};

use super::{Activity, Listing, Merge, Row, RowBuilder};
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

    fn write(&self, key: &Box<str>, to: &mut RowBuilder) {
        to.text(key);
        to.time(self.activity.first_at);
        to.time(self.activity.last_at);
        to.counts(&self.activity.counts);
        to.decimal(self.activity.purchases_cents);
    }

    fn read(batch: &RecordBatch) -> Result<Vec<(Box<str>, Self)>, ArrowError> {
        let columns = Self::reader(batch);
        let names = columns.texts("brand")?;
        let activities = columns.activities("first_seen_at", "last_seen_at", "revenue")?;
        Ok(activities
            .into_iter()
            .enumerate()
            .map(|(i, activity)| (names.value(i).into(), Self { activity }))
            .collect())
    }
}
