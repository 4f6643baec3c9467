//! What the pipeline says about a run: verdicts, profiles, and one row for the run itself, which comes last.

mod profiles;
mod results;

pub use results::{Checked, note_results};

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use estrella_contracts::{JudgedBatch, JudgedRun};
use estrella_core::event::parse_date;
use estrella_core::schema::{PROFILE_HOURS, PROFILES, RUNS, TableSchema, arrow_schema};
use estrella_lake::data::DataFileWriter;
use estrella_lake::{Commit, Error, ErrorKind, Operation, Result};
use estrella_runtime::Deps;

/// Rows of a row group of `ops.profile_hours`: a day. Profiles are large, and whoever compares hours wants a few of many.
pub const PROFILES_PER_GROUP: usize = 24;

pub(crate) async fn commit(run: &JudgedRun, deps: &Deps) -> Result<()> {
    if !run.batches.is_empty() {
        let results = run.batches.iter().flat_map(|batch| {
            let of = move |result| Checked { of: &batch.cleaned.batch.batch_id, date: date(batch), result };
            batch.results.iter().map(of)
        });
        let id = &run.plan.run_id;
        note_results(id, run.plan.planned_at_ms, &results.collect::<Vec<_>>(), deps).await?;
        let measured = profiles::Measured::read(run, deps).await?;
        append(&PROFILES, measured.metrics(), &run.plan.run_id, deps).await?;
        append(&PROFILE_HOURS, measured.hours(), &run.plan.run_id, deps).await?;
    }
    append(&RUNS, runs(run, deps), &run.plan.run_id, deps).await
}

async fn append(table: &'static TableSchema, columns: Vec<ArrayRef>, id: &str, deps: &Deps) -> Result<()> {
    let key = format!("{}/{}/data/{id}.parquet", table.namespace, table.name);
    let file = match crate::new_file(&key, None, deps).await {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let batch = RecordBatch::try_new(arrow_schema(table), columns)
                .map_err(|e| Error::bug("build rows").at(table.full_name()).because(e))?;
            let mut writer = DataFileWriter::create(table, &deps.scratch)?;
            let all = batch.num_rows();
            let rows = if table.name == PROFILE_HOURS.name { PROFILES_PER_GROUP } else { all };
            for start in (0..all.max(1)).step_by(rows.max(1)) {
                writer.write(&batch.slice(start, rows.min(all - start)))?;
            }
            writer.finish()?.install(deps.lake.store(), &key, None).await?
        }
        written => written?,
    };
    let commit = Commit {
        key: id.to_owned(),
        operation: Operation::Append(vec![file]),
        base: None,
        properties: BTreeMap::new(),
    };
    deps.lake.commit(table, commit).await?;
    Ok(())
}

/// The date of a batch; batches without one do not get this far.
fn date(batch: &JudgedBatch) -> i32 {
    parse_date(&batch.cleaned.batch.event_date).unwrap_or_default()
}

fn text<T: AsRef<str>>(values: impl IntoIterator<Item = T>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

fn runs(run: &JudgedRun, deps: &Deps) -> Vec<ArrayRef> {
    let totals = run.totals();
    let micros = |ms: i64| -> ArrayRef {
        Arc::new(TimestampMicrosecondArray::from(vec![ms * 1000]).with_timezone("UTC"))
    };
    let decided = run.decided.as_ref();
    let status = match decided {
        Some(decided) if decided.discard => "discarded",
        Some(_) => "released",
        None if totals.blocked_dates.is_empty() => "done",
        None => "blocked",
    };
    let count = |value: u64| -> ArrayRef { Arc::new(Int64Array::from(vec![value as i64])) };
    vec![
        text([&totals.run_id]),
        micros(run.plan.planned_at_ms),
        micros(deps.lake.clock().now_ms()),
        text([status]),
        count(run.plan.receipt_ids.len() as u64),
        count(run.batches.len() as u64),
        count(totals.rows_in),
        count(totals.facts),
        count(totals.duplicates),
        count(totals.rejected),
        count(totals.quarantined),
        count(totals.blocked),
        count(totals.discarded),
        Arc::new(StringArray::from(vec![decided.map(|decided| decided.by.as_str())])),
        Arc::new(StringArray::from(vec![decided.and_then(|decided| decided.note.as_deref())])),
    ]
}
