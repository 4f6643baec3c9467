//! What is told of a load, for the record. Batches that are held back are told by detect-drift, which cannot forget them.

use std::collections::BTreeMap;

use estrella_contracts::{CheckResult, JudgedBatch, JudgedRun, Loaded, Outcome, Source};
use estrella_lake::{Alert, Severity};

/// Objects that a message lists at most.
const MAX_LISTED: usize = 10;

/// One message for a run. It goes to a human if there are objects of which nothing was accepted: no rule speaks of those.
pub(crate) fn of(run: &JudgedRun, loaded: &Loaded) -> Alert {
    let held = match loaded.blocked {
        0 => String::new(),
        rows => format!(", holds back {rows} rows"),
    };
    let (severity, subject) = match run.plan.fruitless.len() {
        0 => (Severity::Info, format!("Estrella loaded {} facts{held}", loaded.facts)),
        1 => (Severity::Warning, format!("Estrella accepted no row of an object{held}")),
        objects => (Severity::Warning, format!("Estrella accepted no row of {objects} objects{held}")),
    };
    Alert {
        severity,
        subject,
        body: format!(
            "{}What: a run is loaded and readable.\nRun: {}\n\
             How much: rows in {} = facts {} + duplicates {} + rejected {} + quarantined {} + held back {}\n\
             Objects: {}\nChecks that do not pass, by batches: {}\n",
            fruitless(&run.plan.fruitless),
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

/// What is said of objects without one accepted row; empty without any.
fn fruitless(objects: &[Source]) -> String {
    let Some(first) = objects.first() else { return String::new() };
    let name = first.object.rsplit('/').next().unwrap_or(&first.object);
    let line = |object: &Source| format!("  {}: {} rows, all refused\n", object.object, object.rows_in);
    let mut listed: String = objects.iter().take(MAX_LISTED).map(line).collect();
    if objects.len() > MAX_LISTED {
        listed += &format!("  and {} more\n", objects.len() - MAX_LISTED);
    }
    format!(
        "What: of these objects nothing is loaded; their sender has probably changed the format. Others are not affected.\n\
         {listed}To do: look at the reasons, and have the sender drop mended files by other names\n  \
         estrella rejected --object '{name}'\n"
    )
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
