//! What is known of one hour.

use std::collections::BTreeSet;

use estrella_core::profile::HourProfile;
use serde::{Deserialize, Serialize};

/// What is known of one hour of the accepted events. The parts that several batches hold of it merge by adding.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HourInput {
    /// Measures of the accepted rows.
    pub profile: HourProfile,
    /// Valid rows that came in, duplicates among them.
    pub rows_in: u64,
    /// Rows dropped as duplicates.
    pub duplicates: u64,
    /// Rows refused in the objects whose last event is of this hour.
    pub rejected: u64,
    /// Rows of the objects whose last event is of this hour, refused ones among them.
    pub source_rows: u64,
    /// Columns of these objects that no rule knows.
    pub unknown_columns: BTreeSet<String>,
}

impl HourInput {
    /// Adds what another batch holds of the hour.
    pub fn merge(&mut self, other: &Self) {
        self.profile.merge(&other.profile);
        self.rows_in += other.rows_in;
        self.duplicates += other.duplicates;
        self.rejected += other.rejected;
        self.source_rows += other.source_rows;
        self.unknown_columns.extend(other.unknown_columns.iter().cloned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_and_survive_json() {
        let part = |rows: u64, column: &str| {
            let mut input = HourInput {
                rows_in: rows + 1,
                duplicates: 1,
                rejected: 2,
                source_rows: rows + 3,
                unknown_columns: [column.to_owned()].into(),
                ..HourInput::default()
            };
            input.profile.rows = rows;
            input.profile.brands.add("samsung", rows);
            input
        };
        let mut sum = part(10, "coupon");
        sum.merge(&part(5, "device"));
        sum.merge(&HourInput::default());
        assert_eq!(
            (sum.profile.rows, sum.rows_in, sum.duplicates, sum.rejected, sum.source_rows),
            (15, 17, 2, 4, 21)
        );
        assert_eq!(sum.unknown_columns.len(), 2);
        assert_eq!(sum.profile.brands.counts()["samsung"], 15);
        let back: HourInput = serde_json::from_str(&serde_json::to_string(&sum).unwrap()).unwrap();
        assert_eq!(back, sum);
    }
}
