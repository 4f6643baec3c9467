//! What the report of a lake is made from: its tables of operation, and what the monitors remember. No row of an event
//! is read.

mod events;
mod incidents;
mod lake;
mod monitors;
pub(crate) mod read;
mod rejected;
mod rules;

use estrella_detect_drift::states::States;
use estrella_lake::{Result, Table};
use estrella_report::Report;
use estrella_runtime::Deps;

use read::Read;

/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;

/// Gathers all that is shown. `tables` are those of the lake, `shown` is how its user calls it.
///
/// # Errors
/// `InvalidInput` if a table or the monitors' state cannot be read. Else those of the stores.
pub async fn gather(shown: &str, tables: &[Table], deps: &Deps) -> Result<Report> {
    let read = Read::new(tables, deps);
    let state = States::new(deps).newest().await?.state;
    let settings = estrella_detect_drift::settings(deps).await?;
    let drift = monitors::Drift::read(&read).await?;
    let hours = events::Hours::read(&read).await?;
    let (runs, totals) = lake::runs(&read).await?;
    Ok(Report {
        lake: shown.to_owned(),
        generated_at_ms: deps.lake.clock().now_ms(),
        tables: lake::tables(tables).await?,
        runs,
        totals,
        funnel: hours.funnel(),
        volume: hours.volume(&drift, &state, &settings),
        distributions: hours.distributions(&drift),
        rules: rules::rules(&read).await?,
        monitors: drift.last(),
        mutes: incidents::mutes(&state),
        rejected: rejected::rejected(&read).await?,
        incidents: incidents::incidents(&state, shown),
    })
}
