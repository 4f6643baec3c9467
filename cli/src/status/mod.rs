//! How a lake stands: what is fresh, what waits, what is held back, what is open. Metadata alone is read, and the rows of
//! the last runs.

mod held;
mod table;

use estrella_detect_drift::states::States;
use estrella_drift::{Incident, Status as IncidentStatus};
use estrella_lake::{Result, Table};
use estrella_runtime::Deps;
use serde::Serialize;

use crate::books::{Pending, Run, newest_runs, pending};

pub use held::HeldBatch;
pub use table::TableStatus;

/// How a lake stands.
#[derive(Debug, Clone, Serialize)]
pub struct Status {
    /// When it was looked at, UTC.
    pub at: String,
    /// The tables, in the order in which a run writes them.
    pub tables: Vec<TableStatus>,
    /// What is extracted and not loaded.
    pub pending: Pending,
    /// Batches that the quality gate holds back.
    pub blocked: Vec<HeldBatch>,
    /// Incidents that are not over.
    pub incidents: Vec<Incident>,
    /// The last runs, newest first.
    pub runs: Vec<Run>,
}

/// Gathers it. `tables` are those of the lake, `shown` is how its user calls it, `runs` how many runs are wanted.
///
/// # Errors
/// `InvalidInput` if a table, a receipt or the monitors' state cannot be read. Else those of the stores.
pub async fn gather(shown: &str, tables: &[Table], runs: usize, deps: &Deps) -> Result<Status> {
    let now_ms = deps.lake.clock().now_ms();
    let mut fresh = Vec::with_capacity(tables.len());
    for table in tables {
        fresh.push(TableStatus::of(table, now_ms).await?);
    }
    let state = States::new(deps).newest().await?.state;
    let open = state.incidents().iter().filter(|incident| incident.status != IncidentStatus::Recovered);
    Ok(Status {
        at: crate::output::time(now_ms),
        tables: fresh,
        pending: pending(deps).await?,
        blocked: held::batches(shown, deps).await?,
        incidents: open.cloned().collect(),
        runs: newest_runs(runs, deps).await?,
    })
}

#[cfg(test)]
mod tests;
