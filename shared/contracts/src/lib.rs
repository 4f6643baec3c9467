//! Messages between the stages: pointers and counts, never rows.
//!
//! Every message carries [`SCHEMA_VERSION`]; a stage refuses one that it does not know.

mod batch;
pub mod keys;
mod notification;
mod receipt;
mod run;
mod stage;
mod verdict;

pub use batch::{Batch, CleanedBatch, Part, Plan, RejectedRows, Source};
pub use notification::{NotificationError, created_objects};
pub use receipt::{ChangesPart, LandedPart, ObjectRef, Receipt, ReceiptError, RejectedPart};
pub use run::{Decided, JudgedRun, Loaded};
pub use stage::{BatchDocument, CleanedDocument, JudgedDocument, LoadedDocument, Planned, Pointer, Refusal};
pub use verdict::{CheckResult, Decision, JudgedBatch, Outcome};

/// Version of every message in this crate. It grows when a field changes its meaning.
pub const SCHEMA_VERSION: u32 = 1;
