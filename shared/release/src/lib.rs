//! What becomes of a batch that the quality gate holds back: a human lets it in, or throws it away.
//!
//! Both are runs like any other: one that is cut short after its commit is completed by the next.

use estrella_contracts::{Decided, Decision, JudgedBatch, JudgedRun, Loaded, Plan, SCHEMA_VERSION, keys};
use estrella_lake::{Error, ErrorKind, Result};
use estrella_runtime::Deps;

/// How often a batch is cleaned again when somebody else has written `clean.events` meanwhile.
const MAX_PLANS: u32 = 10;

/// What was decided of a batch.
#[derive(Debug)]
pub enum Decidedly {
    /// Just now, with what came of it.
    Now(Loaded),
    /// Before: it was let in.
    ReleasedBefore,
    /// Before: it was thrown away.
    DiscardedBefore,
}

/// The batches that are held back, by date.
///
/// # Errors
/// Those of the store; `InvalidInput` if a batch cannot be read.
pub async fn blocked(deps: &Deps) -> Result<Vec<JudgedBatch>> {
    let mut found = Vec::new();
    for batch_id in undecided(deps).await? {
        found.push(held(&batch_id, deps).await?);
    }
    found.sort_by(|a, b| a.cleaned.batch.event_date.cmp(&b.cleaned.batch.event_date));
    Ok(found)
}

/// The ids of the batches that are held back.
///
/// # Errors
/// Those of the store.
pub async fn undecided(deps: &Deps) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for object in deps.lake.store().list(keys::BLOCKED).await? {
        let Some(batch_id) = keys::id_of(&object.key) else { continue };
        if decided_before(batch_id, deps).await?.is_none() {
            found.push(batch_id.to_owned());
        }
    }
    Ok(found)
}

async fn held(batch_id: &str, deps: &Deps) -> Result<JudgedBatch> {
    let key = keys::blocked(batch_id);
    let bytes = deps.lake.store().get(&key).await?;
    serde_json::from_slice(&bytes)
        .map_err(|e| Error::invalid("blocked batch cannot be read").at(&key).because(e))
}

async fn decided_before(batch_id: &str, deps: &Deps) -> Result<Option<Decidedly>> {
    for (discard, decidedly) in [(false, Decidedly::ReleasedBefore), (true, Decidedly::DiscardedBefore)] {
        match deps.lake.store().size_bytes(&keys::applied(&keys::decision(batch_id, discard))).await {
            Ok(_) => return Ok(Some(decidedly)),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Lets a batch that is held back in, whatever its checks say, or throws it away. Either is noted in `ops.runs`, with
/// who decided.
///
/// The table may have grown since the batch was cleaned, so it is cleaned again from its landed files before it is let
/// in: rows that came by another road meanwhile are not loaded twice. What is thrown away stays in the raw objects.
///
/// # Errors
/// `NotFound` if no such batch is held back. `Conflict` if others keep writing. Else those of the stores.
pub async fn decide(batch_id: &str, decided: &Decided, deps: &Deps) -> Result<Decidedly> {
    let held = held(batch_id, deps).await?;
    for _ in 0..MAX_PLANS {
        // A run that stopped half-way comes first, as in every run; this batch's own may be among them.
        let pending = estrella_plan::handle(deps).await?;
        estrella_load_facts::resume_all(&pending.unfinished_runs, deps).await?;
        if let Some(before) = decided_before(batch_id, deps).await? {
            if matches!(before, Decidedly::DiscardedBefore) {
                estrella_load_facts::clear_batch(&held, deps).await?;
            }
            return Ok(before);
        }
        match attempt(&held, decided, pending.base_snapshot_id, deps).await {
            Err(error) if error.kind() == ErrorKind::Conflict => {}
            Err(error) => return Err(error),
            Ok(loaded) => return Ok(Decidedly::Now(loaded)),
        }
    }
    Err(Error::conflict("clean.events was written by others all the time").at(batch_id))
}

/// On the base on which no run was unfinished and nothing was decided: on a later one somebody else may have decided the same,
/// and all of the batch would be loaded as duplicates.
async fn attempt(
    held: &JudgedBatch,
    decided: &Decided,
    base_snapshot_id: Option<i64>,
    deps: &Deps,
) -> Result<Loaded> {
    let batch = &held.cleaned.batch;
    let judged = if decided.discard {
        held.clone()
    } else {
        let cleaned = estrella_clean::handle(batch, base_snapshot_id, deps).await?;
        let mut judged = estrella_check_quality::handle(cleaned, deps).await?;
        // A human has decided; what the checks said stays on record.
        judged.decision = judged.decision.min(Decision::Warn);
        judged
    };
    let receipt_ids = vec![keys::decision(&batch.batch_id, decided.discard)];
    let planned_at_ms = deps.lake.clock().now_ms();
    let plan = Plan {
        schema_version: SCHEMA_VERSION,
        run_id: estrella_plan::run_id(base_snapshot_id, planned_at_ms, &receipt_ids),
        planned_at_ms,
        base_snapshot_id,
        batches: vec![batch.clone()],
        rejected: Vec::new(),
        fruitless: Vec::new(),
        rows_in: batch.rows_in(),
        receipt_ids,
        unfinished_runs: Vec::new(),
    };
    let decided = Some(decided.clone());
    let run = JudgedRun { schema_version: SCHEMA_VERSION, plan, batches: vec![judged], decided };
    estrella_load_facts::handle(&run, deps).await
}
