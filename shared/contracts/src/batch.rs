//! What plan, clean and load-facts hand on.

use serde::{Deserialize, Serialize};

use crate::RejectedPart;

/// One landed part, as a batch names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Part {
    /// Receipt of the object it came from.
    pub receipt_id: String,
    /// Key of the landed Parquet file.
    pub key: String,
    /// Rows in the file.
    pub rows: u64,
    /// Exact duplicates that extract dropped.
    pub duplicates: u64,
}

/// All pending parts of one date: the unit of cleaning and of judgement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Version of this message.
    pub schema_version: u32,
    /// Hash of the date and the parts, 32 hex digits: the same parts make the same batch.
    pub batch_id: String,
    /// `YYYY-MM-DD`, UTC.
    pub event_date: String,
    /// Parts, ascending.
    pub parts: Vec<Part>,
    /// The objects that the parts come from, ascending by receipt.
    pub sources: Vec<Source>,
}

/// One object that a batch has rows of. Its figures are of the whole object, not of the batch's date alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Receipt of the object.
    pub receipt_id: String,
    /// The object, as `bucket/key`.
    pub object: String,
    /// `csv`, `csv.gz` or `parquet`.
    pub format: String,
    /// Size of the stored object in bytes.
    pub size_bytes: u64,
    /// Rows read.
    pub rows_in: u64,
    /// Exact duplicates that extract dropped.
    pub duplicates: u64,
    /// Rows refused.
    pub rejected: u64,
    /// Columns that no rule knows.
    pub unknown_columns: Vec<String>,
}

/// The refused rows of one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedRows {
    /// Receipt of the object.
    pub receipt_id: String,
    /// Where they lie.
    pub part: RejectedPart,
}

/// What a run has to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Version of this message.
    pub schema_version: u32,
    /// Hash of the receipts, the base and the hour of the plan, 32 hex digits.
    pub run_id: String,
    /// When the run was planned, milliseconds since the Unix epoch.
    pub planned_at_ms: i64,
    /// Snapshot of `clean.events` that the run builds on; null for an empty table. Loading is refused, and the
    /// run planned again, when the table has moved on.
    pub base_snapshot_id: Option<i64>,
    /// Batches by date, ascending.
    pub batches: Vec<Batch>,
    /// Refused rows.
    pub rejected: Vec<RejectedRows>,
    /// Objects of which no row was accepted although some should have been, ascending by receipt. They are in no batch, so no
    /// rule is asked of them.
    #[serde(default)]
    pub fruitless: Vec<Source>,
    /// Receipts that this plan covers, ascending.
    pub receipt_ids: Vec<String>,
    /// Rows read from these receipts' objects.
    pub rows_in: u64,
    /// Runs that reached the table but did not finish; each is to be loaded again, which completes it.
    pub unfinished_runs: Vec<String>,
}

/// A batch after cleaning: data files written, nothing visible yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CleanedBatch {
    /// The batch.
    pub batch: Batch,
    /// Keys of the new data files of `clean.events`.
    pub files: Vec<String>,
    /// Rows in these files.
    pub rows: u64,
    /// Rows dropped as exact duplicates, by extract or by clean.
    pub duplicates: u64,
    /// Rows set aside because they break a rule that says so; they are not in `files`.
    #[serde(default)]
    pub quarantined: u64,
    /// Key of the data file of `clean.quarantined_events` with these rows.
    #[serde(default)]
    pub quarantine: Option<String>,
    /// Key of the batch's profile (JSON).
    pub profile_key: String,
}

impl Plan {
    /// Whether there is no new row to load.
    pub fn is_empty(&self) -> bool {
        self.receipt_ids.is_empty()
    }
}

impl Batch {
    /// Rows that the batch has to account for: those of its files and the duplicates that extract dropped.
    pub fn rows_in(&self) -> u64 {
        total(self.parts.iter().flat_map(|part| [part.rows, part.duplicates]))
    }

    /// Rows read from the objects, all dates.
    pub fn source_rows(&self) -> u64 {
        total(self.sources.iter().map(|source| source.rows_in))
    }

    /// Rows refused in the objects, all dates.
    pub fn source_rejected(&self) -> u64 {
        total(self.sources.iter().map(|source| source.rejected))
    }
}

/// A sum that stays at the greatest number: a figure that is absurd is to look so, not to wrap around to a small one.
pub(crate) fn total(counts: impl IntoIterator<Item = u64>) -> u64 {
    counts.into_iter().fold(0, u64::saturating_add)
}
