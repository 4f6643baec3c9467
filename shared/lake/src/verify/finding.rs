//! What a check finds, and how it tells it.

use serde::Serialize;

/// What is looked at. The word is part of what other programs read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// The catalog's heads, and the references in the metadata that they name.
    Pointers,
    /// Files that snapshots name.
    Files,
    /// Rows, values and nulls in manifests.
    Counts,
    /// Least and greatest values in manifests.
    Bounds,
    /// Totals in the summaries of snapshots.
    Totals,
    /// Keys that have to be unique.
    Keys,
    /// Runs: rows in are rows out.
    Runs,
    /// Batches of the runs: the same.
    Batches,
    /// Objects and what was landed of them.
    Objects,
    /// Tables that have to have the rows of others.
    Rows,
}

impl Check {
    /// The word used in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pointers => "pointers",
            Self::Files => "files",
            Self::Counts => "counts",
            Self::Bounds => "bounds",
            Self::Totals => "totals",
            Self::Keys => "keys",
            Self::Runs => "runs",
            Self::Batches => "batches",
            Self::Objects => "objects",
            Self::Rows => "rows",
        }
    }
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Check that found it.
    pub check: Check,
    /// Table, `namespace.name`; of what is no table's, the folder.
    pub table: String,
    /// File, snapshot or row.
    pub place: String,
    /// What should be.
    pub expected: String,
    /// What is.
    pub found: String,
}
