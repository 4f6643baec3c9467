//! Tables, runs, and where the rows went.

use serde::{Deserialize, Serialize};

/// A table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Table {
    /// Name, as in `model.fact_user_events`.
    pub name: String,
    /// Rows that readers see.
    pub rows: u64,
    /// Last commit; none if there was none yet.
    pub committed_at_ms: Option<i64>,
    /// How old the last commit may be, in minutes; none if nothing is expected of it.
    pub fresh_for_minutes: Option<u64>,
}

/// How old a table is against what is expected of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Freshness {
    /// Within the time that is expected.
    Fresh,
    /// Older, by no more than the time once more.
    Late,
    /// Older than twice the time.
    Stale,
    /// Nothing is expected of it.
    NoLimit,
    /// Never committed to.
    Empty,
}

impl Table {
    /// Freshness at an instant.
    pub fn freshness(&self, now_ms: i64) -> Freshness {
        let (Some(committed), limit) = (self.committed_at_ms, self.fresh_for_minutes) else {
            return Freshness::Empty;
        };
        let age_ms = u64::try_from(now_ms.saturating_sub(committed)).unwrap_or(0);
        match limit.map(|minutes| minutes.saturating_mul(60_000)) {
            None => Freshness::NoLimit,
            Some(limit_ms) if age_ms <= limit_ms => Freshness::Fresh,
            Some(limit_ms) if age_ms <= limit_ms.saturating_mul(2) => Freshness::Late,
            Some(_) => Freshness::Stale,
        }
    }
}

/// Where rows went. What came in is the sum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rows {
    /// Added to the facts.
    pub facts: u64,
    /// Dropped as exact duplicates.
    pub duplicates: u64,
    /// Refused, with a reason.
    pub rejected: u64,
    /// Set aside by a rule, row by row.
    pub quarantined: u64,
    /// Held back with their whole batch.
    pub blocked: u64,
    /// Held back, and thrown away by somebody's decision.
    pub discarded: u64,
}

impl Rows {
    /// Rows that came in: facts + duplicates + rejected + quarantined + blocked + discarded.
    pub fn rows_in(&self) -> u64 {
        [self.facts, self.duplicates, self.rejected, self.quarantined, self.blocked, self.discarded]
            .into_iter()
            .fold(0, u64::saturating_add)
    }
}

/// All runs together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Totals {
    /// Number of runs.
    pub runs: u64,
    /// Their rows, as they are now: a batch that was released counts as facts.
    pub rows: Rows,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// All was loaded.
    #[default]
    Done,
    /// A batch was held back, the rest was loaded.
    Blocked,
    /// A batch that was held back was let in by somebody's decision.
    Released,
    /// A batch that was held back was thrown away by somebody's decision.
    Discarded,
}

/// One run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Run {
    /// Id.
    pub run_id: String,
    /// Start.
    pub started_at_ms: i64,
    /// How long it took, in milliseconds; none if it has not ended or it is not known.
    pub duration_ms: Option<u64>,
    /// How it ended.
    pub status: RunStatus,
    /// Where its rows went.
    pub rows: Rows,
}

/// Rows refused for one reason. A row with two reasons counts under both.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rejected {
    /// Reason, as in `clean.rejected_events`.
    pub reason: String,
    /// Rows.
    pub rows: u64,
    /// Where one of them is.
    pub example: Option<Example>,
}

/// Where a refused row is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Example {
    /// The object that it came in.
    pub object: String,
    /// Its line, the first is 1; none in formats without lines.
    pub line: Option<u64>,
}
