//! Results of checks as rows of `ops.quality_results`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray};
use estrella_contracts::CheckResult;
use estrella_core::schema::QUALITY_RESULTS;
use estrella_lake::Result;
use estrella_runtime::Deps;

use super::{append, text};

/// A result, and what was checked.
#[derive(Debug, Clone, Copy)]
pub struct Checked<'r> {
    /// Batch, or dimension.
    pub of: &'r str,
    /// Days since the Unix epoch.
    pub date: i32,
    /// The result.
    pub result: &'r CheckResult,
}

/// Notes results, once for each `id` of a run. `at_ms` is when the run began, in milliseconds since the Unix epoch.
///
/// # Errors
/// Those of the stores.
pub async fn note_results(id: &str, at_ms: i64, rows: &[Checked<'_>], deps: &Deps) -> Result<()> {
    let result = || rows.iter().map(|row| row.result);
    let at = TimestampMicrosecondArray::from(vec![at_ms * 1000; rows.len()]).with_timezone("UTC");
    let columns: Vec<ArrayRef> = vec![
        text(rows.iter().map(|_| id)),
        text(rows.iter().map(|row| row.of)),
        Arc::new(Date32Array::from_iter_values(rows.iter().map(|row| row.date))),
        Arc::new(at),
        text(result().map(|result| &result.name)),
        Arc::new(StringArray::from_iter(result().map(|result| result.column.as_ref()))),
        text(result().map(|result| result.outcome.as_str())),
        Arc::new(Float64Array::from_iter(result().map(|result| result.observed))),
        text(result().map(|result| &result.expected)),
        Arc::new(StringArray::from_iter(result().map(|result| result.rule_id.as_ref()))),
        Arc::new(StringArray::from_iter(result().map(|result| result.rule.as_ref()))),
        Arc::new(Int64Array::from_iter(result().map(|result| result.failing_rows.map(|rows| rows as i64)))),
    ];
    append(&QUALITY_RESULTS, columns, id, deps).await
}
