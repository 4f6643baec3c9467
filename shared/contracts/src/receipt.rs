//! What extract leaves behind for one raw object.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{SCHEMA_VERSION, keys};

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
    /// When the object was extracted, milliseconds since the Unix epoch; none in receipts that are older than this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extracted_at_ms: Option<i64>,
}

/// More rows than any object holds: sums over receipts below it cannot overflow.
const MOST_ROWS: u64 = 1 << 48;

/// Why a receipt is not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceiptError {
    /// It is no JSON of the right form.
    Unreadable(String),
    /// It is of a version that is not known here.
    Version(u32),
    /// A field says what extract never writes.
    Field {
        /// Name of the field.
        field: &'static str,
        /// What is wrong.
        reason: &'static str,
    },
}

impl fmt::Display for ReceiptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(reason) => write!(f, "receipt cannot be read: {reason}"),
            Self::Version(version) => write!(f, "receipt has schema version {version}"),
            Self::Field { field, reason } => write!(f, "receipt cannot be believed: {field} {reason}"),
        }
    }
}

impl std::error::Error for ReceiptError {}

impl Receipt {
    /// Reads a receipt. What it says becomes parts of keys and sums, so it is believed only if it is as extract
    /// writes it.
    ///
    /// # Errors
    /// Naming the first field that is not.
    pub fn read(bytes: &[u8]) -> Result<Self, ReceiptError> {
        let receipt: Self =
            serde_json::from_slice(bytes).map_err(|error| ReceiptError::Unreadable(error.to_string()))?;
        if receipt.schema_version != SCHEMA_VERSION {
            return Err(ReceiptError::Version(receipt.schema_version));
        }
        match receipt.first_wrong() {
            Some((field, reason)) => Err(ReceiptError::Field { field, reason }),
            None => Ok(receipt),
        }
    }

    fn first_wrong(&self) -> Option<(&'static str, &'static str)> {
        let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if self.receipt_id.len() != 32 || !self.receipt_id.bytes().all(is_hex) {
            return Some(("receipt_id", "is not 32 hex digits"));
        }
        if !self.parts.iter().all(|part| is_date(&part.event_date)) {
            return Some(("event_date", "is not YYYY-MM-DD"));
        }
        let others = [self.changes.as_ref().map(|c| &c.key), self.rejected.as_ref().map(|r| &r.key)];
        let mut all = self.parts.iter().map(|part| &part.key).chain(others.into_iter().flatten());
        if !all.all(|key| key.starts_with(keys::LANDED) && keys::is_plain(key)) {
            return Some(("key", "is not below landed/"));
        }
        if self.rows_in > MOST_ROWS {
            return Some(("rows_in", "is more than any object holds"));
        }
        (!self.is_conserved()).then_some(("rows_in", "is not landed + duplicates + rejected"))
    }

    /// Rows refused.
    pub fn rows_rejected(&self) -> u64 {
        self.rejected.as_ref().map_or(0, |r| r.rows)
    }

    /// Whether every row that was read is accounted for.
    pub fn is_conserved(&self) -> bool {
        let changes = self.changes.as_ref().map_or(0, |c| c.rows);
        let parts = self.parts.iter().flat_map(|p| [p.rows, p.duplicates]);
        // Wider than a count: figures that wrap around would add up to anything.
        let accounted: u128 = parts.chain([changes, self.rows_rejected()]).map(u128::from).sum();
        u128::from(self.rows_in) == accounted
    }
}

/// Whether it has the form of a date; which day there is, the readers of dates tell.
fn is_date(text: &str) -> bool {
    let fits =
        |(at, byte): (usize, u8)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() };
    text.len() == 10 && text.bytes().enumerate().all(fits)
}
