//! The rows of `ops.runs`: each adds up, and is what was committed to the tables.

use std::collections::{HashMap, HashSet};

use estrella_contracts::{JudgedRun, keys};
use estrella_core::schema::{CLEAN_EVENTS, QUARANTINED_EVENTS, REJECTED_EVENTS, RUNS, TableSchema};
use estrella_lake::{Check, KEY_PROPERTY, Result};
use estrella_runtime::Deps;

use super::{Checked, finding};
use crate::books::{Run, documents, ids, runs};
use crate::output::count;

/// A table that runs append to, with how many rows of a run it has.
type Ledger = (&'static TableSchema, fn(&Run) -> i64);

const LEDGERS: [Ledger; 3] = [
    (&CLEAN_EVENTS, |run| run.facts),
    (&REJECTED_EVENTS, |run| run.rejected),
    (&QUARANTINED_EVENTS, |run| run.quarantined),
];

/// The runs by id.
pub(super) async fn check(checked: &mut Checked, deps: &Deps) -> Result<HashMap<String, Run>> {
    let table = RUNS.full_name();
    // Before the other tables: a run's row is the last thing that it commits.
    let read = runs(deps).await;
    let all = checked.unless_unreadable(Check::Runs, &table, read)?.unwrap_or_default();
    let facts = all.iter().map(|run| run.facts.unsigned_abs()).sum();
    let looked_at = format!("{} runs of {table} with {} facts", count(all.len() as u64), count(facts));
    checked.looked(Check::Runs, looked_at);
    let mut by_id = HashMap::new();
    for run in all {
        add_up(checked, &run);
        let place = format!("run {}", run.run_id);
        if by_id.insert(run.run_id.clone(), run).is_some() {
            checked.findings.push(finding(Check::Runs, &table, place, "one row", "more than one"));
        }
    }
    for (schema, rows) in LEDGERS {
        committed(checked, schema, rows, &by_id, deps).await?;
    }
    noted(checked, &by_id, deps).await?;
    Ok(by_id)
}

fn add_up(checked: &mut Checked, run: &Run) {
    let out = run.rows_out();
    let sum: i64 = out.iter().map(|(_, rows)| rows).sum();
    if run.rows_in != sum || run.rows_in < 0 || out.iter().any(|(_, rows)| *rows < 0) {
        let parts: Vec<String> = out.iter().map(|(name, rows)| format!("{rows} {name}")).collect();
        let (place, expected) = (format!("run {}", run.run_id), format!("{} rows in", run.rows_in));
        let found = format!("{sum} = {}", parts.join(" + "));
        checked.findings.push(finding(Check::Runs, RUNS.full_name(), place, expected, found));
    }
}

/// What runs say that they added is what their commits added, as far as these are retained.
async fn committed(
    checked: &mut Checked,
    schema: &'static TableSchema,
    rows: fn(&Run) -> i64,
    runs: &HashMap<String, Run>,
    deps: &Deps,
) -> Result<()> {
    let table = match deps.lake.table_if_exists(schema).await {
        Err(error) if !error.is_retryable() => return Ok(()),
        read => read?,
    };
    let mut added: HashMap<&str, i64> = HashMap::new();
    let snapshots = table.iter().flat_map(|table| table.metadata().snapshots());
    for properties in snapshots.map(|snapshot| &snapshot.summary().additional_properties) {
        if let Some(key) = properties.get(KEY_PROPERTY) {
            let rows = properties.get("added-records").and_then(|rows| rows.parse().ok());
            added.insert(key, rows.unwrap_or_default());
        }
    }
    // Every commit makes one sequence number, so none is missing if there are as many snapshots as numbers.
    let is_whole = table.as_ref().is_none_or(|table| {
        table.metadata().snapshots().len() as i64 == table.metadata().last_sequence_number()
    });
    for run in runs.values() {
        let (wanted, found) = (rows(run), added.get(run.run_id.as_str()));
        let found = match found {
            Some(found) if *found != wanted => format!("{found} rows"),
            None if is_whole && wanted != 0 => "no commit of this run".to_owned(),
            _ => continue,
        };
        let place = format!("run {}", run.run_id);
        let expected = format!("{wanted} rows, as ops.runs has it");
        checked.findings.push(finding(Check::Runs, schema.full_name(), place, expected, found));
    }
    Ok(())
}

/// Runs that committed to `clean.events` and marked their objects are noted.
async fn noted(checked: &mut Checked, runs: &HashMap<String, Run>, deps: &Deps) -> Result<()> {
    let clean = match deps.lake.table_if_exists(&CLEAN_EVENTS).await {
        Err(error) if !error.is_retryable() => return Ok(()),
        read => read?,
    };
    let snapshots = clean.iter().flat_map(|table| table.history());
    let unknown = snapshots.filter_map(|snapshot| snapshot.summary.get(KEY_PROPERTY).cloned());
    let unknown = unknown.filter(|key| !runs.contains_key(key)).map(|key| keys::run(&key)).collect();
    let store = &**deps.lake.store();
    // Other writers' commits have no such document.
    let documents = documents::<JudgedRun>(store, unknown).await?;
    if documents.is_empty() {
        return Ok(());
    }
    let applied: HashSet<String> = ids(store, keys::APPLIED).await?.into_iter().collect();
    // After the marks: they come after the row.
    let read = self::runs(deps).await;
    let Some(now) = checked.unless_unreadable(Check::Runs, &RUNS.full_name(), read)? else { return Ok(()) };
    let mut now: HashSet<String> = now.into_iter().map(|run| run.run_id).collect();
    if let Some(table) = deps.lake.table_if_exists(&RUNS).await? {
        // Rows that were taken back by a rollback of the table are known to be.
        let snapshots = table.metadata().snapshots();
        let keys = snapshots.filter_map(|s| s.summary().additional_properties.get(KEY_PROPERTY).cloned());
        now.extend(keys);
    }
    let mut unfinished = 0;
    for (key, run) in documents {
        let Some(run) = checked.unless_unreadable(Check::Batches, "landed/runs", run)? else { continue };
        if now.contains(&run.plan.run_id) {
            continue;
        }
        if !run.plan.receipt_ids.iter().all(|id| applied.contains(id)) {
            unfinished += 1;
            continue;
        }
        let expected = "a row, since its objects are marked as loaded";
        checked.findings.push(finding(Check::Runs, RUNS.full_name(), key, expected, "none"));
    }
    if unfinished > 0 {
        checked
            .notes
            .push(format!("{unfinished} runs are at work or stopped half-way; the next run completes them"));
    }
    Ok(())
}
