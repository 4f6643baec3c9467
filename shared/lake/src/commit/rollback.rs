//! Making an older snapshot the head again.

use std::time::Duration;

use estrella_core::schema::TableSchema;
use iceberg::spec::{MAIN_BRANCH, SnapshotReference, SnapshotRetention};

use super::attempt::write_metadata;
use super::stamp::changed;
use super::{Backoff, MAX_FAULTS, MAX_LOST};
use crate::error::{Error, ErrorKind, Result};
use crate::lake::Lake;
use crate::ports::{Swap, TableId};
use crate::table::Table;

pub(crate) async fn rollback(lake: &Lake, schema: &'static TableSchema, snapshot_id: i64) -> Result<()> {
    let _turn = lake.catalog.lock(&TableId::from(schema)).await?;
    let mut backoff = Backoff::new(Duration::from_millis(10), Duration::from_secs(1));
    let (mut lost, mut faults) = (0, 0);
    loop {
        match attempt(lake, schema, snapshot_id).await {
            Ok(Swap::Done) => return Ok(()),
            Ok(Swap::Conflict) => lost += 1,
            // As after a commit the outcome may be unknown; the next attempt looks.
            Err(error) if error.is_retryable() && faults < MAX_FAULTS => faults += 1,
            Err(error) => return Err(error),
        }
        if lost >= MAX_LOST {
            return Err(Error::conflict(format!("lost {lost} swaps to other writers")).at(schema.full_name()));
        }
        backoff.wait().await;
    }
}

async fn attempt(lake: &Lake, schema: &'static TableSchema, snapshot_id: i64) -> Result<Swap> {
    let absent = || Error::new(ErrorKind::NotFound, "no such table").at(schema.full_name());
    let table = lake.table_if_exists(schema).await?.ok_or_else(absent)?;
    if table.snapshot_id() == Some(snapshot_id) {
        return Ok(Swap::Done);
    }
    check_known(&table, snapshot_id)?;
    let main = SnapshotReference::new(snapshot_id, SnapshotRetention::branch(None, None, None));
    let metadata = changed(lake, &table, |builder| Ok(builder.set_ref(MAIN_BRANCH, main)?))?;
    let location = write_metadata(lake, &table, &metadata).await?;
    lake.catalog.swap(&TableId::from(schema), &table.head, &location).await
}

fn check_known(table: &Table, snapshot_id: i64) -> Result<()> {
    if table.metadata().snapshot_by_id(snapshot_id).is_some() {
        return Ok(());
    }
    let mut known: Vec<_> =
        table.metadata().snapshots().map(|s| (s.sequence_number(), s.snapshot_id())).collect();
    known.sort_unstable();
    let known: Vec<_> = known.into_iter().map(|(_, id)| id.to_string()).collect();
    let what = format!("snapshot {snapshot_id} is unknown; known, oldest first: {}", known.join(", "));
    Err(Error::invalid(what).at(table.schema.full_name()))
}
