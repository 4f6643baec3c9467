//! Measures of a set of rows, which merge: the profile of a batch is the sum of its row groups' profiles, and that
//! of a day, a week or a month the sum of its batches', without touching a row.

mod amounts;
mod distinct;
mod frequent;
mod histogram;
mod hour;
mod measure;
mod metrics;
mod packed;
mod sessions;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use amounts::Prices;
pub use distinct::Distinct;
pub use frequent::Frequent;
pub use histogram::{Histogram, bucket_of, least_of, middle_of};
pub use hour::{HourProfile, MAX_CATEGORIES, Segment};
pub use metrics::{Metric, metrics};
pub use sessions::SessionSums;

use crate::event::EventColumns;

/// Measures of accepted rows of one date. All counts are exact but the distinct counts, and the frequent brands where
/// an hour has very many.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// By hour of day, UTC, 0 to 23; hours without rows are left out.
    #[serde(with = "packed")]
    pub hours: BTreeMap<u8, HourProfile>,
    /// Users.
    pub users: Distinct,
    /// Products.
    pub products: Distinct,
    /// Sessions.
    pub sessions: Distinct,
    /// Brands, null not counted.
    pub brands: Distinct,
    /// Category codes, null not counted.
    pub category_codes: Distinct,
}

impl Profile {
    /// Measures rows of one date.
    pub fn of(rows: &EventColumns) -> Self {
        measure::measure(rows)
    }

    /// Rows.
    pub fn rows(&self) -> u64 {
        self.hours.values().map(|hour| hour.rows).sum()
    }

    /// All hours together.
    pub fn total(&self) -> HourProfile {
        let mut total = HourProfile::default();
        self.hours.values().for_each(|hour| total.merge(hour));
        total
    }

    /// Adds the measures of other rows.
    pub fn merge(&mut self, other: &Self) {
        for (hour, measured) in &other.hours {
            self.hours.entry(*hour).or_default().merge(measured);
        }
        self.users.merge(&other.users);
        self.products.merge(&other.products);
        self.sessions.merge(&other.sessions);
        self.brands.merge(&other.brands);
        self.category_codes.merge(&other.category_codes);
    }
}
