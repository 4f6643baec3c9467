//! Commits: what they are, and the loop that carries one out.
//!
//! An attempt loads the head, writes manifests, manifest list and metadata under fresh names, and swaps the
//! head. Only the swap makes anything visible. A lost swap or an unknown outcome leads to another attempt,
//! which begins by looking for the commit's key among the ancestors of the head. Nothing is ever deleted
//! here: files of lost attempts are orphans for maintenance to find.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use estrella_core::schema::TableSchema;
use parquet::file::metadata::ParquetMetaData;

use crate::error::{Error, ErrorKind, Result};
use crate::lake::Lake;
use crate::ports::TableId;

mod attempt;
mod backoff;
mod check;
mod conflict;
mod expire;
mod manifests;
mod removal;
mod renew;
mod rollback;
mod stamp;
mod summary;
mod write;

use attempt::{Attempts, Step};
pub(crate) use backoff::Backoff;
pub use expire::{Expired, Keep};
pub(crate) use expire::{expire, named_snapshots};
pub(crate) use renew::NEW_FOR_MS;
pub(crate) use rollback::rollback;

/// The summary property that holds a commit's idempotency key.
pub const KEY_PROPERTY: &str = "estrella.key";

/// Swaps lost to other writers before the caller is asked to come back. With full jitter and eight writers
/// one commit rarely loses more than eight times.
const MAX_LOST: u32 = 40;
/// Failures of services before the caller is asked to come back; their clients have retried already.
const MAX_FAULTS: u32 = 5;

/// A change of a table.
#[derive(Debug, Clone)]
pub struct Commit {
    /// Made from the inputs: equal inputs, equal key. Found among the ancestors of the head, nothing is done.
    pub key: String,
    /// What changes.
    pub operation: Operation,
    /// What the content was computed from, if it depends on what the table held.
    pub base: Option<Base>,
    /// Written into the snapshot's summary. Names that Iceberg computes are overwritten.
    pub properties: BTreeMap<String, String>,
}

/// What a commit does to the files of a table.
#[derive(Debug, Clone)]
pub enum Operation {
    /// Adds files. None is fine: the properties are committed.
    Append(Vec<NewFile>),
    /// Removes every file of the named partitions and adds files of these partitions.
    OverwritePartitions {
        /// Partitions, in days since the Unix epoch.
        dates: BTreeSet<i32>,
        /// New files.
        files: Vec<NewFile>,
    },
    /// Puts the same rows into other files. `Conflict` if a removed file is not there any more.
    RewriteFiles {
        /// Keys of the files to remove.
        removed: Vec<String>,
        /// New files.
        added: Vec<NewFile>,
    },
    /// As [`RewriteFiles`](Self::RewriteFiles), and not a value changes: whoever follows the table has nothing to do.
    Compact {
        /// Keys of the files to remove.
        removed: Vec<String>,
        /// New files.
        added: Vec<NewFile>,
    },
    /// Removes every file and adds files.
    ReplaceAll(Vec<NewFile>),
}

/// What the content of a commit was computed from. If the head has since gained or lost rows there, the
/// commit fails with `Conflict` and the content has to be computed again. Compaction changes no rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// Snapshot that was read; none for the empty table.
    pub snapshot_id: Option<i64>,
    /// Partitions that were read, in days since the Unix epoch; none for the whole table.
    pub partitions: Option<BTreeSet<i32>>,
}

/// A data file that is in the store but not yet in the table.
#[derive(Debug, Clone)]
pub struct NewFile {
    /// Key in the store.
    pub key: String,
    /// Day of the partition, in days since the Unix epoch; none in unpartitioned tables.
    pub partition_date: Option<i32>,
    /// Size in bytes.
    pub size_bytes: u64,
    /// The Parquet footer.
    pub metadata: Arc<ParquetMetaData>,
}

/// What became of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// This call committed.
    Committed {
        /// The new snapshot.
        snapshot_id: i64,
    },
    /// A commit with this key was there already; nothing changed.
    AlreadyApplied {
        /// The snapshot of that commit.
        snapshot_id: i64,
    },
}

impl Outcome {
    /// The snapshot that holds the commit.
    pub fn snapshot_id(self) -> i64 {
        match self {
            Self::Committed { snapshot_id } | Self::AlreadyApplied { snapshot_id } => snapshot_id,
        }
    }
}

impl Operation {
    /// The files that the operation adds.
    pub fn added(&self) -> &[NewFile] {
        match self {
            Self::Append(files) | Self::ReplaceAll(files) => files,
            Self::OverwritePartitions { files, .. } => files,
            Self::RewriteFiles { added, .. } | Self::Compact { added, .. } => added,
        }
    }
}

/// Carries a commit out.
pub(crate) async fn run(lake: &Lake, schema: &'static TableSchema, commit: &Commit) -> Result<Outcome> {
    let mut attempts = Attempts::new(lake, schema, commit)?;
    let _turn = lake.catalog.lock(&TableId::from(schema)).await?;
    let mut backoff = Backoff::new(Duration::from_millis(10), Duration::from_secs(1));
    let (mut lost, mut faults) = (0, 0);
    loop {
        match attempts.next().await {
            Ok(Step::Done(outcome)) => return Ok(outcome),
            Ok(Step::Lost) => lost += 1,
            Err(error) if matches!(error.kind(), ErrorKind::Throttled | ErrorKind::Unavailable) => {
                faults += 1;
                if faults >= MAX_FAULTS {
                    return Err(error.at(schema.full_name()));
                }
            }
            Err(error) => return Err(error),
        }
        if lost >= MAX_LOST {
            return Err(Error::conflict(format!("lost {lost} swaps to other writers")).at(schema.full_name()));
        }
        tracing::debug!(table = schema.full_name(), key = commit.key, lost, faults, "commit again");
        backoff.wait().await;
    }
}
