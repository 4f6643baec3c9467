//! Plan: what is extracted but not yet loaded, as one batch per date.
//!
//! Receipts are compared with the marks of applied ones, so a late file is simply pending: no clock decides.

mod stage;

use std::collections::{BTreeMap, BTreeSet};

use estrella_contracts::{Batch, JudgedRun, Part, Plan, Receipt, RejectedRows, SCHEMA_VERSION, Source, keys};
use estrella_core::event::Reason;
use estrella_core::schema::CLEAN_EVENTS;
use estrella_lake::{Error, ErrorKind, KEY_PROPERTY, Result, Table};
use estrella_runtime::Deps;
use xxhash_rust::xxh3::xxh3_128;

pub use stage::stage;

const MS_PER_HOUR: i64 = 3_600_000;

/// Plans a run over all pending receipts.
///
/// # Errors
/// Those of the stores; `InvalidInput` if a receipt cannot be read.
pub async fn handle(deps: &Deps) -> Result<Plan> {
    let table = deps.lake.table(&CLEAN_EVENTS).await?;
    let applied = ids(deps, keys::APPLIED).await?;
    let mut pending = ids(deps, keys::RECEIPTS).await?;
    pending.retain(|id| !applied.contains(id));

    let unfinished = unfinished(&table, &applied, deps).await?;
    for run in &unfinished {
        for receipt in &run.plan.receipt_ids {
            pending.remove(receipt);
        }
    }
    let mut receipts = Vec::with_capacity(pending.len());
    for id in &pending {
        let key = keys::receipt(id);
        let bytes = deps.lake.store().get(&key).await?;
        let receipt = Receipt::read(&bytes).map_err(|error| Error::invalid(error.to_string()).at(&key))?;
        // Changes of the shop's database are for load-dims.
        if receipt.changes.is_none() {
            receipts.push(receipt);
        }
    }
    let mut plan = plan(receipts, table.snapshot_id(), deps.lake.clock().now_ms());
    plan.unfinished_runs = unfinished.into_iter().map(|run| run.plan.run_id).collect();
    Ok(plan)
}

async fn ids(deps: &Deps, prefix: &str) -> Result<BTreeSet<String>> {
    let objects = deps.lake.store().list(prefix).await?;
    Ok(objects.iter().filter_map(|object| keys::id_of(&object.key)).map(str::to_owned).collect())
}

async fn read<T: serde::de::DeserializeOwned>(key: &str, deps: &Deps) -> Result<T> {
    let bytes = deps.lake.store().get(key).await?;
    serde_json::from_slice(&bytes).map_err(|e| Error::invalid("message cannot be read").at(key).because(e))
}

/// When the first of the runs that stopped half-way was committed to `clean.events`, in milliseconds since the Unix epoch;
/// none if all are complete. Until they are, what was committed since must be found again by its key.
///
/// # Errors
/// Those of the stores; `InvalidInput` if a run cannot be read.
pub async fn unfinished_since_ms(deps: &Deps) -> Result<Option<i64>> {
    let Some(table) = deps.lake.table_if_exists(&CLEAN_EVENTS).await? else { return Ok(None) };
    let applied = ids(deps, keys::APPLIED).await?;
    let unfinished = unfinished(&table, &applied, deps).await?;
    let runs: BTreeSet<&str> = unfinished.iter().map(|run| run.plan.run_id.as_str()).collect();
    let is_of = |key: &&String| runs.contains(key.as_str());
    let history = table.history().into_iter();
    let of_runs = history.filter(|snapshot| snapshot.summary.get(KEY_PROPERTY).filter(is_of).is_some());
    Ok(of_runs.map(|snapshot| snapshot.timestamp_ms).min())
}

/// Runs whose rows are in `clean.events` but whose receipts are not marked: they stopped half-way. Every run
/// completes these before its own commit, so looking back ends at the first complete one. Oldest first.
async fn unfinished(table: &Table, applied: &BTreeSet<String>, deps: &Deps) -> Result<Vec<JudgedRun>> {
    let mut found = Vec::new();
    for snapshot in table.history().into_iter().filter(|snapshot| snapshot.operation != "replace") {
        let Some(run_id) = snapshot.summary.get(KEY_PROPERTY) else { continue };
        let run: JudgedRun = match read(&keys::run(run_id), deps).await {
            Ok(run) => run,
            // Other writers have keys of their own, and runs of long ago are cleared away.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        if run.plan.receipt_ids.iter().all(|id| applied.contains(id)) {
            break;
        }
        found.push(run);
    }
    found.reverse();
    Ok(found)
}

/// Names a run over some receipts, which are sorted.
///
/// What a run adds depends on its base: one that is planned again is another run, with other counts. One that died before it
/// added anything is another run in the next hour: its documents, and what the rules of that time said, are not to be found
/// again.
pub fn run_id(base_snapshot_id: Option<i64>, planned_at_ms: i64, receipt_ids: &[String]) -> String {
    let hour = planned_at_ms.div_euclid(MS_PER_HOUR);
    hash(&format!("{base_snapshot_id:?} {hour}\n{}", receipt_ids.join("\n")))
}

/// Groups receipts into batches. Pure: the same receipts on the same base in the same hour make the same plan, in any order.
fn plan(mut receipts: Vec<Receipt>, base_snapshot_id: Option<i64>, planned_at_ms: i64) -> Plan {
    receipts.sort_by(|a, b| a.receipt_id.cmp(&b.receipt_id));
    let mut dates: BTreeMap<&str, Vec<&Receipt>> = BTreeMap::new();
    for receipt in &receipts {
        for date in receipt.parts.iter().map(|part| part.event_date.as_str()).collect::<BTreeSet<_>>() {
            dates.entry(date).or_default().push(receipt);
        }
    }
    let batches = dates.into_iter().map(|(date, receipts)| batch(date, &receipts)).collect();
    let receipt_ids: Vec<String> = receipts.iter().map(|r| r.receipt_id.clone()).collect();
    Plan {
        schema_version: SCHEMA_VERSION,
        run_id: run_id(base_snapshot_id, planned_at_ms, &receipt_ids),
        planned_at_ms,
        base_snapshot_id,
        batches,
        rejected: receipts
            .iter()
            .filter_map(|r| {
                Some(RejectedRows { receipt_id: r.receipt_id.clone(), part: r.rejected.clone()? })
            })
            .collect(),
        fruitless: receipts.iter().filter(|receipt| is_fruitless(receipt)).map(source).collect(),
        rows_in: receipts.iter().map(|r| r.rows_in).sum(),
        receipt_ids,
        unfinished_runs: Vec::new(),
    }
}

fn batch(date: &str, receipts: &[&Receipt]) -> Batch {
    let mut parts: Vec<Part> = Vec::new();
    for receipt in receipts {
        parts.extend(receipt.parts.iter().filter(|part| part.event_date == date).map(|part| Part {
            receipt_id: receipt.receipt_id.clone(),
            key: part.key.clone(),
            rows: part.rows,
            duplicates: part.duplicates,
        }));
    }
    parts.sort();
    let identity = parts.iter().fold(date.to_owned(), |text, part| text + "\n" + &part.key);
    Batch {
        schema_version: SCHEMA_VERSION,
        batch_id: hash(&identity),
        event_date: date.to_owned(),
        parts,
        sources: receipts.iter().map(|receipt| source(receipt)).collect(),
    }
}

/// Whether no row of an object was accepted for a reason that its sender has to know: a change file of events may have
/// updates only, and a small file rows of somebody who was erased only.
fn is_fruitless(receipt: &Receipt) -> bool {
    let as_it_should = [Reason::NotAnInsert, Reason::ForgottenUser].map(Reason::as_str);
    receipt.parts.is_empty()
        && receipt.rejected_by_reason.keys().any(|reason| !as_it_should.contains(&reason.as_str()))
}

fn source(receipt: &Receipt) -> Source {
    Source {
        receipt_id: receipt.receipt_id.clone(),
        object: format!("{}/{}", receipt.object.bucket, receipt.object.key),
        format: receipt.format.clone(),
        size_bytes: receipt.object.size_bytes,
        rows_in: receipt.rows_in,
        duplicates: receipt.parts.iter().map(|part| part.duplicates).sum(),
        rejected: receipt.rows_rejected(),
        unknown_columns: receipt.unknown_columns.clone(),
    }
}

fn hash(text: &str) -> String {
    format!("{:032x}", xxh3_128(text.as_bytes()))
}
