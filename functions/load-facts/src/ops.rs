//! What the pipeline says about a run: verdicts, profiles, and one row for the run itself, which comes last.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use estrella_contracts::{JudgedBatch, JudgedRun};
use estrella_core::event::parse_date;
use estrella_core::profile::{Profile, metrics};
use estrella_core::schema::{PROFILES, QUALITY_RESULTS, RUNS, TableSchema, arrow_schema};
use estrella_lake::data::DataFileWriter;
use estrella_lake::{Commit, Error, ErrorKind, Operation, Result};
use estrella_runtime::Deps;

pub(crate) async fn commit(run: &JudgedRun, deps: &Deps) -> Result<()> {
    if !run.batches.is_empty() {
        append(&QUALITY_RESULTS, quality_results(run), run, deps).await?;
        let profiles = profiles(run, deps).await?;
        append(&PROFILES, profiles, run, deps).await?;
    }
    append(&RUNS, runs(run, deps), run, deps).await
}

async fn append(
    table: &'static TableSchema,
    columns: Vec<ArrayRef>,
    run: &JudgedRun,
    deps: &Deps,
) -> Result<()> {
    let key = format!("{}/{}/data/{}.parquet", table.namespace, table.name, run.plan.run_id);
    let file = match crate::new_file(&key, None, deps).await {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let batch = RecordBatch::try_new(arrow_schema(table), columns)
                .map_err(|e| Error::bug("build rows").at(table.full_name()).because(e))?;
            let mut writer = DataFileWriter::create(table, &deps.scratch)?;
            writer.write(&batch)?;
            writer.finish()?.install(deps.lake.store(), &key, None).await?
        }
        written => written?,
    };
    let commit = Commit {
        key: run.plan.run_id.clone(),
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

fn quality_results(run: &JudgedRun) -> Vec<ArrayRef> {
    let rows: Vec<_> = run
        .batches
        .iter()
        .flat_map(|batch| batch.results.iter().map(move |result| (batch, result)))
        .collect();
    vec![
        text(rows.iter().map(|_| &run.plan.run_id)),
        text(rows.iter().map(|(batch, _)| &batch.cleaned.batch.batch_id)),
        Arc::new(Date32Array::from_iter_values(rows.iter().map(|(batch, _)| date(batch)))),
        text(rows.iter().map(|(_, result)| &result.name)),
        Arc::new(StringArray::from_iter(rows.iter().map(|(_, result)| result.column.as_ref()))),
        text(rows.iter().map(|(_, result)| result.outcome.as_str())),
        Arc::new(Float64Array::from_iter_values(rows.iter().map(|(_, result)| result.observed))),
        text(rows.iter().map(|(_, result)| &result.expected)),
    ]
}

async fn profiles(run: &JudgedRun, deps: &Deps) -> Result<Vec<ArrayRef>> {
    let mut rows = Vec::new();
    for batch in run.batches.iter().filter(|batch| !batch.is_blocked()) {
        let key = &batch.cleaned.profile_key;
        // A run that was cut short at its very end may have cleared the profile after its rows were committed.
        let profile = match deps.lake.store().get(key).await {
            Ok(bytes) => serde_json::from_slice::<Profile>(&bytes)
                .map_err(|e| Error::invalid("profile cannot be read").at(key).because(e))?,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        rows.extend(metrics(&profile).into_iter().map(|metric| (batch, metric)));
    }
    Ok(vec![
        text(rows.iter().map(|_| &run.plan.run_id)),
        text(rows.iter().map(|(batch, _)| &batch.cleaned.batch.batch_id)),
        Arc::new(Date32Array::from_iter_values(rows.iter().map(|(batch, _)| date(batch)))),
        Arc::new(StringArray::from_iter(rows.iter().map(|(_, metric)| metric.column))),
        text(rows.iter().map(|(_, metric)| metric.name)),
        Arc::new(StringArray::from_iter(rows.iter().map(|(_, metric)| metric.segment.as_ref()))),
        Arc::new(Float64Array::from_iter_values(rows.iter().map(|(_, metric)| metric.value))),
    ])
}

fn runs(run: &JudgedRun, deps: &Deps) -> Vec<ArrayRef> {
    let totals = run.totals();
    let micros = |ms: i64| -> ArrayRef {
        Arc::new(TimestampMicrosecondArray::from(vec![ms * 1000]).with_timezone("UTC"))
    };
    let count = |value: u64| -> ArrayRef { Arc::new(Int64Array::from(vec![value as i64])) };
    vec![
        text([&totals.run_id]),
        micros(run.plan.planned_at_ms),
        micros(deps.lake.clock().now_ms()),
        text([if totals.blocked_dates.is_empty() { "done" } else { "blocked" }]),
        count(run.plan.receipt_ids.len() as u64),
        count(run.batches.len() as u64),
        count(totals.rows_in),
        count(totals.facts),
        count(totals.duplicates),
        count(totals.rejected),
        count(totals.blocked),
    ]
}
