//! Maintain as a Lambda.

use estrella_lake::Result;
use estrella_runtime::{Counts, Deps, Output, Work};
use serde_json::json;

/// Maintains the tables, whatever called.
///
/// # Errors
/// As [`handle`](crate::handle).
pub async fn stage(work: Work, deps: &Deps) -> Result<Output> {
    work.check()?;
    let done = crate::handle(deps).await?;
    let answer = json!({
        "tables": done.tables,
        "snapshots_expired": done.snapshots_expired,
        "files_removed": done.files_removed,
        "files_compacted": done.files_compacted,
        "orphans_removed": done.orphans_removed,
    });
    Output::new(&answer, Counts::default())
}
