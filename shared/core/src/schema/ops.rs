//! What the pipeline says about itself.

use super::ColumnType::{Date, Double, Long, String, Timestamptz};
use super::{TableSchema, optional, required};

/// One row per run that changed something.
pub const RUNS: TableSchema = TableSchema {
    namespace: "ops",
    name: "runs",
    doc: "One row per run that applied something; rows_in = facts + duplicates + rejected + blocked",
    columns: &[
        required(
            "run_id",
            String,
            "Hash of the objects that the run applied and of the snapshot of clean.events it built on",
        ),
        required("started_at", Timestamptz, "When the run began, UTC"),
        required("finished_at", Timestamptz, "When the run ended, UTC"),
        required("status", String, "done, or blocked if a batch was held back"),
        required("objects", Long, "Number of objects with rows in this run"),
        required("batches", Long, "Number of batches, one per event_date"),
        required("rows_in", Long, "Rows read from the objects"),
        required("facts", Long, "Rows added to fact_user_events"),
        required("duplicates", Long, "Exact duplicates, in the batch or of rows already loaded"),
        required("rejected", Long, "Rows added to rejected_events"),
        required("blocked", Long, "Rows held back by the quality gate"),
    ],
    key: &["run_id"],
    partition: None,
    sort: &["started_at"],
};

/// One row per batch and check.
pub const QUALITY_RESULTS: TableSchema = TableSchema {
    namespace: "ops",
    name: "quality_results",
    doc: "The outcome of every quality check on every batch",
    columns: &[
        required("run_id", String, "Run; key of ops.runs"),
        required("batch_id", String, "Batch the check looked at"),
        required("event_date", Date, "Date of the batch's events"),
        required("check_name", String, "Name of the check"),
        optional("column_name", String, "Column, if the check is about one"),
        required("outcome", String, "pass, warn or block"),
        required("observed", Double, "What was measured"),
        required("expected", String, "What passes"),
    ],
    key: &["batch_id", "check_name", "column_name"],
    partition: None,
    sort: &["event_date"],
};

/// One row per batch and measure.
pub const PROFILES: TableSchema = TableSchema {
    namespace: "ops",
    name: "profiles",
    doc: "Measures of every accepted batch, one row each",
    columns: &[
        required("run_id", String, "Run; key of ops.runs"),
        required("batch_id", String, "Batch that was measured"),
        required("event_date", Date, "Date of the batch's events"),
        optional("column_name", String, "Column, if the measure is about one"),
        required("metric", String, "Name of the measure"),
        optional("segment", String, "Value the measure is broken down by: an event type or an hour 0-23"),
        required("value", Double, "The measure; counts in rows, prices in the shop's currency"),
    ],
    key: &["batch_id", "column_name", "metric", "segment"],
    partition: None,
    sort: &["event_date"],
};

/// One row per batch and comparison.
pub const DRIFT_RESULTS: TableSchema = TableSchema {
    namespace: "ops",
    name: "drift_results",
    doc: "How every accepted batch compares with the days before it",
    columns: &[
        required("run_id", String, "Run; key of ops.runs"),
        required("batch_id", String, "Batch that was compared"),
        required("event_date", Date, "Date of the batch's events"),
        required("column_name", String, "Column that was compared"),
        required("test", String, "psi (population stability index) or robust_z (robust standard deviations)"),
        required("outcome", String, "learning, ok or drift"),
        required("statistic", Double, "The test's statistic"),
        required("limit_value", Double, "From where on the statistic counts as drift"),
        required("observed", Double, "What was measured; prices in the shop's currency, shares from 0 to 1"),
        required("expected", Double, "What is usual, in the same unit"),
        required("reference_days", Long, "Number of days that it was compared with"),
    ],
    key: &["batch_id", "column_name", "test"],
    partition: None,
    sort: &["event_date"],
};
