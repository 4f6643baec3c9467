//! What the crate needs from the outside, one narrow trait each.

use std::{any::Any, fmt, ops::Range, path::Path, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use estrella_core::schema::TableSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// What became of a conditional put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// The object was written.
    Created,
    /// The key was taken; nothing was written.
    Exists,
}

/// A listed object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectInfo {
    /// Key in the store.
    pub key: String,
    /// Size in bytes.
    pub size_bytes: u64,
    /// When the object got this key, in milliseconds since the Unix epoch, by the store's clock.
    pub modified_ms: i64,
}

/// A part of a listing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// Objects, sorted by key.
    pub objects: Vec<ObjectInfo>,
    /// Whether there are more after these.
    pub has_more: bool,
}

/// Most objects of a [`Page`].
pub const PAGE_OBJECTS: usize = 1000;

/// Immutable objects under keys like `clean/events/data/a.parquet`.
#[async_trait]
pub trait ObjectStore: fmt::Debug + Send + Sync {
    /// Reads a whole object. `NotFound` when absent.
    async fn get(&self, key: &str) -> Result<Bytes>;
    /// Reads bytes `range` of an object. `NotFound` when absent, `InvalidInput` when the range leaves the object.
    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Bytes>;
    /// Size in bytes. `NotFound` when absent.
    async fn size_bytes(&self, key: &str) -> Result<u64>;
    /// When an object got its key, in milliseconds since the Unix epoch. `NotFound` when absent.
    ///
    /// An HTTP date has whole seconds, so this may be earlier than what a listing tells, by less than a second.
    async fn modified_ms(&self, key: &str) -> Result<i64>;
    /// Writes an object unless the key is taken. Atomic: readers see all of it or nothing.
    async fn put_if_absent(&self, key: &str, body: Bytes) -> Result<Put>;
    /// As [`put_if_absent`](Self::put_if_absent), from a finished scratch file, which is gone afterwards either way.
    /// Can be repeated: with the key taken, a scratch file that is gone already is fine.
    async fn put_file_if_absent(&self, key: &str, file: &Path) -> Result<Put>;
    /// Gives the content of `from` a second key unless that is taken, without carrying the bytes where the store can.
    /// `NotFound` when there is neither. Can be repeated: with `to` taken, an absent `from` is fine.
    async fn copy_if_absent(&self, from: &str, to: &str) -> Result<Put>;
    /// The objects whose keys begin with `prefix`, sorted by key.
    async fn list(&self, prefix: &str) -> Result<Vec<ObjectInfo>>;
    /// The first objects whose keys begin with `prefix` and come after the key `after`, at most [`PAGE_OBJECTS`].
    async fn list_page(&self, prefix: &str, after: Option<&str>) -> Result<Page>;
    /// Removes an object; an absent one is fine.
    async fn delete(&self, key: &str) -> Result<()>;
    /// The absolute URI of a key, as it is written into Iceberg metadata and opened by other engines.
    fn location(&self, key: &str) -> String;
    /// The same store, reading one version of an object: see `ObjectRef::version`. None where objects have no
    /// versions, as on disk.
    fn at_version(&self, _version: &str) -> Option<Arc<dyn ObjectStore>> {
        None
    }
    /// The inverse of [`location`](Self::location). `InvalidInput` for a location outside of this store.
    fn key_of(&self, location: &str) -> Result<String>;
}

/// Refuses keys that are empty, absolute, or have empty, `.` or `..` segments.
pub fn check_key(key: &str) -> Result<()> {
    let bad = |segment: &str| matches!(segment, "" | "." | "..") || segment.contains('\0');
    if key.split('/').any(bad) {
        return Err(Error::invalid("key has an empty or relative segment").at(format!("{key:?}")));
    }
    Ok(())
}

/// Names a table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableId {
    /// Namespace: `clean`, `model` or `ops`.
    pub namespace: String,
    /// Name inside the namespace.
    pub name: String,
}

impl From<&TableSchema> for TableId {
    fn from(schema: &TableSchema) -> Self {
        Self { namespace: schema.namespace.to_owned(), name: schema.name.to_owned() }
    }
}

impl fmt::Display for TableId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.namespace, self.name)
    }
}

/// The current state of a table, as the catalog knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Location of the current metadata file.
    pub metadata_location: String,
    /// What the catalog compares in a swap.
    pub token: String,
}

/// What became of a conditional change of a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swap {
    /// The head is the new one.
    Done,
    /// The head was not the expected one; nothing changed.
    Conflict,
}

/// Keeps the turn of one writer until it is dropped.
pub struct CommitLock(#[allow(dead_code, reason = "held for its drop")] Box<dyn Any + Send + Sync>);

impl CommitLock {
    /// Wraps whatever frees the lock when it is dropped.
    pub fn new(guard: impl Any + Send + Sync) -> Self {
        Self(Box::new(guard))
    }
}

impl fmt::Debug for CommitLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CommitLock")
    }
}

/// The heads of the tables. An error of `create` or `swap` may mean that the outcome is unknown.
#[async_trait]
pub trait Catalog: fmt::Debug + Send + Sync {
    /// The head of a table, if it exists.
    async fn head(&self, table: &TableId) -> Result<Option<Head>>;
    /// Registers a table unless it exists.
    async fn create(&self, table: &TableId, metadata_location: &str) -> Result<Swap>;
    /// Replaces the head if it still is `old`.
    async fn swap(&self, table: &TableId, old: &Head, metadata_location: &str) -> Result<Swap>;
    /// All tables, sorted.
    async fn tables(&self) -> Result<Vec<TableId>>;
    /// Waits for the turn to commit. Fairness only: a commit is correct without it.
    async fn lock(&self, _table: &TableId) -> Result<Option<CommitLock>> {
        Ok(None)
    }
}

/// The time.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Milliseconds since the Unix epoch.
    fn now_ms(&self) -> i64;
}

/// How much an alert matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// For the record; nobody has to be woken.
    Info,
    /// To be looked at in working hours.
    Warning,
    /// Data is held back or missing until somebody acts.
    Critical,
}

impl Severity {
    /// The word used in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// A message to a human.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// How much it matters.
    pub severity: Severity,
    /// One line: what happened to what.
    pub subject: String,
    /// What, since when, how much, which rows, and the command to run.
    pub body: String,
    /// The same for machines, as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
}

/// Tells a human.
#[async_trait]
pub trait Alerts: fmt::Debug + Send + Sync {
    /// Sends one message.
    async fn publish(&self, alert: &Alert) -> Result<()>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_cannot_leave_the_store() {
        for key in ["a", "a/b.c", "raw/2019 Oct.csv", "a/b..c", "raw/.hidden"] {
            assert!(check_key(key).is_ok(), "{key}");
        }
        for key in ["", "/a", "a/", "a//b", "../a", "a/../b", "a/./b", "a\0b"] {
            assert!(check_key(key).is_err(), "{key}");
        }
    }
}
