//! Batches that the quality gate holds back, of which nobody was told yet.

use std::collections::BTreeSet;
use std::fmt::Write;

use estrella_contracts::{CheckResult, JudgedBatch, Outcome, keys};
use estrella_lake::{Alert, Error, ErrorKind, Result, Severity};
use estrella_runtime::Deps;

use crate::states::Kept;

/// Batches that are listed in full; more are counted.
const MAX_LISTED: usize = 10;

/// The batches, by date. Ids of those that are gone are forgotten in `next`, and those that are found are remembered. What a
/// human has decided on before anybody was told is remembered too, and not found: there is nothing left to do.
pub(crate) async fn untold(next: &mut Kept, deps: &Deps) -> Result<Vec<JudgedBatch>> {
    let store = deps.lake.store();
    let objects = store.list(keys::BLOCKED).await?;
    let ids: Vec<&str> = objects.iter().filter_map(|object| keys::id_of(&object.key)).collect();
    next.told_blocks.retain(|id| ids.contains(&id.as_str()));
    let new: Vec<&str> = ids.into_iter().filter(|id| !next.told_blocks.contains(*id)).collect();
    let mut found: Vec<JudgedBatch> = Vec::new();
    if new.is_empty() {
        return Ok(found);
    }
    let decided = decided(deps).await?;
    for id in new {
        next.told_blocks.insert(id.to_owned());
        if decided.contains(id) {
            continue;
        }
        let key = keys::blocked(id);
        match store.get(&key).await {
            Ok(bytes) => found.push(
                serde_json::from_slice(&bytes)
                    .map_err(|e| Error::invalid("blocked batch cannot be read").at(&key).because(e))?,
            ),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    found.sort_by(|a, b| a.cleaned.batch.event_date.cmp(&b.cleaned.batch.event_date));
    Ok(found)
}

/// The batches that were let in or thrown away. Their marks are listed: to ask for one takes a right to all that is marked,
/// and two calls for each batch.
async fn decided(deps: &Deps) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for discard in [false, true] {
        let prefix = keys::decisions(discard);
        let marks = deps.lake.store().list(&prefix).await?;
        let ids = marks.iter().filter_map(|mark| mark.key.strip_prefix(&prefix)?.strip_suffix(".json"));
        found.extend(ids.map(str::to_owned));
    }
    Ok(found)
}

/// One message for all of them; none of none. However many there are, it has a length that can be sent.
pub(crate) fn alert(batches: &[JudgedBatch], deps: &Deps) -> Option<Alert> {
    let first = batches.first()?;
    let listed = &batches[..batches.len().min(MAX_LISTED)];
    let lake = deps.location();
    let rows = |batch: &JudgedBatch| batch.cleaned.rows + batch.cleaned.quarantined;
    let (mut lines, mut releases, mut discards) = (String::new(), String::new(), String::new());
    for batch in listed {
        let (id, date) = (&batch.cleaned.batch.batch_id, &batch.cleaned.batch.event_date);
        // Writing to a string cannot fail.
        let _ = writeln!(lines, "  {date}  batch {id}, {} rows", rows(batch));
        for result in batch.results.iter().filter(|result| result.outcome == Outcome::Block) {
            let _ = writeln!(lines, "    {}", finding(result));
        }
        for file in batch.cleaned.files.iter().take(1) {
            let _ = writeln!(lines, "    rows: {}", deps.lake.store().location(file));
        }
        for source in batch.cleaned.batch.sources.iter().take(3) {
            let (read, rejected) = (source.rows_in, source.rejected);
            let _ = writeln!(lines, "    from: {} ({read} rows, {rejected} refused)", source.object);
        }
        let _ = writeln!(releases, "  estrella release {id} --lake {lake}");
        let _ = writeln!(discards, "  estrella discard {id} --lake {lake}");
    }
    if batches.len() > listed.len() {
        let more = batches.len() - listed.len();
        let _ = writeln!(lines, "  and {more} more, which estrella release lists");
    }
    let total: u64 = batches.iter().map(rows).sum();
    let details = serde_json::json!({
        "version": 1,
        "kind": "blocked",
        "count": batches.len(),
        "rows": total,
        "batches": listed.iter().map(json).collect::<Vec<_>>(),
    });
    Some(Alert {
        severity: Severity::Critical,
        subject: format!("Estrella holds back {total} rows of {}", first.cleaned.batch.event_date),
        body: format!(
            "What: the quality gate holds batches back. Their rows are kept, nobody can read them; all others are \
             loaded.\nSince: the load that came just before this message.\nHow much: {total} rows\nHeld back:\n{lines}\
             To do: look at the rows. If they are right, release them:\n{releases}\
             If they are wrong, discard them, and have the sender drop a mended file:\n{discards}",
        ),
        details: Some(details.to_string()),
    })
}

fn json(batch: &JudgedBatch) -> serde_json::Value {
    let blocking = batch.results.iter().filter(|result| result.outcome == Outcome::Block);
    serde_json::json!({
        "batch_id": batch.cleaned.batch.batch_id,
        "event_date": batch.cleaned.batch.event_date,
        "rows": batch.cleaned.rows + batch.cleaned.quarantined,
        "checks": blocking.collect::<Vec<_>>(),
    })
}

/// What a check has found, for people.
fn finding(result: &CheckResult) -> String {
    let column = result.column.as_deref().unwrap_or("all rows");
    let observed = result.observed.map_or("unknown".to_owned(), |observed| observed.to_string());
    let rule = result.rule_id.as_ref().map(|id| format!(" (rule {id})")).unwrap_or_default();
    format!("{} of {column} is {observed}, expected {}{rule}", result.name, result.expected)
}
