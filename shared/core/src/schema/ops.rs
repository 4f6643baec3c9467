//! What the pipeline says about itself.

use super::ColumnType::{Date, Double, Long, String, Timestamptz};
use super::{TableSchema, optional, required};

/// One row per run that changed something.
pub const RUNS: TableSchema = TableSchema {
    namespace: "ops",
    name: "runs",
    doc: "One row per run that applied something; rows_in = facts + duplicates + rejected + quarantined + blocked + discarded",
    columns: &[
        required(
            "run_id",
            String,
            "Hash of the objects that the run applied, of the snapshot of clean.events it built on and of the hour",
        ),
        required("started_at", Timestamptz, "When the run began, UTC"),
        required("finished_at", Timestamptz, "When the run ended, UTC"),
        required(
            "status",
            String,
            "done, blocked if a batch was held back; released or discarded by a human's decision",
        ),
        required("objects", Long, "Number of objects with rows in this run"),
        required("batches", Long, "Number of batches, one per event_date"),
        required("rows_in", Long, "Rows read from the objects"),
        required("facts", Long, "Rows added to fact_user_events"),
        required("duplicates", Long, "Exact duplicates, in the batch or of rows already loaded"),
        required("rejected", Long, "Rows added to rejected_events"),
        required("quarantined", Long, "Rows set aside because they break a rule"),
        required("blocked", Long, "Rows held back by the quality gate"),
        required("discarded", Long, "Rows thrown away by a human's decision"),
        optional("decided_by", String, "Who released or discarded a batch"),
        optional("note", String, "Why"),
    ],
    key: &["run_id"],
    partition: None,
    sort: &["started_at"],
};

/// One row per batch and check.
pub const QUALITY_RESULTS: TableSchema = TableSchema {
    namespace: "ops",
    name: "quality_results",
    doc: "The outcome of every quality check on every batch, and on every dimension that was written",
    columns: &[
        required("run_id", String, "Run, key of ops.runs; dims-... for a load of the dimensions"),
        required("batch_id", String, "Batch that the check looked at, or dimension"),
        required("event_date", Date, "Date of the batch's events; of dimensions, the date of the check"),
        required("checked_at", Timestamptz, "When the run began, UTC"),
        required("check_name", String, "Name of the check"),
        optional("column_name", String, "Column, if the check is about one"),
        required("outcome", String, "skip, pass, warn, quarantine or block"),
        optional("observed", Double, "What was measured"),
        required("expected", String, "What passes, or why nothing could be said"),
        optional("rule_id", String, "Rule as set:line; null for a check that is built in"),
        optional("rule", String, "The rule as it is written"),
        optional("failing_rows", Long, "Rows that break the rule, where it is about rows"),
    ],
    key: &["run_id", "batch_id", "check_name", "column_name", "rule_id"],
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
        required("last_hour", Timestamptz, "Begin of the hour of the batch's last event, UTC"),
        optional("column_name", String, "Column, if the measure is about one"),
        required("metric", String, "Name of the measure"),
        optional(
            "segment",
            String,
            "Value the measure is broken down by: an event type, an hour 0-23, or rule",
        ),
        required("value", Double, "The measure; counts in rows, prices in the shop's currency"),
    ],
    key: &["batch_id", "column_name", "metric", "segment"],
    partition: None,
    sort: &["event_date"],
};

/// One row per batch and hour that it has rows of.
pub const PROFILE_HOURS: TableSchema = TableSchema {
    namespace: "ops",
    name: "profile_hours",
    doc: "Measures of every accepted batch by hour, in a form that merges; what monitors compare",
    columns: &[
        required("run_id", String, "Run; key of ops.runs"),
        required("batch_id", String, "Batch that was measured"),
        required("event_date", Date, "Date of the batch's events"),
        required("event_hour", Timestamptz, "Begin of the hour, UTC"),
        required("rows", Long, "Accepted rows of the hour"),
        required("rows_in", Long, "Rows that the batch accounts for; in its last hour, 0 in the others"),
        required("duplicates", Long, "Exact duplicates in the batch; in its last hour, 0 in the others"),
        required("source_rows", Long, "Rows of the batch's objects; in its last hour, 0 in the others"),
        required(
            "rejected",
            Long,
            "Rows refused in these objects; in the batch's last hour, 0 in the others",
        ),
        optional("unknown_columns", String, "Columns of these objects that no rule knows, a JSON list"),
        required("profile", String, "Histograms, frequent values and sums over sessions: base64 of postcard"),
    ],
    key: &["batch_id", "event_hour"],
    partition: None,
    sort: &["event_hour"],
};

/// One row per hour and comparison.
pub const DRIFT_RESULTS: TableSchema = TableSchema {
    namespace: "ops",
    name: "drift_results",
    doc: "How the accepted events of an hour compare with the same hour before",
    columns: &[
        required(
            "check_id",
            String,
            "The look at the monitors that compared it: hash of hours and of the state",
        ),
        required("checked_at", Timestamptz, "When it was compared, UTC"),
        required("event_date", Date, "Date of the hour"),
        required("event_hour", Timestamptz, "Begin of the hour, UTC"),
        required("monitor", String, "Monitor, as in monitors.toml"),
        required("column_name", String, "Column, or what was counted"),
        optional("segment", String, "Category or rate that it is about"),
        required("test", String, "Statistical test"),
        required("outcome", String, "learning, ok, muted or breach"),
        required("statistic", Double, "The test's statistic"),
        required("p_value", Double, "Chance of such a statistic where nothing has changed"),
        required("p_adjusted", Double, "The same, for so many tests at once (Benjamini and Hochberg, 1995)"),
        required("effect", Double, "How large the change is, in the monitor's own measure"),
        required("effect_floor", Double, "From where on a change matters, in the same measure"),
        required("observed", Double, "What was measured, in the monitor's unit"),
        required("expected", Double, "What is usual, in the same unit"),
        required("unit", String, "Unit of observed and expected"),
        required("season", String, "What it was compared with: hour_of_week, hour_of_day, day or learning"),
        required("reference_hours", Long, "Hours that it was compared with"),
        required("contributors", String, "Segments that contribute most, a JSON list"),
    ],
    key: &["check_id", "event_hour", "monitor", "segment"],
    partition: None,
    sort: &["event_hour"],
};
