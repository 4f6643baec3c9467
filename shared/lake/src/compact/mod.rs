//! Compaction: the rows of many small files in few files.
//!
//! It changes no row and blocks nobody. A commit per partition takes the small files out and puts one in for each
//! [`Unit`]. Where others have changed the partition meanwhile, compaction gives up: its next call sees what is left to do.

mod cluster;
mod merge;
mod rows;
mod select;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use estrella_core::event::format_date;
use estrella_core::schema::TableSchema;
use xxhash_rust::xxh3::xxh3_128;

use crate::commit::{Base, Commit, NewFile, Operation, Outcome};
use crate::error::{ErrorKind, Result};
use crate::lake::Lake;
use crate::table::Table;

pub use select::Compaction;
use select::{Unit, units};

/// What compaction came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Compacted {
    /// Files that the head names no more.
    pub files_before: u64,
    /// Files that it names instead.
    pub files_after: u64,
}

impl Lake {
    /// Puts small files together, partition by partition, where `is_free` says so of the partition's day (none in
    /// unpartitioned tables). `scratch` is a folder for files that are being written. Memory is bounded by a few times
    /// the size of one file. Run again, it changes nothing more.
    ///
    /// # Errors
    /// Those of the stores. What others have changed meanwhile, and files that cannot be read, are passed over.
    pub async fn compact(
        &self,
        schema: &'static TableSchema,
        rules: &Compaction,
        scratch: &Path,
        is_free: &(dyn Fn(Option<i32>) -> bool + Sync),
    ) -> Result<Compacted> {
        let mut done = Compacted::default();
        let Some(table) = self.table_if_exists(schema).await? else { return Ok(done) };
        let mut files = match table.plan(None).await {
            // Delete files of another engine: it has to compact them itself.
            Err(error) if error.kind() == ErrorKind::InvalidInput => return Ok(passed_over(&table, &error)),
            files => files?,
        };
        files.retain(|file| is_free(file.partition_date));
        let mut partitions: BTreeMap<Option<i32>, Vec<Unit>> = BTreeMap::new();
        for unit in units(files, rules) {
            partitions.entry(unit.date).or_default().push(unit);
        }
        for (date, units) in partitions {
            let compacted = match self.partition(&table, date, &units, rules, scratch).await {
                Err(error) if matches!(error.kind(), ErrorKind::Conflict | ErrorKind::NotFound) => {
                    tracing::debug!(table = schema.full_name(), %error, "compaction is left to the next call");
                    continue;
                }
                Err(error) if error.kind() == ErrorKind::InvalidInput => passed_over(&table, &error),
                compacted => compacted?,
            };
            done.files_before += compacted.files_before;
            done.files_after += compacted.files_after;
        }
        Ok(done)
    }

    async fn partition(
        &self,
        table: &Table,
        date: Option<i32>,
        units: &[Unit],
        rules: &Compaction,
        scratch: &Path,
    ) -> Result<Compacted> {
        let schema = table.schema;
        let folder = format!("{}/{}/data", schema.namespace, schema.name);
        let folder = match (schema.partition, date) {
            (Some(column), Some(date)) => format!("{folder}/{column}={}", format_date(date)),
            _ => folder,
        };
        let mut added: Vec<NewFile> = Vec::with_capacity(units.len());
        let mut removed = Vec::new();
        for unit in units {
            let keys: Vec<String> = unit.files.iter().map(|file| file.key.clone()).collect();
            let key = format!("{folder}/compact-{}.parquet", hash(&keys));
            let file = merge::merge(&self.store, schema, &keys, rules.group_rows, scratch).await?;
            added.push(file.install(&self.store, &key, date).await?);
            removed.extend(keys);
        }
        let compacted = Compacted { files_before: removed.len() as u64, files_after: added.len() as u64 };
        let commit = Commit {
            key: format!("compact-{}", hash(&removed)),
            operation: Operation::Compact { removed, added },
            // Whoever adds to the partition meanwhile goes first.
            base: Some(Base {
                snapshot_id: table.snapshot_id(),
                partitions: date.map(|date| BTreeSet::from([date])),
            }),
            properties: BTreeMap::new(),
        };
        match self.commit(schema, commit).await? {
            Outcome::Committed { .. } => Ok(compacted),
            Outcome::AlreadyApplied { .. } => Ok(Compacted::default()),
        }
    }
}

fn passed_over(table: &Table, error: &crate::Error) -> Compacted {
    tracing::warn!(table = table.schema.full_name(), %error, "files cannot be compacted");
    Compacted::default()
}

fn hash(keys: &[String]) -> String {
    format!("{:032x}", xxh3_128(keys.join("\n").as_bytes()))
}
