//! Implementations in memory, and wrappers that fail on purpose. For tests.

mod alerts;
mod catalog;
mod clock;
mod faults;
mod faulty;
mod store;

use std::sync::Arc;

pub use alerts::RecordingAlerts;
pub use catalog::MemoryCatalog;
pub use clock::ManualClock;
pub use faults::{Fault, Faults, Op};
pub use faulty::{FaultyCatalog, FaultyStore};
pub use store::MemoryStore;

use crate::lake::Lake;

/// An empty lake in memory, whose clock stands at 2019-11-01 00:00 UTC.
pub fn memory_lake() -> Lake {
    let clock = Arc::new(ManualClock::default());
    Lake::new(Arc::new(MemoryStore::with_clock(clock.clone())), Arc::new(MemoryCatalog::default()), clock)
}
