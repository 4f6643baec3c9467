//! The tables of the lake: Apache Iceberg v2 on an object store, with one commit point.
//!
//! [`Lake`] is the way in. It stands on three ports: an [`ObjectStore`] for bytes, a [`Catalog`] for the
//! head of each table, and a [`Clock`]. Only a compare-and-swap of the head makes anything visible.

mod clock;
mod commit;
mod compact;
mod data_file;
mod error;
mod iceberg_io;
mod lake;
mod manifest;
mod named;
mod orphans;
mod ports;
mod restore;
mod schema;
mod table;
mod task;
mod verify;

#[cfg(feature = "fakes")]
pub mod contract;
pub mod data;
#[cfg(feature = "disk")]
pub mod disk;
#[cfg(feature = "fakes")]
pub mod fakes;

pub use clock::SystemClock;
pub use commit::{Base, Commit, Expired, KEY_PROPERTY, Keep, NewFile, Operation, Outcome};
pub use compact::{Compacted, Compaction};
pub use error::{Error, ErrorKind, Result};
pub use lake::Lake;
pub use orphans::MIN_GRACE_MS;
pub use ports::{
    Alert, Alerts, Catalog, Clock, CommitLock, Head, ObjectInfo, ObjectStore, PAGE_OBJECTS, Page, Put,
    Severity, Swap, TableId, check_key,
};
pub use restore::Restored;
pub use table::{PlannedFile, ROWS_OF, SnapshotInfo, Table};
pub use task::spawned;
pub use verify::{Check, Finding, Orphans, Verified, VerifiedKey};
