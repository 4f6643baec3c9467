//! The objects of a batch as rows, for the rules of `raw`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use estrella_contracts::{Batch, Source};
use estrella_lake::{Error, Result};

/// One row per object. Its figures are of the whole object, `batch_reject_share` is of all of them together; sizes in
/// bytes, shares from 0 to 1.
pub(crate) fn objects(batch: &Batch) -> Result<RecordBatch> {
    let sources = &batch.sources;
    let text = |value: fn(&Source) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(sources.iter().map(value)))
    };
    let count = |value: fn(&Source) -> u64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(sources.iter().map(|source| value(source) as i64)))
    };
    let share = |part: u64, whole: u64| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
    let reject_share = |source: &Source| share(source.rejected, source.rows_in);
    RecordBatch::try_from_iter([
        ("object", text(|source| &source.object)),
        ("format", text(|source| &source.format)),
        ("size_bytes", count(|source| source.size_bytes)),
        ("rows_in", count(|source| source.rows_in)),
        ("duplicates", count(|source| source.duplicates)),
        ("rejected", count(|source| source.rejected)),
        (
            "reject_share",
            Arc::new(Float64Array::from_iter_values(sources.iter().map(reject_share))) as ArrayRef,
        ),
        ("unknown_columns", count(|source| source.unknown_columns.len() as u64)),
        (
            "batch_reject_share",
            Arc::new(Float64Array::from(vec![
                share(batch.source_rejected(), batch.source_rows());
                sources.len()
            ])),
        ),
    ])
    .map_err(|e| Error::bug("build rows of objects").because(e))
}
