//! Letting a batch in that the quality gate holds back.

use estrella_contracts::{JudgedBatch, JudgedRun, Loaded, Plan, SCHEMA_VERSION, keys};
use estrella_core::schema::CLEAN_EVENTS;
use estrella_lake::{Error, ErrorKind, Result};
use estrella_runtime::Deps;
use xxhash_rust::xxh3::xxh3_128;

use super::MAX_PLANS;

/// What stands for a batch among the receipts: a release that stopped half-way is completed by the next run.
fn receipt_of(batch_id: &str) -> String {
    format!("release-{batch_id}")
}

/// The batches that are held back, by date.
pub async fn blocked(deps: &Deps) -> Result<Vec<JudgedBatch>> {
    let store = deps.lake.store();
    let mut found = Vec::new();
    for object in store.list(keys::BLOCKED).await? {
        let batch: JudgedBatch = serde_json::from_slice(&store.get(&object.key).await?)
            .map_err(|e| Error::invalid("blocked batch cannot be read").at(&object.key).because(e))?;
        if !is_released(&batch.cleaned.batch.batch_id, deps).await? {
            found.push(batch);
        }
    }
    found.sort_by(|a, b| a.cleaned.batch.event_date.cmp(&b.cleaned.batch.event_date));
    Ok(found)
}

async fn is_released(batch_id: &str, deps: &Deps) -> Result<bool> {
    match deps.lake.store().size_bytes(&keys::applied(&receipt_of(batch_id))).await {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Loads a batch that is held back, whatever its checks say. None if it was released before.
///
/// The table may have grown since the batch was cleaned, so it is cleaned again from its landed files: rows that came
/// by another road meanwhile are not loaded twice.
///
/// # Errors
/// `NotFound` if no such batch is held back. `Conflict` if others keep writing. Else those of the stores.
pub async fn release(batch_id: &str, deps: &Deps) -> Result<Option<Loaded>> {
    let key = keys::blocked(batch_id);
    let held = deps.lake.store().get(&key).await?;
    let held: JudgedBatch = serde_json::from_slice(&held)
        .map_err(|e| Error::invalid("blocked batch cannot be read").at(&key).because(e))?;
    if is_released(batch_id, deps).await? {
        return Ok(None);
    }
    for _ in 0..MAX_PLANS {
        // A run that stopped half-way comes first, as in every run; this batch's own may be among them.
        let pending = estrella_plan::handle(deps).await?;
        for run_id in &pending.unfinished_runs {
            estrella_load_facts::resume(run_id, deps).await?;
        }
        match attempt(&held, deps).await {
            Err(error) if error.kind() == ErrorKind::Conflict => {}
            done => return done.map(Some),
        }
    }
    Err(Error::conflict("clean.events was written by others all the time").at(batch_id))
}

async fn attempt(held: &JudgedBatch, deps: &Deps) -> Result<Loaded> {
    let batch = &held.cleaned.batch;
    let base_snapshot_id = deps.lake.table(&CLEAN_EVENTS).await?.snapshot_id();
    let cleaned = estrella_clean::handle(batch, base_snapshot_id, deps).await?;
    let mut judged = estrella_check_quality::handle(cleaned, deps).await?;
    // A human has decided; what the checks said stays on record.
    judged.decision = judged.decision.min(estrella_contracts::Decision::Warn);
    let receipt = receipt_of(&batch.batch_id);
    let plan = Plan {
        schema_version: SCHEMA_VERSION,
        run_id: format!("{:032x}", xxh3_128(format!("{base_snapshot_id:?}\n{receipt}").as_bytes())),
        planned_at_ms: deps.lake.clock().now_ms(),
        base_snapshot_id,
        batches: vec![batch.clone()],
        rejected: Vec::new(),
        rows_in: batch.rows_in(),
        receipt_ids: vec![receipt],
        unfinished_runs: Vec::new(),
    };
    let run = JudgedRun { schema_version: SCHEMA_VERSION, plan, batches: vec![judged] };
    estrella_load_facts::handle(&run, deps).await
}
