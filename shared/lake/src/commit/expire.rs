//! Expiring snapshots: the head's metadata forgets old ones, and files that only they named are removed.

use std::collections::BTreeSet;
use std::time::Duration;

use estrella_core::schema::TableSchema;
use iceberg::spec::{Snapshot, SnapshotRef, TableMetadata};

use super::attempt::write_metadata;
use super::stamp::changed;
use super::{Backoff, MAX_FAULTS, MAX_LOST};
use crate::error::{Error, ErrorKind, Result};
use crate::lake::Lake;
use crate::manifest::{load, manifests};
use crate::ports::{Swap, TableId};
use crate::table::{Table, references};

/// What expiring came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expired {
    /// Snapshots that the table forgot.
    pub snapshots: u64,
    /// Files that were removed: data, manifests and manifest lists.
    pub files: u64,
}

/// Which snapshots stay, besides the head and what branches and tags name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Those that were the head at this time or later, in milliseconds since the Unix epoch: readers may be at them, and
    /// one that was rolled back may be made the head again.
    pub since_ms: i64,
    /// So many of the newest ones, the head among them.
    pub at_least: usize,
}

impl Keep {
    /// Nothing besides.
    pub const NOTHING_MORE: Self = Self { since_ms: i64::MAX, at_least: 1 };
}

pub(crate) async fn expire(lake: &Lake, schema: &'static TableSchema, keep: Keep) -> Result<Expired> {
    let _turn = lake.catalog.lock(&TableId::from(schema)).await?;
    let mut backoff = Backoff::new(Duration::from_millis(10), Duration::from_secs(1));
    let (mut lost, mut faults) = (0, 0);
    loop {
        match attempt(lake, schema, keep).await {
            Ok(Some(expired)) => return Ok(expired),
            Ok(None) => lost += 1,
            Err(error) if error.is_retryable() && faults < MAX_FAULTS => faults += 1,
            Err(error) => return Err(error),
        }
        if lost >= MAX_LOST {
            return Err(Error::conflict(format!("lost {lost} swaps to other writers")).at(schema.full_name()));
        }
        backoff.wait().await;
    }
}

/// None if another writer was faster.
async fn attempt(lake: &Lake, schema: &'static TableSchema, keep: Keep) -> Result<Option<Expired>> {
    let Some(table) = lake.table_if_exists(schema).await? else { return Ok(Some(Expired::default())) };
    let kept = kept(&table, keep)?;
    let old = |s: &SnapshotRef| s.timestamp_ms() < keep.since_ms && !kept.contains(&s.snapshot_id());
    let gone: Vec<_> = table.metadata().snapshots().filter(|snapshot| old(snapshot)).cloned().collect();
    if gone.is_empty() {
        return Ok(Some(Expired::default()));
    }
    let doomed = match files(&table, &gone).await {
        // Another one has removed what this one wants to remove.
        Err(error) if error.kind() == ErrorKind::NotFound && has_moved(lake, &table).await? => {
            return Ok(None);
        }
        found => found?,
    };
    let ids: Vec<i64> = gone.iter().map(|s| s.snapshot_id()).collect();
    let metadata = changed(lake, &table, |builder| Ok(builder.remove_snapshots(&ids)))?;
    let location = write_metadata(lake, &table, &metadata).await?;
    if lake.catalog.swap(&TableId::from(schema), &table.head, &location).await? == Swap::Conflict {
        return Ok(None);
    }
    // Looked at again: a commit since the swap may name a file anew. A crash here leaves orphans, no more.
    let needed = needed(lake, schema).await?;
    let mut expired = Expired { snapshots: ids.len() as u64, files: 0 };
    for location in doomed.difference(&needed) {
        lake.store.delete(&lake.store.key_of(location)?).await?;
        expired.files += 1;
    }
    Ok(Some(expired))
}

/// Snapshots that stay whatever their own age.
fn kept(table: &Table, keep: Keep) -> Result<BTreeSet<i64>> {
    let mut kept = named_snapshots(table.metadata())?;
    // What was rolled back is no ancestor: only the log tells until when it was the head.
    let log = table.metadata().history();
    let replaced = log.iter().zip(log.iter().skip(1));
    let lately = replaced.filter(|(_, next)| next.timestamp_ms() >= keep.since_ms);
    kept.extend(lately.map(|(before, _)| before.snapshot_id));
    let mut replaced_ms = i64::MAX;
    for (newer, snapshot) in table.ancestors().enumerate() {
        if newer >= keep.at_least && replaced_ms < keep.since_ms {
            break;
        }
        kept.insert(snapshot.snapshot_id());
        replaced_ms = snapshot.timestamp_ms();
    }
    Ok(kept)
}

/// Locations of all that the table is made of now.
async fn needed(lake: &Lake, schema: &'static TableSchema) -> Result<BTreeSet<String>> {
    let mut lost = 0;
    loop {
        let Some(table) = lake.table_if_exists(schema).await? else { return Ok(BTreeSet::new()) };
        let snapshots: Vec<_> = table.metadata().snapshots().cloned().collect();
        match files(&table, &snapshots).await {
            Err(error) if error.kind() == ErrorKind::NotFound && lost < MAX_LOST => {
                if !has_moved(lake, &table).await? {
                    return Err(error);
                }
                lost += 1;
            }
            found => return found,
        }
    }
}

/// Whether the table has another state by now.
async fn has_moved(lake: &Lake, table: &Table) -> Result<bool> {
    Ok(lake.catalog.head(&TableId::from(table.schema)).await?.as_ref() != Some(&table.head))
}

/// The head and whatever branches and tags name.
pub(crate) fn named_snapshots(metadata: &TableMetadata) -> Result<BTreeSet<i64>> {
    Ok(references(metadata)?.into_values().chain(metadata.current_snapshot_id()).collect())
}

/// Locations of all that snapshots are made of.
async fn files(table: &Table, snapshots: &[SnapshotRef]) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for snapshot in snapshots {
        let lists: &Snapshot = snapshot;
        found.insert(lists.manifest_list().to_owned());
        let own = manifests(&table.inner, snapshot).await?;
        // Most manifests are shared by many snapshots.
        let new = own.into_iter().filter(|m| found.insert(m.manifest_path.clone())).collect();
        for (_, manifest) in load(&table.inner, new).await? {
            let alive = manifest.entries().iter().filter(|entry| entry.is_alive());
            found.extend(alive.map(|entry| entry.data_file().file_path().to_owned()));
        }
    }
    Ok(found)
}
