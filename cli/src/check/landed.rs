//! What is under `landed/`: receipts and runs add up, and what waits to be loaded or decided is there.

use std::collections::{HashMap, HashSet};

use estrella_contracts::{JudgedRun, Receipt, keys};
use estrella_lake::data::ParquetFile;
use estrella_lake::{Check, ErrorKind, Finding, Result};
use estrella_release::blocked;
use estrella_runtime::Deps;

use super::{Checked, finding};
use crate::books::{Run, documents, ids};
use crate::output::count;

pub(super) async fn check(checked: &mut Checked, runs: &HashMap<String, Run>, deps: &Deps) -> Result<()> {
    batches(checked, runs, deps).await?;
    objects(checked, deps).await
}

/// The documents of runs: every batch adds up, and so does the run; it is what its row says.
async fn batches(checked: &mut Checked, runs: &HashMap<String, Run>, deps: &Deps) -> Result<()> {
    let store = &**deps.lake.store();
    let documents_of_runs = ids(store, keys::RUNS).await?.iter().map(|id| keys::run(id)).collect();
    let (mut of_runs, mut batches) = (0, 0);
    for (key, run) in documents::<JudgedRun>(store, documents_of_runs).await? {
        let Some(run) = checked.unless_unreadable(Check::Batches, "landed/runs", run)? else { continue };
        of_runs += 1;
        batches += run.batches.len() as u64;
        let mut find = |place: String, expected: u64, found: String| {
            let expected = format!("{expected} rows in");
            checked.findings.push(finding(Check::Batches, &key, place, expected, found));
        };
        for cleaned in run.batches.iter().map(|batch| &batch.cleaned) {
            let (rows, duplicates, quarantined) = (cleaned.rows, cleaned.duplicates, cleaned.quarantined);
            let (rows_in, rows_out) = (cleaned.batch.rows_in(), rows + duplicates + quarantined);
            if rows_in != rows_out {
                let found =
                    format!("{rows_out} = {rows} + {duplicates} duplicates + {quarantined} quarantined");
                find(format!("batch {}", cleaned.batch.batch_id), rows_in, found);
            }
        }
        let totals = run.totals();
        if !totals.is_conserved() {
            find("all batches".to_owned(), totals.rows_in, format!("{totals:?}"));
        }
        let Some(noted) = runs.get(&run.plan.run_id) else { continue };
        let own = [
            ("rows in", totals.rows_in, noted.rows_in),
            ("facts", totals.facts, noted.facts),
            ("duplicates", totals.duplicates, noted.duplicates),
            ("rejected", totals.rejected, noted.rejected),
            ("quarantined", totals.quarantined, noted.quarantined),
            ("blocked", totals.blocked, noted.blocked),
            ("discarded", totals.discarded, noted.discarded),
        ];
        for (name, own, noted) in own.into_iter().filter(|(_, own, noted)| i64::try_from(*own) != Ok(*noted))
        {
            let (place, expected) =
                (format!("run {}", run.plan.run_id), format!("{own} {name}, as in {key}"));
            checked.findings.push(finding(Check::Runs, "ops.runs", place, expected, noted.to_string()));
        }
    }
    checked.looked(Check::Batches, format!("{} batches of {} runs", count(batches), count(of_runs)));
    Ok(())
}

/// Receipts add up, and the files of those that are not loaded, or held back, are there.
async fn objects(checked: &mut Checked, deps: &Deps) -> Result<()> {
    let store = &**deps.lake.store();
    // Marks first: what they lack is looked for once more where it matters.
    let applied: HashSet<String> = ids(store, keys::APPLIED).await?.into_iter().collect();
    let receipts = ids(store, keys::RECEIPTS).await?.iter().map(|id| keys::receipt(id)).collect();
    let (mut objects, mut waiting) = (0, 0);
    for (key, receipt) in documents::<Receipt>(store, receipts).await? {
        let Some(receipt) = checked.unless_unreadable(Check::Objects, "landed/receipts", receipt)? else {
            continue;
        };
        objects += 1;
        let place = format!("{}/{}", receipt.object.bucket, receipt.object.key);
        if !receipt.is_conserved() {
            let landed: u64 = receipt.parts.iter().map(|part| part.rows).sum();
            let duplicates: u64 = receipt.parts.iter().map(|part| part.duplicates).sum();
            let changes = receipt.changes.as_ref().map_or(0, |changes| changes.rows);
            let rejected = receipt.rows_rejected();
            let expected = format!("{} rows in", receipt.rows_in);
            let found = format!(
                "{landed} landed + {duplicates} duplicates + {changes} changes + {rejected} rejected"
            );
            checked.findings.push(finding(Check::Objects, &key, place, expected, found));
        }
        if applied.contains(&receipt.receipt_id) {
            continue;
        }
        waiting += 1;
        let parts = receipt.parts.iter().map(|part| (&part.key, part.rows));
        let changes = receipt.changes.iter().map(|changes| (&changes.key, changes.rows));
        let rejected = receipt.rejected.iter().map(|rejected| (&rejected.key, rejected.rows));
        let missing = missing(Check::Objects, parts.chain(changes).chain(rejected), deps).await?;
        if !missing.is_empty() && !is_there(&keys::applied(&receipt.receipt_id), deps).await? {
            checked.findings.extend(missing);
        }
    }
    let blocked = blocked(deps).await;
    let held = checked.unless_unreadable(Check::Objects, "landed/blocked", blocked)?.unwrap_or_default();
    for batch in held.iter().map(|judged| &judged.cleaned.batch) {
        let parts = batch.parts.iter().map(|part| (&part.key, part.rows));
        let missing = missing(Check::Objects, parts, deps).await?;
        let mut is_decided = false;
        for how in ["release", "discard"] {
            let mark = keys::applied(&format!("{how}-{}", batch.batch_id));
            is_decided |= !missing.is_empty() && is_there(&mark, deps).await?;
        }
        checked.findings.extend(missing.into_iter().filter(|_| !is_decided));
    }
    let (objects, waiting, held) = (count(objects), count(waiting), count(held.len() as u64));
    let looked_at =
        format!("{objects} objects, {waiting} of them not loaded yet, and {held} batches held back");
    checked.looked(Check::Objects, looked_at);
    Ok(())
}

/// Landed files that are not there, or do not have their rows.
async fn missing(
    check: Check,
    files: impl Iterator<Item = (&String, u64)>,
    deps: &Deps,
) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    for (key, rows) in files {
        let there = match ParquetFile::open(deps.lake.store(), key).await {
            Ok(file) => {
                let own: u64 = (0..file.groups()).map(|group| file.group_rows(group)).sum();
                if own == rows {
                    continue;
                }
                format!("{own} rows")
            }
            Err(error) if error.is_retryable() => return Err(error),
            Err(error) if error.kind() == ErrorKind::NotFound => "no such file".to_owned(),
            Err(error) => error.to_string(),
        };
        found.push(finding(check, "landed", key, format!("{rows} rows that are not loaded yet"), there));
    }
    Ok(found)
}

async fn is_there(key: &str, deps: &Deps) -> Result<bool> {
    match deps.lake.store().size_bytes(key).await {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
