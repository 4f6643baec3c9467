//! Verifying tables: what their metadata says, against what is in the store.
//!
//! Only metadata and footers are read, but for [`Lake::verify_key`]. Nothing is written. Writers may be at work: what is
//! looked at is a state that readers see, and what is found of a snapshot that was expired meanwhile does not count.

mod file;
mod finding;
mod keys;
mod manifest;
mod walk;

use std::collections::HashSet;

use estrella_core::schema::TableSchema;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::lake::Lake;
use crate::ports::{ObjectInfo, TableId};
use crate::table::Table;

pub use finding::{Check, Finding};
pub use keys::VerifiedKey;
use walk::Walk;

/// What was looked at in a table, and what is wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// Snapshots, retained by the head.
    pub snapshots: u64,
    /// Manifests and manifest lists.
    pub manifests: u64,
    /// Data files of all these snapshots, each once.
    pub data_files: u64,
    /// Rows in these files.
    pub rows: u64,
    /// Bounds of columns, two for each column that has them.
    pub bounds: u64,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// Files in the table's folder that no snapshot names.
    pub orphans: Orphans,
}

/// Files that nobody names: of attempts that were lost, or of one that goes on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Orphans {
    /// Number of files.
    pub files: u64,
    /// Their size.
    pub size_bytes: u64,
}

impl Verified {
    /// Adds what was seen of another table.
    pub fn add(&mut self, other: Self) {
        self.snapshots += other.snapshots;
        self.manifests += other.manifests;
        self.data_files += other.data_files;
        self.rows += other.rows;
        self.bounds += other.bounds;
        self.findings.extend(other.findings);
        self.orphans.files += other.orphans.files;
        self.orphans.size_bytes += other.orphans.size_bytes;
    }
}

impl Lake {
    /// Verifies a table: that all files of all retained snapshots are there with their sizes, that counts and bounds in
    /// manifests are those of the files' footers, and that the snapshots' totals add up. None if there is no such table.
    ///
    /// # Errors
    /// Those of store and catalog that may pass. What cannot be read at all is a finding.
    pub async fn verify(&self, schema: &'static TableSchema) -> Result<Option<Verified>> {
        // Before the head is read: files that are committed meanwhile are not among those that nobody names.
        let prefix = format!("{}/{}/", schema.namespace, schema.name);
        let listed = self.store.list(&prefix).await?;
        let table = match self.table_if_exists(schema).await {
            Ok(Some(table)) => table,
            Ok(None) => return Ok(None),
            Err(error) => {
                let finding =
                    unreadable(Check::Pointers, schema, "head", "metadata that can be read", error)?;
                return Ok(Some(Verified { findings: vec![finding], ..Verified::default() }));
            }
        };
        let mut walk = Walk::new(self, &table);
        walk.references()?;
        walk.snapshots().await?;
        let Walk { seen: mut verified, named, found, .. } = walk;
        let retained = self.retained(schema, &found).await?;
        let still = |id: &Option<i64>| id.is_none_or(|id| retained.contains(&id));
        verified.findings =
            found.into_iter().filter(|(id, _)| still(id)).map(|(_, finding)| finding).collect();
        verified.orphans = self.orphans(&table, listed, &named);
        Ok(Some(verified))
    }

    /// The snapshots that are retained by now, if it matters.
    async fn retained(
        &self,
        schema: &'static TableSchema,
        found: &[(Option<i64>, Finding)],
    ) -> Result<HashSet<i64>> {
        if found.is_empty() {
            return Ok(HashSet::new());
        }
        let table = self.table_if_exists(schema).await?;
        Ok(table.iter().flat_map(|t| t.metadata().snapshots()).map(|s| s.snapshot_id()).collect())
    }

    fn orphans(&self, table: &Table, listed: Vec<ObjectInfo>, named: &HashSet<String>) -> Orphans {
        let metadata = table.metadata().metadata_log().iter().map(|log| &log.metadata_file);
        let metadata = metadata.chain([&table.head.metadata_location]);
        let metadata: HashSet<String> = metadata.filter_map(|file| self.store.key_of(file).ok()).collect();
        let mut orphans = Orphans::default();
        for object in listed.iter().filter(|o| !named.contains(&o.key) && !metadata.contains(&o.key)) {
            orphans.files += 1;
            orphans.size_bytes += object.size_bytes;
        }
        orphans
    }

    /// Tables of the catalog that are not among `known`: other engines made them, and they cannot be verified.
    ///
    /// # Errors
    /// Those of the catalog.
    pub async fn unknown_tables(&self, known: &[&'static TableSchema]) -> Result<Vec<TableId>> {
        let known: HashSet<TableId> = known.iter().map(|schema| TableId::from(*schema)).collect();
        Ok(self.catalog.tables().await?.into_iter().filter(|table| !known.contains(table)).collect())
    }
}

/// What cannot be read, as a finding; an error that may pass stays one.
fn unreadable(
    check: Check,
    schema: &TableSchema,
    place: impl Into<String>,
    expected: &str,
    error: Error,
) -> Result<Finding> {
    if error.is_retryable() {
        return Err(error.at(schema.full_name()));
    }
    let (table, found) = (schema.full_name(), error.to_string());
    Ok(Finding { check, table, place: place.into(), expected: expected.to_owned(), found })
}
