//! Clean: one batch without the rows that are in the table already, as data files of `clean.events`.
//!
//! Nothing becomes visible here. Duplicates are of the same second, so only row groups whose time ranges meet in one
//! are compared, and only the rows within the common range. A landed file without duplicates becomes a data file as
//! it is, by a copy inside the store; of the others, row groups without duplicates are copied as bytes, and the rest
//! are decoded, filtered and encoded again.

mod contested;
mod duplicates;
mod groups;
mod output;
mod stage;

use bytes::Bytes;
use estrella_contracts::{Batch, CleanedBatch, keys};
use estrella_core::event::parse_date;
use estrella_core::schema::CLEAN_EVENTS;
use estrella_lake::{Error, ErrorKind, Result, Table};
use estrella_runtime::Deps;

use duplicates::Duplicates;
use groups::{Group, is_whole_and_sorted, landed_groups, table_groups};
use output::Output;

pub use stage::stage;

/// Cleans a batch against the rows of the table at `base_snapshot_id`. It may be compacted since.
///
/// # Errors
/// `Conflict` if the table has moved on: plan again. Else those of the stores.
pub async fn handle(batch: &Batch, base_snapshot_id: Option<i64>, deps: &Deps) -> Result<CleanedBatch> {
    match cleaned(batch, base_snapshot_id, deps).await {
        // Others may have loaded these rows meanwhile, and cleared away what was landed of them.
        Err(error) if error.kind() == ErrorKind::NotFound => {
            on_base(batch, base_snapshot_id, deps).await?;
            Err(error)
        }
        cleaned => cleaned,
    }
}

/// The table, if it holds the rows that it held at the base.
async fn on_base(batch: &Batch, base_snapshot_id: Option<i64>, deps: &Deps) -> Result<Table> {
    let table = deps.lake.table(&CLEAN_EVENTS).await?;
    let newer = table.ancestors_after(base_snapshot_id);
    if newer.is_none_or(|newer| newer.iter().any(|snapshot| snapshot.operation != "replace")) {
        return Err(Error::conflict("clean.events has moved on since the plan").at(&batch.event_date));
    }
    Ok(table)
}

async fn cleaned(batch: &Batch, base_snapshot_id: Option<i64>, deps: &Deps) -> Result<CleanedBatch> {
    let date = parse_date(&batch.event_date)
        .ok_or_else(|| Error::invalid("batch has no calendar date").at(&batch.event_date))?;
    let table = on_base(batch, base_snapshot_id, deps).await?;
    let landed = landed_groups(batch, deps).await?;
    let existing = table_groups(&table, date, &landed, deps).await?;
    let mut duplicates = Duplicates::find(&landed, &existing).await?;

    // The content depends on what the table held, so the names do too.
    let base = base_snapshot_id.map_or_else(|| "0".to_owned(), |id| format!("{id:x}"));
    let prefix = format!("clean/events/data/event_date={}/{}-{base}", batch.event_date, batch.batch_id);
    let mut output = Output::new(date, prefix, deps);
    let is_only = landed.iter().all(|group| group.file.key() == landed[0].file.key());
    for groups in landed.chunk_by(|a, b| a.file.key() == b.file.key()) {
        let mut keeps = Vec::with_capacity(groups.len());
        for group in groups {
            keeps.push(duplicates.keep(group).await?);
        }
        if is_whole_and_sorted(groups)
            && keeps.iter().all(Option::is_none)
            && (is_only || is_large(groups, deps))
        {
            output.copy_file(groups).await?;
            continue;
        }
        for (group, keep) in groups.iter().zip(keeps) {
            output.add(group, keep).await?;
        }
    }
    let written = output.finish().await?;
    let duplicates = batch.rows_in().checked_sub(written.rows);
    let duplicates = duplicates.ok_or_else(|| {
        let what = format!("{} rows landed, and {} are kept", batch.rows_in(), written.rows);
        Error::bug(what).at(format!("{} of {}", batch.batch_id, batch.event_date))
    })?;

    let profile_key = keys::profile(&batch.batch_id, &base);
    let profile = serde_json::to_vec(&written.profile).map_err(|e| Error::bug("write profile").because(e))?;
    deps.lake.store().put_if_absent(&profile_key, Bytes::from(profile)).await?;
    Ok(CleanedBatch {
        batch: batch.clone(),
        files: written.files,
        rows: written.rows,
        duplicates,
        quarantined: 0,
        quarantine: None,
        profile_key,
    })
}

/// Whether a file is worth being a data file of its own. Smaller ones are put together.
fn is_large(groups: &[Group], deps: &Deps) -> bool {
    groups.iter().map(Group::rows).sum::<usize>() >= deps.config.limits.group_rows
}
