//! The tables: each by itself, then facts and `clean.events` beside each other.

use estrella_core::schema::{CLEAN_EVENTS, FACT_USER_EVENTS, all_tables};
use estrella_lake::{Check, Result, Table, Verified};
use estrella_load_facts::reflected;
use estrella_runtime::Deps;

use super::{Checked, finding};
use crate::output::count;

pub(super) async fn check(checked: &mut Checked, deps: &Deps) -> Result<()> {
    let (mut all, mut tables) = (Verified::default(), 0);
    for schema in all_tables() {
        if let Some(verified) = deps.lake.verify(schema).await? {
            tables += 1;
            all.add(verified);
        }
    }
    let [snapshots, manifests, files, rows, bounds] =
        [all.snapshots, all.manifests, all.data_files, all.rows, all.bounds].map(count);
    checked.looked(Check::Pointers, format!("heads and references of {tables} tables"));
    checked.looked(
        Check::Files,
        format!("{files} data files and {manifests} manifests of {snapshots} snapshots, with their sizes"),
    );
    checked.looked(Check::Counts, format!("{rows} rows in the footers of {files} data files"));
    checked.looked(Check::Bounds, format!("{bounds} bounds against the same footers"));
    checked.looked(Check::Totals, format!("summaries of {snapshots} snapshots"));
    checked.findings.extend(all.findings);
    checked.orphans = all.orphans;
    let unknown = deps.lake.unknown_tables(&all_tables()).await?;
    if !unknown.is_empty() {
        let names: Vec<String> = unknown.iter().map(ToString::to_string).collect();
        checked.notes.push(format!("tables of others were not looked at: {}", names.join(", ")));
    }
    keys(checked, deps).await?;
    rows_of_facts(checked, deps).await
}

async fn keys(checked: &mut Checked, deps: &Deps) -> Result<()> {
    let table = FACT_USER_EVENTS.full_name();
    let verified = deps.lake.verify_key(&FACT_USER_EVENTS, "event_id").await;
    if let Some(verified) = checked.unless_unreadable(Check::Keys, &table, verified)? {
        let (ids, days) = (count(verified.rows), count(verified.partitions));
        checked.looked(Check::Keys, format!("{ids} event_ids of {table}, {days} days"));
        checked.findings.extend(verified.findings);
    }
    Ok(())
}

/// The facts have the rows of the snapshot of `clean.events` that they reflect.
async fn rows_of_facts(checked: &mut Checked, deps: &Deps) -> Result<()> {
    let name = FACT_USER_EVENTS.full_name();
    // The facts first: what they reflect was committed before them.
    let (facts, clean) = match (table(&FACT_USER_EVENTS, deps).await?, table(&CLEAN_EVENTS, deps).await?) {
        (Some(facts), Some(clean)) => (facts, clean),
        _ => return Ok(()),
    };
    let source = reflected(&facts).and_then(|id| clean.metadata().snapshot_by_id(id));
    let total = |properties: &std::collections::HashMap<String, String>| {
        properties.get("total-records").and_then(|rows| rows.parse::<u64>().ok())
    };
    let head = facts.metadata().current_snapshot();
    let own = head.and_then(|head| total(&head.summary().additional_properties));
    let theirs = source.and_then(|source| total(&source.summary().additional_properties));
    let (Some(source), Some(own), Some(theirs)) = (source, own, theirs) else {
        checked.looked(Check::Rows, format!("nothing: {name} does not tell what it was made from"));
        return Ok(());
    };
    let id = source.snapshot_id();
    checked
        .looked(Check::Rows, format!("{} rows of {name} and of snapshot {id} of clean.events", count(own)));
    if own != theirs {
        let place = format!("snapshot {}", facts.snapshot_id().unwrap_or_default());
        let expected = format!("{theirs} rows, as snapshot {id} of clean.events");
        checked.findings.push(finding(Check::Rows, name, place, expected, own.to_string()));
    }
    Ok(())
}

/// None if it is not there, or cannot be read, which is told already.
async fn table(schema: &'static estrella_core::schema::TableSchema, deps: &Deps) -> Result<Option<Table>> {
    match deps.lake.table_if_exists(schema).await {
        Err(error) if !error.is_retryable() => Ok(None),
        read => read,
    }
}
