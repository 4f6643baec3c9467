//! The objects of a batch as rows, for the rules of `raw`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use estrella_contracts::{Batch, Source};
use estrella_lake::{Error, Result};

/// One row per object. Its figures are of the whole object; sizes in bytes, shares from 0 to 1.
pub(crate) fn objects(batch: &Batch) -> Result<RecordBatch> {
    let sources = &batch.sources;
    let text = |value: fn(&Source) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(sources.iter().map(value)))
    };
    let count = |value: fn(&Source) -> u64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(sources.iter().map(|source| value(source) as i64)))
    };
    let reject_share = |source: &Source| match source.rows_in {
        0 => 0.0,
        rows => source.rejected as f64 / rows as f64,
    };
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
    ])
    .map_err(|e| Error::bug("build rows of objects").because(e))
}
