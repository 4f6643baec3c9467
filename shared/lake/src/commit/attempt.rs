//! One commit's attempts, and what they share.

use std::collections::BTreeSet;

use estrella_core::schema::TableSchema;
use iceberg::MetadataLocation;
use iceberg::spec::{
    DataFile, FormatVersion, MAIN_BRANCH, ManifestFile, ManifestListWriter, PartitionField, Snapshot,
    TableMetadata, Transform,
};
use uuid::Uuid;

use super::manifests::Change;
use super::removal::Removal;
use super::renew::Old;
use super::write::write_added;
use super::{Commit, KEY_PROPERTY, NewFile, Operation, Outcome, check, conflict, summary};
use crate::error::{Error, Result};
use crate::lake::Lake;
use crate::ports::{Swap, TableId};
use crate::schema::field_id;
use crate::table::Table;

/// What came of one attempt.
pub(super) enum Step {
    Done(Outcome),
    /// Another writer was faster.
    Lost,
}

pub(super) struct Attempts<'a> {
    lake: &'a Lake,
    schema: &'static TableSchema,
    commit: &'a Commit,
    /// The new files, and their entries in the same order.
    files: Vec<NewFile>,
    entries: Vec<DataFile>,
    old: Option<Old>,
    /// One id for all attempts: it stands in the manifest of the new files, which they share.
    snapshot_id: i64,
    /// The manifest of the new files, with the schema and the spec that it was written for.
    added: Option<((i32, i32), ManifestFile)>,
}

impl<'a> Attempts<'a> {
    pub(super) fn new(lake: &'a Lake, schema: &'static TableSchema, commit: &'a Commit) -> Result<Self> {
        let entries = check::entries(&*lake.store, schema, commit)?;
        let files = commit.operation.added().to_vec();
        Ok(Self {
            lake,
            schema,
            commit,
            files,
            entries,
            old: None,
            snapshot_id: new_snapshot_id(),
            added: None,
        })
    }

    pub(super) async fn next(&mut self) -> Result<Step> {
        let table = self.lake.table(self.schema).await?;
        if let Some(outcome) = self.applied(&table) {
            return Ok(Step::Done(outcome));
        }
        if let Some(base) = &self.commit.base {
            conflict::check(&table, base).await?;
        }
        check_layout(&table)?;
        self.renew(&table).await?;
        let metadata = self.write_snapshot(&table).await?;
        let location = write_metadata(self.lake, &table, &metadata).await?;
        match self.lake.catalog.swap(&TableId::from(self.schema), &table.head, &location).await? {
            Swap::Done => Ok(Step::Done(Outcome::Committed { snapshot_id: self.snapshot_id })),
            Swap::Conflict => Ok(Step::Lost),
        }
    }

    async fn renew(&mut self, table: &Table) -> Result<()> {
        let old = match &mut self.old {
            Some(old) => old,
            None => self.old.insert(Old::of(self.lake, self.schema, &self.files).await?),
        };
        if old.renew(self.lake, table, &mut self.files, &mut self.entries).await? {
            self.added = None;
        }
        Ok(())
    }

    fn applied(&self, table: &Table) -> Option<Outcome> {
        // A swap of ours whose answer was lost, even if it was rolled back since.
        if table.metadata().snapshot_by_id(self.snapshot_id).is_some() {
            return Some(Outcome::Committed { snapshot_id: self.snapshot_id });
        }
        let has_key =
            |s: &&Snapshot| s.summary().additional_properties.get(KEY_PROPERTY) == Some(&self.commit.key);
        table.ancestors().find(has_key).map(|s| Outcome::AlreadyApplied { snapshot_id: s.snapshot_id() })
    }

    /// Writes manifests and manifest list, and returns the metadata with the new snapshot.
    async fn write_snapshot(&mut self, table: &Table) -> Result<TableMetadata> {
        let change = self.change(table).await?;
        let metadata = table.metadata();
        let sequence_number = metadata.next_sequence_number();
        let parent = metadata.current_snapshot_id();
        let list =
            format!("{}/metadata/snap-{}-{}.avro", metadata.location(), self.snapshot_id, Uuid::new_v4());
        let summary = summary::summary(table, self.commit, &self.entries, &change)?;
        let writer = self.lake.io.new_output(&list)?.writer().await?;
        let mut writer = ManifestListWriter::v2(writer, self.snapshot_id, parent, sequence_number);
        writer.add_manifests(self.added.iter().map(|(_, m)| m.clone()).chain(change.manifests))?;
        writer.close().await?;
        let snapshot = Snapshot::builder()
            .with_snapshot_id(self.snapshot_id)
            .with_parent_snapshot_id(parent)
            .with_sequence_number(sequence_number)
            .with_timestamp_ms(now_ms(self.lake, metadata))
            .with_manifest_list(list)
            .with_summary(summary)
            .with_schema_id(metadata.current_schema_id())
            .build();
        let builder = metadata.clone().into_builder(Some(table.head.metadata_location.clone()));
        Ok(builder.set_branch_snapshot(snapshot, MAIN_BRANCH)?.build()?.metadata)
    }

    async fn change(&mut self, table: &Table) -> Result<Change> {
        let metadata = table.metadata();
        let layout = (metadata.current_schema_id(), metadata.default_partition_spec_id());
        if !self.entries.is_empty() && self.added.as_ref().is_none_or(|(written, _)| *written != layout) {
            self.added =
                Some((layout, write_added(self.lake, table, self.snapshot_id, &self.entries).await?));
        }
        let keys: BTreeSet<&str>;
        let removal = match &self.commit.operation {
            Operation::Append(_) => Removal::Nothing,
            Operation::OverwritePartitions { dates, .. } => Removal::Partitions(dates),
            Operation::ReplaceAll(_) => Removal::Everything,
            Operation::RewriteFiles { removed, .. } | Operation::Compact { removed, .. } => {
                keys = removed.iter().map(String::as_str).collect();
                Removal::Files(&keys)
            }
        };
        let change = Change::plan(self.lake, table, self.snapshot_id, removal).await?;
        if matches!(self.commit.operation, Operation::RewriteFiles { .. } | Operation::Compact { .. }) {
            check::same_rows(table, &change.removed, &self.entries)?;
        }
        Ok(change)
    }
}

/// Refuses tables that another engine turned into something this crate would write wrongly.
fn check_layout(table: &Table) -> Result<()> {
    let metadata = table.metadata();
    let spec = metadata.default_partition_spec();
    let identity = |f: &PartitionField| (f.transform == Transform::Identity).then_some(f.source_id);
    let found: Vec<_> = spec.fields().iter().map(identity).collect();
    let wanted = table.schema.partition.map(|column| field_id(table.schema, column)).transpose()?.map(Some);
    if metadata.format_version() != FormatVersion::V2 {
        return Err(Error::invalid("table is not of format version 2").at(table.schema.full_name()));
    }
    if found != wanted.as_slice() {
        return Err(Error::invalid("table is partitioned in another way").at(table.schema.full_name()));
    }
    Ok(())
}

/// Writes the next metadata file and returns its location.
pub(super) async fn write_metadata(lake: &Lake, table: &Table, metadata: &TableMetadata) -> Result<String> {
    // Other engines may name their files in other ways; then counting starts anew, which no reader minds.
    let location = match table.head.metadata_location.parse::<MetadataLocation>() {
        Ok(current) => current.with_next_version().with_new_metadata(metadata),
        Err(_) => MetadataLocation::new_with_metadata(metadata.location(), metadata),
    };
    metadata.write_to(&lake.io, &location).await?;
    Ok(location.to_string())
}

/// Our clock, but never before the table's last change, which Iceberg refuses.
pub(super) fn now_ms(lake: &Lake, metadata: &TableMetadata) -> i64 {
    lake.clock().now_ms().max(metadata.last_updated_ms())
}

/// 63 random bits, as other engines make their ids.
fn new_snapshot_id() -> i64 {
    let (high, low) = Uuid::new_v4().as_u64_pair();
    i64::try_from((high ^ low) >> 1).unwrap_or(i64::MAX)
}
