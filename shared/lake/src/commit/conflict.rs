//! Whether what a commit was computed from still holds.

use std::collections::BTreeSet;

use iceberg::spec::{ManifestContentType, ManifestStatus};

use super::Base;
use crate::error::{Error, Result};
use crate::manifest::{load, manifests, partition_date};
use crate::schema::field_id;
use crate::table::Table;

/// `Conflict` if rows came or went in what was read since it was read. For a reader of the whole table every
/// newer snapshot counts, but for compaction: one without rows may still say something, as that a run is done.
pub(super) async fn check(table: &Table, base: &Base) -> Result<()> {
    let conflict = |what: String| Err(Error::conflict(what).at(table.schema.full_name()));
    let Some(newer) = table.ancestors_after(base.snapshot_id) else {
        return conflict(format!("snapshot {:?} that was read is no ancestor of the head", base.snapshot_id));
    };
    for snapshot in newer.iter().filter(|snapshot| snapshot.operation != "replace") {
        if base.partitions.is_none()
            || changes_rows(table, snapshot.snapshot_id, base.partitions.as_ref()).await?
        {
            return conflict(format!("snapshot {} changed what was read", snapshot.snapshot_id));
        }
    }
    Ok(())
}

async fn changes_rows(table: &Table, snapshot_id: i64, dates: Option<&BTreeSet<i32>>) -> Result<bool> {
    let metadata = table.metadata();
    let Some(snapshot) = metadata.snapshot_by_id(snapshot_id) else { return Ok(true) };
    let mut own = manifests(&table.inner, snapshot).await?;
    own.retain(|manifest| manifest.added_snapshot_id == snapshot_id);
    if own.iter().any(|manifest| manifest.content == ManifestContentType::Deletes) {
        return Ok(true);
    }
    let source_id = table.schema.partition.map(|column| field_id(table.schema, column)).transpose()?;
    for (file, manifest) in load(&table.inner, own).await? {
        let spec = metadata.partition_spec_by_id(file.partition_spec_id);
        for entry in manifest.entries() {
            if entry.status() == ManifestStatus::Existing || entry.snapshot_id() != Some(snapshot_id) {
                continue;
            }
            let date = spec.zip(source_id).and_then(|(spec, id)| partition_date(entry.data_file(), spec, id));
            // A file without a known day may hold rows of any day.
            let elsewhere = dates.zip(date).is_some_and(|(dates, date)| !dates.contains(&date));
            if !elsewhere {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
