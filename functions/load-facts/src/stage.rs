//! Load-facts as a Lambda.

use estrella_contracts::{JudgedDocument, JudgedRun, Loaded, LoadedDocument, Plan, SCHEMA_VERSION, keys};
use estrella_lake::{Alert, ErrorKind, Result};
use estrella_runtime::{Counts, Deps, Output, Work, keep_document, read_document};
use serde::Serialize;
use serde_json::json;

use crate::{handle, message, resume_all, sync};

/// What the state machine is told.
#[derive(Serialize)]
struct Answer {
    key: String,
    #[serde(flatten)]
    loaded: Loaded,
    alert: Alert,
}

/// Loads the run of a plan, after those that stopped half-way. Called by the verdict of one batch, it waits until
/// all batches of the run have theirs.
///
/// # Errors
/// As [`handle`]. `NotFound` if the state machine calls before all verdicts are there.
pub async fn stage(work: Work, deps: &Deps) -> Result<Output> {
    let run_id = match &work {
        Work::Object(verdict) => read_document::<JudgedDocument>(&verdict.key, deps).await?.run_id,
        Work::Message(_) => read_document::<Plan>(work.key()?, deps).await?.run_id,
    };
    let plan: Plan = read_document(&keys::plan_document(&run_id), deps).await?;
    let mut batches = Vec::with_capacity(plan.batches.len());
    for batch in &plan.batches {
        match read_document::<JudgedDocument>(&keys::judged_document(&run_id, &batch.event_date), deps).await
        {
            Ok(document) => batches.push(document.judged),
            Err(error) if error.kind() == ErrorKind::NotFound && matches!(work, Work::Object(_)) => {
                return Output::new(&json!({"waiting_for": batch.event_date}), Counts::default());
            }
            Err(error) => return Err(error),
        }
    }
    resume_all(&plan.unfinished_runs, deps).await?;
    let run = JudgedRun { schema_version: SCHEMA_VERSION, plan, batches, decided: None };
    let loaded = if run.plan.is_empty() {
        // Nothing is new, but clean.events may have been rolled back.
        sync(deps).await?;
        Loaded { run_id: run_id.clone(), ..Loaded::default() }
    } else {
        handle(&run, deps).await?
    };
    let key = keys::loaded_document(&run_id);
    let document = LoadedDocument { schema_version: SCHEMA_VERSION, loaded };
    let loaded = keep_document(&key, document, deps).await?.loaded;
    let counts = Counts {
        rows_in: loaded.rows_in,
        facts: loaded.facts,
        duplicates: loaded.duplicates,
        rejected: loaded.rejected,
        blocked: loaded.blocked,
        ..Counts::default()
    };
    let alert = message::of(&run, &loaded);
    Output::new(&Answer { key, loaded, alert }, counts)
}
