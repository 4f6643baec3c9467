//! Facts follow the log of `clean.events`: each of its snapshots is enriched and committed once.
//!
//! The facts' head says which snapshot of `clean.events` it reflects. So a crash between the two commits, or a
//! rollback of the facts alone, is healed by whoever loads next.

use std::collections::BTreeMap;

use estrella_core::schema::{CLEAN_EVENTS, FACT_USER_EVENTS};
use estrella_lake::{
    Base, Commit, ErrorKind, NewFile, Operation, PlannedFile, Result, SnapshotInfo, Table, spawned,
};
use estrella_runtime::Deps;
use futures::{StreamExt, TryStreamExt, stream};

use crate::enrich::enrich;

/// Property of a commit: the snapshot of the table it was made from.
pub const SOURCE_SNAPSHOT: &str = "estrella.source-snapshot";

/// How often the facts are read again when somebody else writes them meanwhile.
const MAX_ATTEMPTS: u32 = 10;

/// Brings the facts up to the head of `clean.events`, and tells whether they had to be changed for that.
///
/// # Errors
/// `Conflict` if someone else writes the facts at the same time without end. Else those of the stores.
pub async fn sync(deps: &Deps) -> Result<bool> {
    let mut attempt = 1;
    loop {
        match sync_once(deps).await {
            Err(error) if error.kind() == ErrorKind::Conflict && attempt < MAX_ATTEMPTS => attempt += 1,
            done => return done,
        }
    }
}

async fn sync_once(deps: &Deps) -> Result<bool> {
    let clean = deps.lake.table(&CLEAN_EVENTS).await?;
    let facts = deps.lake.table(&FACT_USER_EVENTS).await?;
    let source = reflected(&facts);
    // Facts that do not say what they reflect cannot be continued.
    let known = source.is_some() || facts.snapshot_id().is_none();
    match clean.ancestors_after(source) {
        Some(new) if known && new.iter().all(|s| matches!(s.operation.as_str(), "append" | "replace")) => {
            let mut base = facts.snapshot_id();
            for snapshot in &new {
                base = Some(append(&clean, snapshot, base, deps).await?);
            }
            Ok(!new.is_empty())
        }
        // clean.events was rolled back, or rows of it were deleted: the facts are made anew from what is left.
        _ => rebuild(&clean, &facts, deps).await,
    }
}

/// The snapshot of `clean.events` that the facts reflect; none if they do not say. Compaction does not carry the property
/// on and changes no rows; filling in carries it on, so that the snapshots before may expire.
pub fn reflected(facts: &Table) -> Option<i64> {
    let says = |s: &SnapshotInfo| s.operation != "replace" || s.summary.contains_key(SOURCE_SNAPSHOT);
    facts.history().into_iter().find(says)?.summary.get(SOURCE_SNAPSHOT)?.parse().ok()
}

async fn append(clean: &Table, snapshot: &SnapshotInfo, base: Option<i64>, deps: &Deps) -> Result<i64> {
    // Compaction of clean.events puts the same rows into other files; the facts have them.
    let new = match snapshot.operation.as_str() {
        "append" => clean.added_files(snapshot.snapshot_id).await?,
        _ => Vec::new(),
    };
    let files = enriched(new, deps).await?;
    commit(Operation::Append(files), snapshot.snapshot_id, base, deps).await
}

async fn rebuild(clean: &Table, facts: &Table, deps: &Deps) -> Result<bool> {
    let Some(source) = clean.snapshot_id() else { return Ok(false) };
    let files = enriched(clean.plan(None).await?, deps).await?;
    commit(Operation::ReplaceAll(files), source, facts.snapshot_id(), deps).await?;
    Ok(true)
}

/// Commits on top of `base`, and gives the new snapshot. The base is part of the key: after a rollback the same
/// source is to be applied again, although an ancestor has applied it once.
async fn commit(operation: Operation, source: i64, base: Option<i64>, deps: &Deps) -> Result<i64> {
    let commit = Commit {
        key: format!("{source} on {}", base.unwrap_or_default()),
        operation,
        base: Some(Base { snapshot_id: base, partitions: None }),
        properties: BTreeMap::from([(SOURCE_SNAPSHOT.to_owned(), source.to_string())]),
    };
    Ok(deps.lake.commit(&FACT_USER_EVENTS, commit).await?.snapshot_id())
}

/// The fact files of files of `clean.events`, some at a time.
async fn enriched(sources: Vec<PlannedFile>, deps: &Deps) -> Result<Vec<NewFile>> {
    let tasks = stream::iter(sources).map(|source| {
        let deps = deps.clone();
        spawned(async move { enrich(&source, &deps).await })
    });
    tasks.buffered(deps.config.workers).try_collect().await
}
