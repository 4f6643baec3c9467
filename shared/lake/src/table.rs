//! One loaded state of a table: its history and its files.

use std::{collections::BTreeMap, sync::Arc};

use estrella_core::schema::TableSchema;
use iceberg::io::FileIO;
use iceberg::spec::{MAIN_BRANCH, Snapshot, TableMetadata};
use iceberg::table::Table as IcebergTable;
use iceberg::{Runtime, TableIdent};

use crate::error::{Error, Result};
use crate::ports::{Head, ObjectStore};
use crate::schema::check_schema;

mod newest;
mod plan;

pub use plan::PlannedFile;

/// The property of a compaction: the snapshot that brought the rows. Several compactions in a row name the same one.
pub const ROWS_OF: &str = "estrella.rows-of";

/// A table as it was when it was loaded. Later commits do not change it.
#[derive(Debug, Clone)]
pub struct Table {
    pub(crate) schema: &'static TableSchema,
    pub(crate) head: Head,
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) inner: IcebergTable,
}

/// A snapshot in the history of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotInfo {
    /// Id of the snapshot.
    pub snapshot_id: i64,
    /// Snapshot it was made from; it may have expired.
    pub parent_id: Option<i64>,
    /// Time of the commit, in milliseconds since the Unix epoch.
    pub timestamp_ms: i64,
    /// `append`, `overwrite`, `delete`, or `replace` when no row changed.
    pub operation: String,
    /// Everything else in the summary.
    pub summary: BTreeMap<String, String>,
}

impl Table {
    pub(crate) async fn load(
        schema: &'static TableSchema,
        store: Arc<dyn ObjectStore>,
        io: FileIO,
        head: Head,
    ) -> Result<Self> {
        let place = |error: Error| error.at(schema.full_name());
        let metadata = TableMetadata::read_from(&io, &head.metadata_location).await;
        let metadata = metadata.map_err(|error| place(error.into()))?;
        check_schema(schema, &metadata)?;
        let inner = IcebergTable::builder()
            .file_io(io)
            .metadata_location(head.metadata_location.clone())
            .metadata(metadata)
            .identifier(TableIdent::from_strs([schema.namespace, schema.name])?)
            .runtime(Runtime::try_current()?)
            .build()?;
        Ok(Self { schema, head, store, inner })
    }

    /// The definition in code that the table was loaded with.
    pub fn schema(&self) -> &'static TableSchema {
        self.schema
    }

    /// Id of the current snapshot; none while nothing was committed.
    pub fn snapshot_id(&self) -> Option<i64> {
        self.metadata().current_snapshot_id()
    }

    /// The Iceberg metadata.
    pub fn metadata(&self) -> &TableMetadata {
        self.inner.metadata()
    }

    /// Branches and tags besides the main branch, which other engines make. What they name is kept.
    ///
    /// # Errors
    /// If the metadata cannot be written.
    pub fn other_references(&self) -> Result<Vec<String>> {
        let references = references(self.metadata())?;
        Ok(references.into_keys().filter(|name| name != MAIN_BRANCH).collect())
    }

    /// The ancestors of the head, newest first, as far as they are retained.
    pub fn history(&self) -> Vec<SnapshotInfo> {
        self.ancestors().map(SnapshotInfo::from).collect()
    }

    /// A property of the head's summary.
    pub fn property(&self, key: &str) -> Option<String> {
        self.ancestors().next()?.summary().additional_properties.get(key).cloned()
    }

    /// The snapshot that brought the rows of the head: compaction puts them into other files only. It may have expired.
    pub fn rows_snapshot_id(&self) -> Option<i64> {
        self.ancestors().next().and_then(rows_of).or(self.snapshot_id())
    }

    /// The snapshots after the given ancestor (`None`: after the empty table), oldest first. None if it is no
    /// ancestor of the head that is retained, itself or compacted: rolled back, or expired.
    pub fn ancestors_after(&self, snapshot_id: Option<i64>) -> Option<Vec<SnapshotInfo>> {
        let mut newer = Vec::new();
        let mut next = self.snapshot_id();
        while next != snapshot_id {
            let snapshot = self.metadata().snapshot_by_id(next?)?;
            newer.push(SnapshotInfo::from(&**snapshot));
            if snapshot_id.is_some() && rows_of(snapshot) == snapshot_id {
                newer.reverse();
                return Some(newer);
            }
            next = snapshot.parent_snapshot_id();
        }
        newer.reverse();
        // The ancestor itself has to be there: its successor names it even after it expired.
        snapshot_id.is_none_or(|id| self.metadata().snapshot_by_id(id).is_some()).then_some(newer)
    }

    pub(crate) fn ancestors(&self) -> impl Iterator<Item = &Snapshot> {
        let by_id = |id: Option<i64>| self.metadata().snapshot_by_id(id?).map(|snapshot| &**snapshot);
        std::iter::successors(by_id(self.snapshot_id()), move |snapshot| by_id(snapshot.parent_snapshot_id()))
    }
}

/// Branches and tags, and their snapshots. The iceberg crate keeps them to itself, but writes them.
pub(crate) fn references(metadata: &TableMetadata) -> Result<BTreeMap<String, i64>> {
    let json = serde_json::to_value(metadata).map_err(|e| Error::bug("read references").because(e))?;
    let references = json["refs"].as_object().into_iter().flatten();
    Ok(references.filter_map(|(name, to)| Some((name.clone(), to["snapshot-id"].as_i64()?))).collect())
}

/// The snapshot whose rows a compaction put into other files.
fn rows_of(snapshot: &Snapshot) -> Option<i64> {
    snapshot.summary().additional_properties.get(ROWS_OF)?.parse().ok()
}

impl From<&Snapshot> for SnapshotInfo {
    fn from(snapshot: &Snapshot) -> Self {
        Self {
            snapshot_id: snapshot.snapshot_id(),
            parent_id: snapshot.parent_snapshot_id(),
            timestamp_ms: snapshot.timestamp_ms(),
            operation: snapshot.summary().operation.as_str().to_owned(),
            summary: snapshot.summary().additional_properties.clone().into_iter().collect(),
        }
    }
}
