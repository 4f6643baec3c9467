//! The comparisons as rows of `ops.drift_results`.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray};
use estrella_contracts::{BatchDrift, DriftReport, DriftResult};
use estrella_core::event::parse_date;
use estrella_core::schema::{DRIFT_RESULTS, arrow_schema};
use estrella_lake::data::DataFileWriter;
use estrella_lake::{Commit, Error, Operation, Result};
use estrella_runtime::Deps;

/// Appends the rows, once per run.
pub(crate) async fn commit(report: &DriftReport, deps: &Deps) -> Result<()> {
    let rows: Vec<(&BatchDrift, &DriftResult)> =
        report.batches.iter().flat_map(|batch| batch.results.iter().map(move |r| (batch, r))).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let batch = RecordBatch::try_new(arrow_schema(&DRIFT_RESULTS), columns(&report.run_id, &rows))
        .map_err(|e| Error::bug("build rows").at(DRIFT_RESULTS.full_name()).because(e))?;
    let mut writer = DataFileWriter::create(&DRIFT_RESULTS, &deps.scratch)?;
    writer.write(&batch)?;
    let key = format!("ops/drift_results/data/{}.parquet", report.run_id);
    let file = writer.finish()?.install(deps.lake.store(), &key, None).await?;
    let commit = Commit {
        key: report.run_id.clone(),
        operation: Operation::Append(vec![file]),
        base: None,
        properties: BTreeMap::new(),
    };
    deps.lake.commit(&DRIFT_RESULTS, commit).await?;
    Ok(())
}

fn columns(run_id: &str, rows: &[(&BatchDrift, &DriftResult)]) -> Vec<ArrayRef> {
    let text = |value: fn(&BatchDrift, &DriftResult) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(rows.iter().map(|(batch, result)| value(batch, result))))
    };
    let number = |value: fn(&DriftResult) -> f64| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(rows.iter().map(|(_, result)| value(result))))
    };
    let date = |batch: &BatchDrift| parse_date(&batch.event_date).unwrap_or_default();
    vec![
        Arc::new(StringArray::from_iter_values(rows.iter().map(|_| run_id))),
        text(|batch, _| batch.batch_id.clone()),
        Arc::new(Date32Array::from_iter_values(rows.iter().map(|(batch, _)| date(batch)))),
        text(|_, result| result.column.clone()),
        text(|_, result| result.test.clone()),
        text(|_, result| result.outcome.as_str().to_owned()),
        number(|result| result.statistic),
        number(|result| result.limit),
        number(|result| result.observed),
        number(|result| result.expected),
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|(_, r)| r.reference_days as i64))),
    ]
}
