//! What the quality gate holds back, and how to decide it.

use estrella_contracts::Outcome;
use estrella_lake::Result;
use estrella_release::blocked;
use estrella_runtime::Deps;
use serde::Serialize;

/// A batch that is held back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldBatch {
    /// Id.
    pub batch_id: String,
    /// Date of its events, `YYYY-MM-DD`.
    pub event_date: String,
    /// Rows that wait.
    pub rows: u64,
    /// The checks that hold it back.
    pub checks: Vec<String>,
    /// The command that lets it in.
    pub release: String,
    /// The command that throws it away.
    pub discard: String,
}

pub(super) async fn batches(shown: &str, deps: &Deps) -> Result<Vec<HeldBatch>> {
    let held = blocked(deps).await?.into_iter().map(|judged| {
        let failed = judged.results.iter().filter(|result| result.outcome == Outcome::Block);
        let checks = failed.map(|result| match &result.column {
            Some(column) => format!("{} of {column}", result.name),
            None => result.name.clone(),
        });
        let (cleaned, id) = (&judged.cleaned, &judged.cleaned.batch.batch_id);
        HeldBatch {
            batch_id: id.clone(),
            event_date: cleaned.batch.event_date.clone(),
            rows: cleaned.rows + cleaned.quarantined,
            checks: checks.collect(),
            release: format!("estrella release {id} --lake {shown}"),
            discard: format!("estrella discard {id} --lake {shown}"),
        }
    });
    Ok(held.collect())
}
