//! Detect-drift: whether what a run has loaded looks like the accepted days before it.
//!
//! It reads `ops.profiles`, never the rows, so its cost follows the number of batches.

mod history;
mod message;
mod record;
mod stage;

use estrella_contracts::{BatchDrift, DriftReport, SCHEMA_VERSION};
use estrella_core::drift::{DriftLimits, compare};
use estrella_core::event::format_date;
use estrella_lake::Result;
use estrella_runtime::Deps;

pub use message::alert;
pub use stage::stage;

/// Days before a batch that it is compared with.
pub const REFERENCE_DAYS: i32 = 28;

/// Compares the batches of a run that is loaded, and notes the outcome in `ops.drift_results`. Run again, it changes
/// nothing.
///
/// # Errors
/// Those of the stores; `InvalidInput` if `ops.profiles` cannot be read.
pub async fn handle(run_id: &str, deps: &Deps) -> Result<DriftReport> {
    let profiles = history::Profiles::load(run_id, deps).await?;
    let limits = DriftLimits::default();
    let batches = profiles.of_run(run_id).map(|(batch_id, date, batch)| BatchDrift {
        batch_id: batch_id.to_owned(),
        event_date: format_date(date),
        results: compare(batch, &profiles.days_before(date), &limits),
    });
    let report =
        DriftReport { schema_version: SCHEMA_VERSION, run_id: run_id.to_owned(), batches: batches.collect() };
    record::commit(&report, deps).await?;
    Ok(report)
}
