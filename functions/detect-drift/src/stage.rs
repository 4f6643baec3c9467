//! Detect-drift as a Lambda.

use estrella_lake::Result;
use estrella_runtime::{Counts, Deps, Output, Work};
use serde_json::json;

use crate::handle;

/// Judges the hours that are due, whatever called, and tells a human what has changed.
///
/// # Errors
/// As [`handle`], and those of the topic.
pub async fn stage(work: Work, deps: &Deps) -> Result<Output> {
    work.check()?;
    let looked = handle(deps).await?;
    let status = match (looked.hours, looked.breaches, looked.learning) {
        (0, ..) => "nothing",
        (_, breaches, _) if breaches > 0 => "drift",
        (hours, _, learning) if hours == learning => "learning",
        _ => "ok",
    };
    let answer = json!({
        "status": status, "hours": looked.hours, "breaches": looked.breaches, "told": looked.told,
    });
    Output::new(&answer, Counts { rows_in: looked.compared, ..Counts::default() })
}
