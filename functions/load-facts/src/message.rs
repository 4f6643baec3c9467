//! What is told of a load, for the record. Batches that are held back are told by detect-drift, which cannot forget them.

use std::collections::BTreeMap;

use estrella_contracts::{CheckResult, JudgedBatch, JudgedRun, Loaded, Outcome};
use estrella_lake::{Alert, Severity};

/// One message for a run.
pub(crate) fn of(run: &JudgedRun, loaded: &Loaded) -> Alert {
    let held = match loaded.blocked {
        0 => String::new(),
        rows => format!(", holds back {rows} rows"),
    };
    Alert {
        severity: Severity::Info,
        subject: format!("Estrella loaded {} facts{held}", loaded.facts),
        body: format!(
            "What: a run is loaded and readable.\nRun: {}\n\
             How much: rows in {} = facts {} + duplicates {} + rejected {} + quarantined {} + held back {}\n\
             Objects: {}\nChecks that do not pass, by batches: {}\n",
            loaded.run_id,
            loaded.rows_in,
            loaded.facts,
            loaded.duplicates,
            loaded.rejected,
            loaded.quarantined,
            loaded.blocked,
            run.plan.receipt_ids.len(),
            findings(&run.batches),
        ),
        details: None,
    }
}

/// Names of the checks that do not pass, and how often; `none` without any.
fn findings(batches: &[JudgedBatch]) -> String {
    let mut counts = BTreeMap::<String, u64>::new();
    let found = |result: &&CheckResult| result.outcome > Outcome::Pass;
    for result in batches.iter().flat_map(|batch| &batch.results).filter(found) {
        let column = result.column.as_ref().map(|column| format!(" of {column}")).unwrap_or_default();
        *counts.entry(format!("{}: {}{column}", result.outcome.as_str(), result.name)).or_default() += 1;
    }
    let counts: Vec<_> = counts.into_iter().map(|(name, count)| format!("{name}: {count}")).collect();
    if counts.is_empty() { "none".to_owned() } else { counts.join(", ") }
}
