//! Check-quality: the verdict on a cleaned batch, before anyone can read it.
//!
//! What the checks look at is measured again from the files as they were written, not taken from those who
//! wrote them.

mod ids;
mod stage;

use estrella_contracts::{CleanedBatch, JudgedBatch};
use estrella_core::checks::{Measures, judge};
use estrella_core::event::parse_date;
use estrella_core::profile::Profile;
use estrella_core::schema::CLEAN_EVENTS;
use estrella_lake::data::ParquetFile;
use estrella_lake::{Error, Result};
use estrella_runtime::Deps;
use parquet::file::statistics::Statistics;

pub use stage::stage;

/// Judges a batch.
///
/// # Errors
/// `InvalidInput` if the batch's files cannot be read. Else those of the store. A bad batch is no error.
pub async fn handle(cleaned: CleanedBatch, deps: &Deps) -> Result<JudgedBatch> {
    let batch = &cleaned.batch;
    let date = parse_date(&batch.event_date)
        .ok_or_else(|| Error::invalid("batch has no calendar date").at(&batch.event_date))?;
    let profile = deps.lake.store().get(&cleaned.profile_key).await?;
    let profile: Profile = serde_json::from_slice(&profile)
        .map_err(|e| Error::invalid("profile cannot be read").at(&cleaned.profile_key).because(e))?;

    let mut files = Vec::with_capacity(cleaned.files.len());
    for key in &cleaned.files {
        files.push(ParquetFile::open(deps.lake.store(), key).await?);
    }
    let measures = Measures {
        date,
        rows_in: batch.rows_in(),
        rows: files.iter().map(|file| file.metadata().file_metadata().num_rows().unsigned_abs()).sum(),
        duplicates: cleaned.duplicates,
        source_rows: batch.source_rows,
        source_rejected: batch.source_rejected,
        required_nulls: required_nulls(&files)?,
        event_times: event_times(&files)?,
        repeated_ids: ids::repeated(&files).await?,
        profile,
    };
    let (decision, results) = judge(&measures, &deps.config.thresholds);
    Ok(JudgedBatch { cleaned, decision, results })
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
