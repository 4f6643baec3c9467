//! Clean as a Lambda.

use estrella_contracts::{BatchDocument, CleanedDocument, SCHEMA_VERSION, keys};
use estrella_lake::Result;
use estrella_runtime::{Counts, Deps, Output, Work, keep_document, read_document};
use serde_json::json;

/// Cleans the batch of a document.
///
/// # Errors
/// As [`handle`](crate::handle).
pub async fn stage(work: Work, deps: &Deps) -> Result<Output> {
    let task: BatchDocument = read_document(work.key()?, deps).await?;
    let cleaned = crate::handle(&task.batch, task.base_snapshot_id, deps).await?;
    let key = keys::cleaned_document(&task.run_id, &task.batch.event_date);
    let document = CleanedDocument { schema_version: SCHEMA_VERSION, run_id: task.run_id, cleaned };
    let cleaned = keep_document(&key, document, deps).await?.cleaned;
    let (rows_in, duplicates) = (cleaned.batch.rows_in(), cleaned.duplicates);
    let event_date = &cleaned.batch.event_date;
    let answer =
        json!({"key": key, "event_date": event_date, "rows": cleaned.rows, "duplicates": duplicates});
    Output::new(&answer, Counts { rows_in, duplicates, ..Counts::default() })
}
