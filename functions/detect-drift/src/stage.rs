//! Detect-drift as a Lambda.

use estrella_contracts::{DriftReport, LoadedDocument, keys};
use estrella_lake::{ErrorKind, Result};
use estrella_runtime::{Counts, Deps, Output, Work, keep_document, read_document};
use serde_json::json;

use crate::{alert, handle};

/// Compares what a run has loaded, and tells a human what drifted.
///
/// # Errors
/// As [`handle`], and those of the topic.
pub async fn stage(work: Work, deps: &Deps) -> Result<Output> {
    let loaded = read_document::<LoadedDocument>(work.key()?, deps).await?.loaded;
    let key = keys::drift_document(&loaded.run_id);
    let report: DriftReport = match read_document(&key, deps).await {
        // Called again: this was told already.
        Ok(report) => report,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let report = handle(&loaded.run_id, deps).await?;
            if let Some(alert) = alert(&report) {
                deps.alerts.publish(&alert).await?;
            }
            keep_document(&key, report, deps).await?
        }
        Err(error) => return Err(error),
    };
    let status = report.outcome().map_or("nothing", |outcome| outcome.as_str());
    let answer = json!({"key": key, "status": status, "drifted": report.drifted().count()});
    Output::new(&answer, Counts { rows_in: loaded.facts, ..Counts::default() })
}
