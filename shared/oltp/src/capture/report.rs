//! What a capture wrote.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use serde::Serialize;

/// Rows by what was done to them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Rows {
    /// Rows of full loads.
    pub loaded: u64,
    /// Rows that were added.
    pub inserts: u64,
    /// Rows that were changed.
    pub updates: u64,
    /// Rows that were removed.
    pub deletes: u64,
}

impl Rows {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.loaded + self.inserts + self.updates + self.deletes
    }
}

impl AddAssign for Rows {
    fn add_assign(&mut self, other: Self) {
        self.loaded += other.loaded;
        self.inserts += other.inserts;
        self.updates += other.updates;
        self.deletes += other.deletes;
    }
}

/// What a capture wrote since it was started.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Files, over all tables.
    pub files: u64,
    /// Rows by table, `schema.table`.
    pub tables: BTreeMap<String, Rows>,
    /// All before this place in the server's log is in the store, like `16/B374D848`.
    pub last_lsn: Option<String>,
}

impl Report {
    /// Rows over all tables.
    pub fn rows(&self) -> u64 {
        self.tables.values().map(Rows::total).sum()
    }

    pub(super) fn add(&mut self, table: String, rows: Rows) {
        self.files += 1;
        *self.tables.entry(table).or_default() += rows;
    }
}
