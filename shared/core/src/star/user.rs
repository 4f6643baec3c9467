//! Users.

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use serde::{Deserialize, Serialize};

use super::attributes::{write_counts, write_purchases, write_times};
use super::{Activity, Attributes, Merge, Row, RowBuilder, Visit};
use crate::schema::{DIM_USERS, TableSchema};

/// What is known of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Times and counts.
    pub activity: Activity,
    /// Number of sessions.
    pub sessions: u64,
}

impl User {
    /// What a visit adds to its user. It counts as a session unless an earlier part of the same visit was
    /// added before.
    pub fn of(visit: &Visit, is_new: bool) -> Self {
        Self { activity: visit.activity, sessions: is_new.into() }
    }
}

impl Merge for User {
    fn merge(&mut self, other: Self) {
        self.activity.merge(other.activity);
        self.sessions += other.sessions;
    }
}

impl Row for User {
    const TABLE: &'static TableSchema = &DIM_USERS;
    type Key = i64;

    fn write(key: &i64, user: Option<&Self>, version: &Attributes, to: &mut RowBuilder) {
        let activity = user.map(|user| &user.activity);
        to.long(Self::surrogate(key, version));
        to.long(*key);
        version.write_validity(to);
        (0..3).for_each(|attribute| version.write(attribute, to));
        write_times(activity, to);
        write_counts(activity, to);
        to.count(user.map(|user| user.sessions).unwrap_or_default());
        write_purchases(activity, to);
    }

    fn read(batch: &RecordBatch) -> Result<Vec<(i64, Self)>, ArrowError> {
        let columns = Self::reader(batch);
        let (ids, sessions) = (columns.longs("user_id")?, columns.counts("session_count")?);
        let activities = columns.activities("first_seen_at", "last_seen_at", "total_spend")?;
        let row = |i: usize| (ids[i], Self { activity: activities[i], sessions: sessions[i].unsigned_abs() });
        columns.of_events(row)
    }
}
