//! What a human is told of a load.

use std::fmt::Write;

use estrella_contracts::{Decision, JudgedBatch, JudgedRun, Loaded};
use estrella_lake::{Alert, Severity};
use estrella_runtime::Deps;

/// Dates or rows that are listed in full; more are counted.
const MAX_LISTED: usize = 10;

/// One message for a run: for the record when it is loaded, critical when a batch is held back.
pub(crate) fn of(run: &JudgedRun, loaded: &Loaded, deps: &Deps) -> Alert {
    let blocked: Vec<_> = run.batches.iter().filter(|batch| batch.is_blocked()).collect();
    let totals = format!(
        "rows in {} = facts {} + duplicates {} + rejected {} + held back {}",
        loaded.rows_in, loaded.facts, loaded.duplicates, loaded.rejected, loaded.blocked
    );
    if blocked.is_empty() {
        let warned = findings(&run.batches, Decision::Warn);
        return Alert {
            severity: Severity::Info,
            subject: format!("Estrella loaded {} facts", loaded.facts),
            body: format!(
                "What: a run is loaded and readable.\nRun: {}\nHow much: {totals}\n\
                 Objects: {}\nChecks that warn, by batches: {warned}\n",
                loaded.run_id,
                run.plan.receipt_ids.len(),
            ),
        };
    }
    let lake = deps.lake.store().location("lake");
    let lake = lake.trim_end_matches("/lake");
    let mut lines = String::new();
    let mut commands = String::new();
    for batch in blocked.iter().take(MAX_LISTED) {
        let cleaned = &batch.cleaned;
        // Writing to a string cannot fail.
        let _ = writeln!(
            lines,
            "  {}  batch {}, {} rows",
            cleaned.batch.event_date, cleaned.batch.batch_id, cleaned.rows
        );
        for result in batch.results.iter().filter(|result| result.outcome == Decision::Block) {
            let column = result.column.as_deref().unwrap_or("all rows");
            let _ = writeln!(
                lines,
                "    {} of {column} is {}, expected {}",
                result.name, result.observed, result.expected
            );
        }
        for file in cleaned.files.iter().take(1) {
            let _ = writeln!(lines, "    rows: {}", deps.lake.store().location(file));
        }
        let _ = writeln!(commands, "  estrella release {} --lake {lake}", cleaned.batch.batch_id);
    }
    if blocked.len() > MAX_LISTED {
        let _ = writeln!(lines, "  and {} more", blocked.len() - MAX_LISTED);
    }
    Alert {
        severity: Severity::Critical,
        subject: format!(
            "Estrella holds back {} rows of {}",
            loaded.blocked,
            loaded.blocked_dates.first().map_or("a batch", String::as_str)
        ),
        body: format!(
            "What: the quality gate holds batches back. Their rows are kept, nobody can read them; all others are \
             loaded.\nRun: {}\nHow much: {totals}\nHeld back:\n{lines}\
             To do: look at the rows. If they are right, release them:\n{commands}\
             If they are wrong, leave them where they are and have the sender drop a mended file.\n",
            loaded.run_id,
        ),
    }
}

/// Names of the checks with an outcome, and how often; `none` without any.
fn findings(batches: &[JudgedBatch], outcome: Decision) -> String {
    let mut counts = std::collections::BTreeMap::<String, u64>::new();
    for result in batches.iter().flat_map(|batch| &batch.results).filter(|result| result.outcome == outcome) {
        let column = result.column.as_ref().map(|column| format!(" of {column}")).unwrap_or_default();
        *counts.entry(format!("{}{column}", result.name)).or_default() += 1;
    }
    let counts: Vec<_> = counts.into_iter().map(|(name, count)| format!("{name}: {count}")).collect();
    if counts.is_empty() { "none".to_owned() } else { counts.join(", ") }
}
