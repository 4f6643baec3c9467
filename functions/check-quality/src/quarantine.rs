//! Setting aside the rows of a batch that break a rule.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray};
use arrow::compute::{filter_record_batch, not};
use bytes::Bytes;
use estrella_contracts::{CleanedBatch, keys};
use estrella_core::landing::event_columns;
use estrella_core::profile::Profile;
use estrella_core::schema::{CLEAN_EVENTS, QUARANTINED_EVENTS, arrow_schema};
use estrella_lake::data::{DataFileWriter, ParquetFile};
use estrella_lake::{Error, Result};
use estrella_runtime::Deps;
use xxhash_rust::xxh3::Xxh3;

/// The rows of one row group that break a rule.
#[derive(Debug, Clone)]
pub(crate) struct Broken {
    /// Whether the row breaks any.
    pub(crate) rows: BooleanArray,
    /// Ids of the rules, for each row that breaks any, in their order.
    pub(crate) rules: Vec<String>,
}

/// Writes the batch's files anew without the rows that break a rule, and a file of these rows. `broken` has every row
/// group of every file, in order.
pub(crate) async fn set_aside(
    cleaned: &CleanedBatch,
    files: &[ParquetFile],
    broken: &[Vec<Option<Broken>>],
    date: i32,
    deps: &Deps,
) -> Result<CleanedBatch> {
    let store = deps.lake.store();
    let version = format!("{:016x}", version(broken));
    let mut next = CleanedBatch { files: Vec::new(), rows: 0, ..cleaned.clone() };
    let mut profile = Profile::default();
    let mut aside = DataFileWriter::create(&QUARANTINED_EVENTS, &deps.scratch)?;
    for (file, broken) in files.iter().zip(broken) {
        let is_touched = broken.iter().any(Option::is_some);
        let mut kept = DataFileWriter::create(&CLEAN_EVENTS, &deps.scratch)?;
        for (group, broken) in broken.iter().enumerate() {
            let mut rows = file.read_all(&CLEAN_EVENTS, group).await?;
            if let Some(broken) = broken {
                aside.write(&quarantined(&rows, broken, &cleaned.batch.batch_id)?)?;
                rows = filtered(&rows, &not(&broken.rows).map_err(|e| bug(file, e))?)?;
            }
            let columns = event_columns(&rows);
            let columns = columns.ok_or_else(|| Error::invalid("rows cannot be read").at(file.key()))?;
            profile.merge(&Profile::of(&columns));
            next.rows += rows.num_rows() as u64;
            if is_touched && rows.num_rows() > 0 {
                kept.write(&rows)?;
            }
        }
        if !is_touched {
            next.files.push(file.key().to_owned());
            continue;
        }
        if kept.rows() > 0 {
            let stem = file.key().strip_suffix(".parquet").unwrap_or(file.key());
            let key = format!("{stem}-{version}.parquet");
            kept.finish()?.install(store, &key, Some(date)).await?;
            next.files.push(key);
        }
    }
    let stem = keys::id_of(&cleaned.profile_key).unwrap_or(&cleaned.batch.batch_id);
    next.quarantined = aside.rows();
    let key = keys::quarantine(&format!("{stem}-{version}"));
    aside.finish()?.install(store, &key, None).await?;
    next.quarantine = Some(key);
    next.profile_key = keys::profile(stem, &version);
    let profile = serde_json::to_vec(&profile).map_err(|e| Error::bug("write profile").because(e))?;
    store.put_if_absent(&next.profile_key, Bytes::from(profile)).await?;
    Ok(next)
}

/// Tells which rows go for which rules. Rules may have changed between two attempts, or ask what time it is: files of
/// other content have other names.
fn version(broken: &[Vec<Option<Broken>>]) -> u64 {
    let mut hash = Xxh3::new();
    for (file, groups) in broken.iter().enumerate() {
        for (group, broken) in groups.iter().enumerate() {
            let Some(broken) = broken else { continue };
            let rows = (0..broken.rows.len()).filter(|row| broken.rows.value(*row));
            for (row, rules) in rows.zip(&broken.rules) {
                hash.update(format!("{file} {group} {row} {rules}\n").as_bytes());
            }
        }
    }
    hash.digest()
}

fn quarantined(rows: &RecordBatch, broken: &Broken, batch_id: &str) -> Result<RecordBatch> {
    let rows = filtered(rows, &broken.rows)?;
    let mut columns = rows.columns().to_vec();
    columns.push(Arc::new(StringArray::from_iter_values(&broken.rules)) as ArrayRef);
    columns.push(Arc::new(StringArray::from_iter_values((0..rows.num_rows()).map(|_| batch_id))));
    RecordBatch::try_new(arrow_schema(&QUARANTINED_EVENTS), columns)
        .map_err(|e| Error::bug("build rows to set aside").because(e))
}

fn filtered(rows: &RecordBatch, mask: &BooleanArray) -> Result<RecordBatch> {
    filter_record_batch(rows, mask).map_err(|e| Error::bug("filter rows").because(e))
}

fn bug(file: &ParquetFile, error: arrow::error::ArrowError) -> Error {
    Error::bug("filter rows").at(file.key()).because(error)
}
