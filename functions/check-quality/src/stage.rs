//! Check-quality as a Lambda.

use estrella_contracts::{CleanedDocument, JudgedDocument, SCHEMA_VERSION, keys};
use estrella_lake::Result;
use estrella_runtime::{Counts, Deps, Output, Work, keep_document, read_document};
use serde_json::json;

/// Judges the batch of a document.
///
/// # Errors
/// As [`handle`](crate::handle).
pub async fn stage(work: Work, deps: &Deps) -> Result<Output> {
    let task: CleanedDocument = read_document(work.key()?, deps).await?;
    let judged = crate::handle(task.cleaned, deps).await?;
    let key = keys::judged_document(&task.run_id, &judged.cleaned.batch.event_date);
    let document = JudgedDocument { schema_version: SCHEMA_VERSION, run_id: task.run_id, judged };
    let judged = keep_document(&key, document, deps).await?.judged;
    let rows = judged.cleaned.rows;
    let blocked = if judged.is_blocked() { rows } else { 0 };
    let event_date = &judged.cleaned.batch.event_date;
    let answer = json!({"key": key, "event_date": event_date, "decision": judged.decision, "rows": rows});
    Output::new(&answer, Counts { rows_in: rows, blocked, ..Counts::default() })
}
