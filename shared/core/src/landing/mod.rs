//! From decoded rows to the row groups of landed files: one date each, sorted by time, exact duplicates of
//! the row group dropped, nulls imputed, measured.

mod back;
mod buffer;
mod group;

pub use back::event_columns;
pub use buffer::{DayBuffers, Limits};
pub use group::RowGroup;

/// Footer entry of a landed file: the JSON array of its row groups' profiles.
pub const PROFILES_ENTRY: &str = "estrella.profiles";
