//! What few may read.

use super::ColumnType::{Long, Timestamptz};
use super::{TableSchema, required};

/// People whose data was erased, so that it does not come back.
pub const FORGOTTEN_USERS: TableSchema = TableSchema {
    namespace: "restricted",
    name: "forgotten_users",
    doc: "Users that were erased; what arrives of them afterwards is dropped",
    columns: &[
        required("user_id", Long, "User, as the shop numbered them"),
        required("forgotten_at", Timestamptz, "When the user was erased, UTC"),
    ],
    key: &["user_id"],
    partition: None,
    sort: &[],
};
