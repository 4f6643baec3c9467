//! The documents that stages hand to each other. A message names one by its key; its making is an S3 event that
//! does the same.

use serde::{Deserialize, Serialize};

use crate::{Batch, CleanedBatch, JudgedBatch, Loaded};

/// Names a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pointer {
    /// Key of the document.
    pub key: String,
}

/// One batch of a plan, for clean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchDocument {
    /// Version of this message.
    pub schema_version: u32,
    /// The run that it belongs to.
    pub run_id: String,
    /// Snapshot of `clean.events` that the run builds on.
    pub base_snapshot_id: Option<i64>,
    /// The batch.
    pub batch: Batch,
}

/// A batch after cleaning, for check-quality.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CleanedDocument {
    /// Version of this message.
    pub schema_version: u32,
    /// The run that it belongs to.
    pub run_id: String,
    /// The batch.
    pub cleaned: CleanedBatch,
}

/// A batch with its verdict, for load-facts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JudgedDocument {
    /// Version of this message.
    pub schema_version: u32,
    /// The run that it belongs to.
    pub run_id: String,
    /// The batch.
    pub judged: JudgedBatch,
}

/// A run that is loaded, for detect-drift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadedDocument {
    /// Version of this message.
    pub schema_version: u32,
    /// What was loaded.
    pub loaded: Loaded,
}

/// An object that was refused whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Version of this message.
    pub schema_version: u32,
    /// The object, which stays where it is.
    pub object: crate::ObjectRef,
    /// What is wrong with it: object, line, reason.
    pub reason: String,
    /// When it was refused, milliseconds since the Unix epoch.
    pub refused_at_ms: i64,
}

/// What plan tells the state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// Key of the plan.
    pub key: String,
    /// The run.
    pub run_id: String,
    /// Whether there is anything to load or to complete.
    pub has_work: bool,
    /// Rows read from the objects.
    pub rows_in: u64,
    /// One [`BatchDocument`] each.
    pub batches: Vec<Pointer>,
}
