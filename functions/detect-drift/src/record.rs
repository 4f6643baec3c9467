//! Verdicts as rows of `ops.drift_results`.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use estrella_core::event::{MICROS_PER_HOUR, date_of};
use estrella_core::schema::{DRIFT_RESULTS, arrow_schema};
use estrella_drift::{HourVerdict, MonitorResult};
use estrella_lake::data::DataFileWriter;
use estrella_lake::{Commit, Error, Operation, Result};
use estrella_runtime::Deps;
use xxhash_rust::xxh3::xxh3_128;

use crate::states::Delivery;

/// Names a look that builds on the `number`-th state.
pub(crate) fn id(number: u64, hours: &[i64]) -> String {
    format!("{:032x}", xxh3_128(format!("{number} {hours:?}").as_bytes()))
}

/// Appends the verdicts of a look, once.
pub(crate) async fn commit(delivery: &Delivery, deps: &Deps) -> Result<()> {
    let results = |verdict: &'_ HourVerdict| verdict.results.len();
    if delivery.verdicts.iter().map(results).sum::<usize>() == 0 {
        return Ok(());
    }
    let batch = RecordBatch::try_new(arrow_schema(&DRIFT_RESULTS), columns(delivery)?)
        .map_err(|e| Error::bug("build rows").at(DRIFT_RESULTS.full_name()).because(e))?;
    let mut writer = DataFileWriter::create(&DRIFT_RESULTS, &deps.scratch)?;
    writer.write(&batch)?;
    let key = format!("ops/drift_results/data/{}.parquet", delivery.id);
    let file = writer.finish()?.install(deps.lake.store(), &key, None).await?;
    let commit = Commit {
        key: delivery.id.clone(),
        operation: Operation::Append(vec![file]),
        base: None,
        properties: BTreeMap::new(),
    };
    deps.lake.commit(&DRIFT_RESULTS, commit).await?;
    Ok(())
}

fn columns(delivery: &Delivery) -> Result<Vec<ArrayRef>> {
    let rows: Vec<(&HourVerdict, &MonitorResult)> = delivery
        .verdicts
        .iter()
        .flat_map(|verdict| verdict.results.iter().map(move |r| (verdict, r)))
        .collect();
    let text = |value: fn(&MonitorResult) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(rows.iter().map(|(_, result)| value(result))))
    };
    let number = |value: fn(&MonitorResult) -> f64| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(rows.iter().map(|(_, result)| value(result))))
    };
    let times = |micros: Vec<i64>| -> ArrayRef {
        Arc::new(TimestampMicrosecondArray::from(micros).with_timezone("UTC"))
    };
    let begins: Vec<i64> = rows.iter().map(|(verdict, _)| verdict.hour * MICROS_PER_HOUR).collect();
    let mut contributors = Vec::with_capacity(rows.len());
    for (_, result) in &rows {
        let text = serde_json::to_string(&result.contributors);
        contributors.push(text.map_err(|e| Error::bug("write contributors").because(e))?);
    }
    Ok(vec![
        Arc::new(StringArray::from_iter_values(rows.iter().map(|_| &delivery.id))),
        times(vec![delivery.judged_at_ms * 1000; rows.len()]),
        Arc::new(Date32Array::from_iter_values(begins.iter().map(|begin| date_of(*begin)))),
        times(begins),
        text(|result| &result.monitor),
        text(|result| &result.column),
        Arc::new(StringArray::from_iter(rows.iter().map(|(_, result)| result.segment.as_ref()))),
        text(|result| &result.test),
        text(|result| result.outcome.as_str()),
        number(|result| result.statistic),
        number(|result| result.p_value),
        number(|result| result.p_adjusted),
        number(|result| result.effect),
        number(|result| result.effect_floor),
        number(|result| result.observed),
        number(|result| result.expected),
        text(|result| &result.unit),
        Arc::new(StringArray::from_iter_values(rows.iter().map(|(verdict, _)| verdict.season.as_str()))),
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|(v, _)| v.reference_hours.len() as i64))),
        Arc::new(StringArray::from(contributors)),
    ])
}
