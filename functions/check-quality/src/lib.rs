//! Check-quality: the verdict on a cleaned batch, before anyone can read it.
//!
//! Rules are asked of the batch's files as they were written, of the facts that will be made of them, and of the objects
//! that they came in. Rows that break a rule whose action is to set them aside are taken out of the files. What must
//! hold whatever the rules say is measured again from the files in the end, not taken from those who wrote them.

mod context;
mod history;
mod ids;
mod outcomes;
mod pass;
mod quarantine;
mod raw;
mod references;
mod sql;
mod stage;
mod table;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use estrella_contracts::{CheckResult, CleanedBatch, JudgedBatch};
use estrella_core::checks::{Measures, decide, judge};
use estrella_core::event::{MICROS_PER_HOUR, parse_date};
use estrella_core::profile::Profile;
use estrella_core::schema::CLEAN_EVENTS;
use estrella_lake::data::ParquetFile;
use estrella_lake::{Error, Result};
use estrella_runtime::Deps;
use parquet::file::statistics::Statistics;

pub use outcomes::Asked;
pub use stage::stage;
pub use table::TableRules;

use pass::Pass;

/// Judges a batch.
///
/// # Errors
/// `InvalidInput` if the batch's files or the lake's rules cannot be read, `Conflict` if a file is gone: plan again. Else
/// those of the store. A bad batch is no error.
pub async fn handle(cleaned: CleanedBatch, deps: &Deps) -> Result<JudgedBatch> {
    // A file of a run that died long ago: maintenance took it for an orphan after this run had found it.
    judged(cleaned, deps).await.map_err(Error::absent_is_conflict)
}

async fn judged(cleaned: CleanedBatch, deps: &Deps) -> Result<JudgedBatch> {
    let date = parse_date(&cleaned.batch.event_date)
        .ok_or_else(|| Error::invalid("batch has no calendar date").at(&cleaned.batch.event_date))?;
    let files = open(&cleaned.files, deps).await?;
    let last_hour = event_times(&files)?.map_or(i64::from(date) * 24, |(_, last)| last / MICROS_PER_HOUR);

    let asked = Pass::ask(&cleaned.batch, &files, date, last_hour, deps).await?;
    let (mut cleaned, mut files) = (cleaned, files);
    if let Some(broken) = asked.broken(&files, date).await? {
        cleaned = quarantine::set_aside(&cleaned, &files, &broken, date, deps).await?;
        files = open(&cleaned.files, deps).await?;
    }
    let mut results = built_in(&cleaned, &files, date, deps).await?;
    let (mut of_rules, metrics) = asked.into_results();
    results.append(&mut of_rules);
    Ok(JudgedBatch { cleaned, decision: decide(&results), results, metrics })
}

/// What rules measured, by name.
pub type RuleMetrics = BTreeMap<String, f64>;

async fn open(keys: &[String], deps: &Deps) -> Result<Vec<ParquetFile>> {
    let mut files = Vec::with_capacity(keys.len());
    for key in keys {
        files.push(ParquetFile::open(deps.lake.store(), key).await?);
    }
    Ok(files)
}

async fn built_in(
    cleaned: &CleanedBatch,
    files: &[ParquetFile],
    date: i32,
    deps: &Deps,
) -> Result<Vec<CheckResult>> {
    let profile = deps.lake.store().get(&cleaned.profile_key).await?;
    let profile: Profile = serde_json::from_slice(&profile)
        .map_err(|e| Error::invalid("profile cannot be read").at(&cleaned.profile_key).because(e))?;
    Ok(judge(&Measures {
        date,
        rows_in: cleaned.batch.rows_in(),
        rows: files.iter().map(|file| file.metadata().file_metadata().num_rows().unsigned_abs()).sum(),
        duplicates: cleaned.duplicates,
        quarantined: cleaned.quarantined,
        required_nulls: required_nulls(files)?,
        event_times: event_times(files)?,
        repeated_ids: ids::repeated(files).await?,
        profile,
    }))
}

/// Nulls of each required column, by the footers' statistics. A chunk without them counts as all null, unless its
/// column is one that cannot hold nulls.
fn required_nulls(files: &[ParquetFile]) -> Result<Vec<(&'static str, u64)>> {
    let mut found = Vec::new();
    for column in CLEAN_EVENTS.columns.iter().filter(|column| column.required) {
        let mut nulls = 0;
        for file in files {
            let at = file.column(column.name)?;
            for group in 0..file.groups() {
                let chunk = file.metadata().row_group(group).column(at);
                if chunk.column_descr().max_def_level() > 0 {
                    let counted = chunk.statistics().and_then(Statistics::null_count_opt);
                    nulls += counted.unwrap_or(file.group_rows(group));
                }
            }
        }
        found.push((column.name, nulls));
    }
    Ok(found)
}

fn event_times(files: &[ParquetFile]) -> Result<Option<(i64, i64)>> {
    let mut found: Option<(i64, i64)> = None;
    for file in files {
        let column = file.column("event_time")?;
        for group in 0..file.groups() {
            let (least, greatest) = file
                .long_bounds(group, column)
                .ok_or_else(|| Error::invalid("event_time has no statistics").at(file.key()))?;
            found = Some(found.map_or((least, greatest), |(l, g)| (l.min(least), g.max(greatest))));
        }
    }
    Ok(found)
}
