//! The clean layer: typed, deduplicated events and the rows that were refused.

use super::ColumnType::{Date, Long, String, Timestamptz};
use super::{PRICE, TableSchema, optional, required};

/// Events that passed every row rule, each once. Columns 1-10 are of the types that those of the facts are of, so that
/// loading facts can copy these column chunks as they are.
pub const CLEAN_EVENTS: TableSchema = TableSchema {
    namespace: "clean",
    name: "events",
    doc: "Typed and deduplicated events, one row per distinct source row",
    columns: &[
        required("event_id", String, "128-bit hash of the nine source fields, 32 hex digits"),
        required("event_time", Timestamptz, "When the event happened, UTC"),
        required("event_type", String, "view, cart, remove_from_cart or purchase"),
        required("user_id", Long, "User, as the shop numbers them"),
        required("product_id", Long, "Product, as the shop numbers them"),
        required("price", PRICE, "Price shown at the event, in the shop's currency"),
        required("session_id", String, "Visit of a user (user_session in the source)"),
        optional("category_id", Long, "Category, as the shop numbers them"),
        required("category_code", String, "Dotted category code, or unknown"),
        required("brand", String, "Brand in lower case as the source has it, or unknown"),
        required("event_date", Date, "UTC date of event_time"),
    ],
    key: &["event_id"],
    partition: Some("event_date"),
    sort: &["event_time"],
};

/// Events that are well-formed but break a rule whose action is `quarantine`.
pub const QUARANTINED_EVENTS: TableSchema = TableSchema {
    namespace: "clean",
    name: "quarantined_events",
    doc: "Events that were set aside because they break a rule, with the rules; they are in no other table",
    columns: &[
        required("event_id", String, "As in clean.events"),
        required("event_time", Timestamptz, "When the event happened, UTC"),
        required("event_type", String, "view, cart, remove_from_cart or purchase"),
        required("user_id", Long, "User, as the shop numbers them"),
        required("product_id", Long, "Product, as the shop numbers them"),
        required("price", PRICE, "Price shown at the event, in the shop's currency"),
        required("session_id", String, "Visit of a user (user_session in the source)"),
        optional("category_id", Long, "Category, as the shop numbers them"),
        required("category_code", String, "Dotted category code, or unknown"),
        required("brand", String, "Brand in lower case as the source has it, or unknown"),
        required("event_date", Date, "UTC date of event_time"),
        required("rule_ids", String, "Every rule that the row breaks, as set:line, comma-separated"),
        required("batch_id", String, "Batch that the row came with"),
    ],
    key: &["event_id", "batch_id"],
    partition: None,
    sort: &["event_time"],
};

/// Rows that were refused, with every reason.
pub const REJECTED_EVENTS: TableSchema = TableSchema {
    namespace: "clean",
    name: "rejected_events",
    doc: "Source rows that were refused, with the reasons and the raw text",
    columns: &[
        required("object", String, "Object the row came from: s3://bucket/key or file path"),
        required("object_version", String, "Version id or content hash of the object"),
        required("line", Long, "Line the row starts on, counted from 1 (row number in Parquet)"),
        required("reasons", String, "Every reason that applies, comma-separated, in alphabetical order"),
        required("raw", String, "The row as it stood in the object"),
    ],
    key: &["object", "object_version", "line"],
    partition: None,
    sort: &["object", "line"],
};
