//! The star: one fact table and its dimensions.

use super::ColumnType::{Boolean, Date, Int, Long, String, Timestamptz};
use super::{AMOUNT, Column, PRICE, TableSchema, optional, required};

pub(crate) const VERSION: Column =
    required("version", Int, "Number of the version among those of its key, counted from 1");
pub(crate) const VALID_FROM: Column =
    required("valid_from", Timestamptz, "From when on the version held, UTC; 1970-01-01 if it always did");
pub(crate) const VALID_TO: Column =
    optional("valid_to", Timestamptz, "Until when it held, not included, UTC; null if it still does");
pub(crate) const IS_CURRENT: Column =
    required("is_current", Boolean, "Whether the version holds now; a deleted row has no current one");
const IN_SOURCE: Column = required(
    "in_source",
    Boolean,
    "Whether the shop's database has or had the row; else it is known from events alone",
);
/// Behaviour is that of all events of the key, whatever the version.
const FIRST_SEEN: Column =
    optional("first_seen_at", Timestamptz, "Time of the first event, UTC; null if there is none");
const LAST_SEEN: Column =
    optional("last_seen_at", Timestamptz, "Time of the latest event, UTC; null if there is none");

/// The fact table.
pub const FACT_USER_EVENTS: TableSchema = TableSchema {
    namespace: "model",
    name: "fact_user_events",
    doc: "One row per event of a user on a product",
    columns: &[
        required("event_id", String, "128-bit hash of the nine source fields, 32 hex digits"),
        required("event_time", Timestamptz, "When the event happened, UTC"),
        required("event_type", String, "view, cart, remove_from_cart or purchase"),
        required("user_id", Long, "User; key of dim_users"),
        required("product_id", Long, "Product; key of dim_products"),
        required("price", PRICE, "Price shown at the event, in the shop's currency"),
        required("session_id", String, "Visit of a user; key of dim_sessions"),
        optional("category_id", Long, "Category; key of dim_categories"),
        required(
            "category_name",
            String,
            "Dotted category name at the time of the event, or unknown until it is known",
        ),
        required("brand", String, "Brand at the time of the event, or unknown until it is known"),
        required("device_type", String, "Device of the session, or unknown until it is known"),
        required("source_channel", String, "Channel that brought the session, or unknown until it is known"),
        required("hour_of_day", Int, "Hour of event_time, 0-23, UTC"),
        required("day_of_week", Int, "1 = Sunday .. 7 = Saturday, as Spark's dayofweek"),
        required("event_date", Date, "UTC date of event_time"),
    ],
    key: &["event_id"],
    partition: Some("event_date"),
    sort: &["event_time"],
};

/// Users.
pub const DIM_USERS: TableSchema = TableSchema {
    namespace: "model",
    name: "dim_users",
    doc: "One row per version of a user; what users did is the same in all of a user's versions",
    columns: &[
        required("user_key", Long, "Surrogate key: a hash of user_id and version"),
        required("user_id", Long, "User, as the shop numbers them"),
        VERSION,
        VALID_FROM,
        VALID_TO,
        IS_CURRENT,
        IN_SOURCE,
        optional("name_token", String, "Token of the name: equal names have equal tokens"),
        optional("email_token", String, "Token of the e-mail address: equal addresses have equal tokens"),
        optional("registered_at", Timestamptz, "When the user registered, UTC"),
        FIRST_SEEN,
        LAST_SEEN,
        required("view_count", Long, "Number of view events"),
        required("cart_count", Long, "Number of cart events"),
        required("remove_from_cart_count", Long, "Number of remove_from_cart events"),
        required("purchase_count", Long, "Number of purchase events"),
        required("session_count", Long, "Number of distinct sessions with an event of this user"),
        required("total_spend", AMOUNT, "Sum of the prices of the purchases, in the shop's currency"),
    ],
    key: &["user_key"],
    partition: None,
    sort: &["user_id"],
};

/// Products.
pub const DIM_PRODUCTS: TableSchema = TableSchema {
    namespace: "model",
    name: "dim_products",
    doc: "One row per version of a product. Known from events alone, it is as of its latest event \
          (ties: greatest price, category_id, category_code, brand)",
    columns: &[
        required("product_key", Long, "Surrogate key: a hash of product_id and version"),
        required("product_id", Long, "Product, as the shop numbers them"),
        VERSION,
        VALID_FROM,
        VALID_TO,
        IS_CURRENT,
        IN_SOURCE,
        optional("category_id", Long, "Category"),
        required("category_code", String, "Dotted category code at the end of the version, or unknown"),
        optional("brand_id", Long, "Brand, as the shop numbers them"),
        required("brand", String, "Brand at the end of the version, or unknown"),
        optional("price", PRICE, "Price, in the shop's currency"),
        optional("stock", Long, "Pieces in stock, the latest number in all versions"),
        FIRST_SEEN,
        LAST_SEEN,
        required("view_count", Long, "Number of view events"),
        required("cart_count", Long, "Number of cart events"),
        required("remove_from_cart_count", Long, "Number of remove_from_cart events"),
        required("purchase_count", Long, "Number of purchase events"),
        required("revenue", AMOUNT, "Sum of the prices of the purchases, in the shop's currency"),
    ],
    key: &["product_key"],
    partition: None,
    sort: &["product_id"],
};

/// Categories.
pub const DIM_CATEGORIES: TableSchema = TableSchema {
    namespace: "model",
    name: "dim_categories",
    doc: "One row per version of a category, with its place in the hierarchy. A version ends when the category or one \
          above it is renamed or moved. Known from events alone, it is as of its latest event (ties: greatest \
          category_code)",
    columns: &[
        required("category_key", Long, "Surrogate key: a hash of category_id and version"),
        required("category_id", Long, "Category, as the shop numbers them"),
        VERSION,
        VALID_FROM,
        VALID_TO,
        IS_CURRENT,
        IN_SOURCE,
        optional("parent_id", Long, "Category that it is part of; null at the top"),
        required("category_code", String, "Dotted category code, or unknown"),
        required("category_name", String, "Last part of the code"),
        optional("parent_code", String, "The code without its last part; null at the top"),
        required("depth", Int, "Number of parts of the code"),
        required("level_1", String, "First part of the code"),
        optional("level_2", String, "Second part of the code"),
        optional("level_3", String, "Third part of the code"),
        optional("level_4", String, "Fourth part of the code; deeper parts are in category_code only"),
        FIRST_SEEN,
        LAST_SEEN,
    ],
    key: &["category_key"],
    partition: None,
    sort: &["category_id"],
};

/// Brands.
pub const DIM_BRANDS: TableSchema = TableSchema {
    namespace: "model",
    name: "dim_brands",
    doc: "One row per name that a brand had, unknown among them; what happened is counted by name",
    columns: &[
        required("brand_key", Long, "Surrogate key: a hash of brand, brand_id and version"),
        required("brand", String, "Brand as the source has it, or unknown"),
        VERSION,
        VALID_FROM,
        VALID_TO,
        IS_CURRENT,
        IN_SOURCE,
        optional("brand_id", Long, "Brand, as the shop numbers them"),
        FIRST_SEEN,
        LAST_SEEN,
        required("view_count", Long, "Number of view events"),
        required("cart_count", Long, "Number of cart events"),
        required("remove_from_cart_count", Long, "Number of remove_from_cart events"),
        required("purchase_count", Long, "Number of purchase events"),
        required("revenue", AMOUNT, "Sum of the prices of the purchases, in the shop's currency"),
    ],
    key: &["brand_key"],
    partition: None,
    sort: &["brand"],
};

/// Sessions.
pub const DIM_SESSIONS: TableSchema = TableSchema {
    namespace: "model",
    name: "dim_sessions",
    doc: "One row per session, with the flags of the logic checks",
    columns: &[
        required("session_id", String, "Visit of a user (user_session in the source)"),
        required("user_id", Long, "User of the first event (ties: smallest id)"),
        optional(
            "other_user_ids",
            String,
            "Further users of the session, ascending, comma-separated; null when there is one",
        ),
        required("started_at", Timestamptz, "Time of the first event, UTC"),
        required("ended_at", Timestamptz, "Time of the last event, UTC"),
        required("duration_seconds", Long, "ended_at - started_at, in seconds"),
        required("event_count", Long, "Number of events"),
        required("view_count", Long, "Number of view events"),
        required("cart_count", Long, "Number of cart events"),
        required("remove_from_cart_count", Long, "Number of remove_from_cart events"),
        required("purchase_count", Long, "Number of purchase events"),
        required("revenue", AMOUNT, "Sum of the prices of the purchases, in the shop's currency"),
        required("converted", Boolean, "Whether the session has a purchase"),
        optional("first_interest_at", Timestamptz, "Time of the first view or cart, UTC"),
        optional("first_purchase_at", Timestamptz, "Time of the first purchase, UTC"),
        required("has_many_users", Boolean, "Logic flag: events of more than one user"),
        required(
            "has_unexplained_purchase",
            Boolean,
            "Logic flag: a purchase with no view or cart before it",
        ),
        required("is_oversized", Boolean, "Logic flag: longer than 24 hours or more than 1,000 events"),
        required("device_type", String, "Device, or unknown"),
        required("channel", String, "Channel that brought the visit, or unknown"),
    ],
    key: &["session_id"],
    partition: None,
    sort: &["session_id"],
};

/// The calendar.
pub const DIM_TIME: TableSchema = TableSchema {
    namespace: "model",
    name: "dim_time",
    doc: "One row per hour of every day from the first to the last event, UTC",
    columns: &[
        required("time_key", Long, "The hour as the number YYYYMMDDHH"),
        required("hour_start", Timestamptz, "Start of the hour, UTC"),
        required("date", Date, "Calendar date"),
        required("hour_of_day", Int, "0-23"),
        required("day_of_week", Int, "1 = Sunday .. 7 = Saturday, as Spark's dayofweek"),
        required("day_name", String, "Monday .. Sunday"),
        required("is_weekend", Boolean, "Saturday or Sunday"),
        required("day_of_month", Int, "1-31"),
        required("day_of_year", Int, "1-366"),
        required("iso_week", Int, "ISO 8601 week, 1-53"),
        required("iso_year", Int, "ISO 8601 year that the week belongs to"),
        required("month", Int, "1-12"),
        required("month_name", String, "January .. December"),
        required("quarter", Int, "1-4"),
        required("year", Int, "Calendar year"),
    ],
    key: &["time_key"],
    partition: None,
    sort: &["time_key"],
};
