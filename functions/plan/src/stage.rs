//! Plan as a Lambda.

use estrella_contracts::{BatchDocument, Plan, Planned, Pointer, SCHEMA_VERSION, keys};
use estrella_lake::Result;
use estrella_runtime::{Counts, Deps, Output, Work, keep_document};

/// Plans a run, whatever called: a schedule, a new receipt, a human.
///
/// # Errors
/// As [`handle`](crate::handle).
pub async fn stage(work: Work, deps: &Deps) -> Result<Output> {
    work.check()?;
    let plan = crate::handle(deps).await?;
    let has_work = !plan.is_empty() || !plan.unfinished_runs.is_empty();
    let key = keys::plan_document(&plan.run_id);
    let plan: Plan = keep_document(&key, plan, deps).await?;
    let mut batches = Vec::with_capacity(plan.batches.len());
    for batch in plan.batches {
        let key = keys::batch_document(&plan.run_id, &batch.event_date);
        let (run_id, base_snapshot_id) = (plan.run_id.clone(), plan.base_snapshot_id);
        let document = BatchDocument { schema_version: SCHEMA_VERSION, run_id, base_snapshot_id, batch };
        keep_document(&key, document, deps).await?;
        batches.push(Pointer { key });
    }
    let planned = Planned { key, run_id: plan.run_id, has_work, rows_in: plan.rows_in, batches };
    Output::new(&planned, Counts { rows_in: planned.rows_in, ..Counts::default() })
}
