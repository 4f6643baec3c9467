//! How fresh a table is.

use estrella_lake::{Result, Table};
use serde::Serialize;

use crate::output::time;

/// Microseconds of an hour.
const HOUR_US: i64 = 3_600_000_000;

/// One table. A total is none where another engine left it out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableStatus {
    /// `namespace.name`.
    pub name: String,
    /// Rows.
    pub rows: Option<u64>,
    /// Data files.
    pub files: Option<u64>,
    /// Time of the last commit, UTC; none while nothing was committed.
    pub last_commit_at: Option<String>,
    /// How long ago that is.
    pub age_seconds: Option<i64>,
    /// Begin of the hour of the newest event, UTC; none of tables that have no events.
    pub newest_event_hour: Option<String>,
}

impl TableStatus {
    pub(super) async fn of(table: &Table, now_ms: i64) -> Result<Self> {
        let total = |name: &str| table.property(name)?.parse().ok();
        let committed = table.metadata().current_snapshot().map(|snapshot| snapshot.timestamp_ms());
        // Of other tables every manifest would have to be read.
        let is_partitioned = table.schema().partition.is_some();
        let newest = if is_partitioned { table.latest_event_time_us().await? } else { None };
        Ok(Self {
            name: table.schema().full_name(),
            rows: total("total-records"),
            files: total("total-data-files"),
            last_commit_at: committed.map(time),
            age_seconds: committed.map(|ms| (now_ms - ms).max(0) / 1000),
            newest_event_hour: newest.map(|us| time((us - us.rem_euclid(HOUR_US)) / 1000)),
        })
    }
}
