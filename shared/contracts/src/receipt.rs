//! What extract leaves behind for one raw object.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One version of one raw object.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ObjectRef {
    /// Bucket, or the folder that stands for one.
    pub bucket: String,
    /// Key inside the bucket, decoded.
    pub key: String,
    /// Version id or etag on S3, content hash on disk.
    pub version: String,
    /// Size of the stored object in bytes.
    pub size_bytes: u64,
}

/// The rows of one object that fall on one date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LandedPart {
    /// `YYYY-MM-DD`, UTC.
    pub event_date: String,
    /// Key of the Parquet file under `landed/`.
    pub key: String,
    /// Rows in the file.
    pub rows: u64,
    /// Exact duplicates of these that were dropped.
    pub duplicates: u64,
}

/// The rows of one object that were refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedPart {
    /// Key of the Parquet file under `landed/`.
    pub key: String,
    /// Rows in the file.
    pub rows: u64,
}

/// The changes of one table of the shop's database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangesPart {
    /// Name of the table in the lake.
    pub table: String,
    /// Key of the Parquet file under `landed/`.
    pub key: String,
    /// Rows in the file.
    pub rows: u64,
}

/// Written last, when everything else of the object stands: its presence means that the object is extracted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Version of this message.
    pub schema_version: u32,
    /// Hash of bucket, key and version, 32 hex digits.
    pub receipt_id: String,
    /// The object.
    pub object: ObjectRef,
    /// `csv`, `csv.gz` or `parquet`, told by content.
    pub format: String,
    /// Rows read, the header not counted.
    pub rows_in: u64,
    /// Accepted rows by date, ascending.
    pub parts: Vec<LandedPart>,
    /// Changes, if the object is a change file of a table that is not the one of events; it has no events then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<ChangesPart>,
    /// Refused rows.
    pub rejected: Option<RejectedPart>,
    /// Refused rows by reason. A row with two reasons counts under both.
    pub rejected_by_reason: BTreeMap<String, u64>,
    /// Columns of the object that no rule knows.
    pub unknown_columns: Vec<String>,
}

impl Receipt {
    /// Rows refused.
    pub fn rows_rejected(&self) -> u64 {
        self.rejected.as_ref().map_or(0, |r| r.rows)
    }

    /// Whether every row that was read is accounted for.
    pub fn is_conserved(&self) -> bool {
        let landed: u64 = self.parts.iter().map(|p| p.rows + p.duplicates).sum();
        let changes = self.changes.as_ref().map_or(0, |c| c.rows);
        self.rows_in == landed + changes + self.rows_rejected()
    }
}
