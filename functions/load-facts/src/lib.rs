//! Load-facts: makes a judged run visible, table by table, so that it can be finished from any point.
//!
//! The run is stored first. The commit to `clean.events` is the point of no return: it is refused if the
//! table has moved on since the plan. Everything after it is keyed by the run or follows from the log of
//! `clean.events`, so a run that stopped half-way is completed by loading it again.

mod enrich;
mod facts;
mod fill;
mod follow;
mod kept;
mod message;
mod ops;
mod rejected;
mod stage;

use std::collections::BTreeMap;

use bytes::Bytes;
use estrella_contracts::{Decision, JudgedBatch, JudgedRun, Loaded, keys};
use estrella_core::event::parse_date;
use estrella_core::schema::CLEAN_EVENTS;
use estrella_lake::data::ParquetFile;
use estrella_lake::{Base, Commit, Error, NewFile, Operation, Result};
use estrella_runtime::{Deps, keep_document};

pub use facts::{SOURCE_SNAPSHOT, reflected, sync};
pub use fill::{Known, Wanted, fill};
pub use follow::{follow, is_level, stem_of, unmatched};
pub use ops::PROFILES_PER_GROUP;
pub use ops::{Checked, note_results};
pub use stage::stage;

/// Property of the facts: what the logs of changes stood at when they were filled in.
pub const CHANGES: &str = "estrella.changes";

/// Loads a run, as it was judged when it was first stored: what completes it later has that from the store alone.
///
/// # Errors
/// `Conflict` if `clean.events` has moved on since the plan: nothing was loaded, plan again. `Bug` if rows are
/// not accounted for, before anything is loaded. Else those of the stores; then load again.
pub async fn handle(run: &JudgedRun, deps: &Deps) -> Result<Loaded> {
    let totals = run.totals();
    if !totals.is_conserved() {
        return Err(Error::bug(format!(
            "rows in is not facts + duplicates + rejected + quarantined + blocked + discarded: {totals:?}"
        )));
    }
    let stored = keep_document(&keys::run(&run.plan.run_id), run.clone(), deps).await?;
    if (&stored.batches, &stored.decided) != (&run.batches, &run.decided) {
        tracing::warn!(
            run_id = run.plan.run_id,
            "the run was judged before, and is loaded as it was judged then"
        );
    }
    let run = stored;
    commit_clean(&run, deps).await?;
    complete(&run, deps).await?;
    Ok(run.totals())
}

/// Completes a run that reached `clean.events` but stopped before its end.
///
/// # Errors
/// `NotFound` if the run is not known. Else those of the stores; then resume again.
pub async fn resume(run_id: &str, deps: &Deps) -> Result<Loaded> {
    let key = keys::run(run_id);
    let bytes = deps.lake.store().get(&key).await?;
    let run: JudgedRun = serde_json::from_slice(&bytes)
        .map_err(|e| Error::invalid("run cannot be read").at(&key).because(e))?;
    complete(&run, deps).await?;
    Ok(run.totals())
}

/// As [`resume`], of several, in their order.
///
/// # Errors
/// As [`resume`]; those before it are complete then.
pub async fn resume_all(run_ids: &[String], deps: &Deps) -> Result<Vec<Loaded>> {
    let mut loaded = Vec::with_capacity(run_ids.len());
    for run_id in run_ids {
        loaded.push(resume(run_id, deps).await?);
    }
    Ok(loaded)
}

async fn commit_clean(run: &JudgedRun, deps: &Deps) -> Result<()> {
    let mut files = Vec::new();
    for batch in run.batches.iter().filter(|batch| !batch.is_blocked()) {
        let date = parse_date(&batch.cleaned.batch.event_date);
        for key in &batch.cleaned.files {
            files.push(new_file(key, date, deps).await.map_err(Error::absent_is_conflict)?);
        }
    }
    let commit = Commit {
        key: run.plan.run_id.clone(),
        operation: Operation::Append(files),
        base: Some(Base { snapshot_id: run.plan.base_snapshot_id, partitions: None }),
        properties: BTreeMap::new(),
    };
    deps.lake.commit(&CLEAN_EVENTS, commit).await?;
    Ok(())
}

/// All that follows the commit to `clean.events`. Each step is safe to repeat; the marks are last.
async fn complete(run: &JudgedRun, deps: &Deps) -> Result<()> {
    rejected::commit(run, deps).await?;
    rejected::commit_quarantined(run, deps).await?;
    sync(deps).await?;
    ops::commit(run, deps).await?;
    for batch in run.batches.iter().filter(|batch| batch.decision == Decision::Block) {
        let body = serde_json::to_vec(batch).map_err(|e| Error::bug("write blocked batch").because(e))?;
        deps.lake
            .store()
            .put_if_absent(&keys::blocked(&batch.cleaned.batch.batch_id), Bytes::from(body))
            .await?;
    }
    for receipt_id in &run.plan.receipt_ids {
        let mark = Bytes::from(format!("{{\"run_id\":\"{}\"}}", run.plan.run_id));
        deps.lake.store().put_if_absent(&keys::applied(receipt_id), mark).await?;
    }
    if !deps.config.keep_landed {
        clear_landed(run, deps).await?;
    }
    Ok(())
}

/// Removes what was landed for loaded rows. The receipts stay: they tell that an object is extracted. The files of a batch
/// that is held back stay: they are all there is of it.
async fn clear_landed(run: &JudgedRun, deps: &Deps) -> Result<()> {
    let is_discarded = run.decided.as_ref().is_some_and(|decided| decided.discard);
    for batch in run.batches.iter().filter(|batch| is_discarded || !batch.is_blocked()) {
        clear_batch(batch, deps).await?;
    }
    for rejected in &run.plan.rejected {
        deps.lake.store().delete(&rejected.part.key).await?;
    }
    Ok(())
}

/// Removes what was landed of a batch that is loaded or thrown away. Data files that were made of it are named by a table, or
/// else maintenance removes them.
///
/// # Errors
/// Those of the store; then call again.
pub async fn clear_batch(batch: &JudgedBatch, deps: &Deps) -> Result<()> {
    for part in &batch.cleaned.batch.parts {
        deps.lake.store().delete(&part.key).await?;
    }
    deps.lake.store().delete(&batch.cleaned.profile_key).await
}

pub(crate) async fn new_file(key: &str, partition_date: Option<i32>, deps: &Deps) -> Result<NewFile> {
    let file = ParquetFile::open(deps.lake.store(), key).await?;
    Ok(NewFile {
        key: key.to_owned(),
        partition_date,
        size_bytes: file.size_bytes(),
        metadata: std::sync::Arc::clone(file.metadata()),
    })
}
