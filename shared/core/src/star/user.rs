//! Users.

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use serde::{Deserialize, Serialize};

use super::{Activity, Merge, Row, RowBuilder, Visit};
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

    fn write(&self, key: &i64, to: &mut RowBuilder) {
        to.long(*key);
        to.time(self.activity.first_at);
        to.time(self.activity.last_at);
        to.counts(&self.activity.counts);
        to.count(self.sessions);
        to.decimal(self.activity.purchases_cents);
    }

    fn read(batch: &RecordBatch) -> Result<Vec<(i64, Self)>, ArrowError> {
        let columns = Self::reader(batch);
        let (ids, sessions) = (columns.longs("user_id")?, columns.counts("session_count")?);
        let activities = columns.activities("first_seen_at", "last_seen_at", "total_spend")?;
        let row = |(i, activity): (usize, Activity)| {
            (ids[i], Self { activity, sessions: sessions[i].unsigned_abs() })
        };
        Ok(activities.into_iter().enumerate().map(row).collect())
    }
}
