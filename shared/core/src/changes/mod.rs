//! Changes of the shop's own database: what AWS DMS writes, in which order it happened, and the history it makes.
//!
//! A change file holds full loads or changes of one source table. Its rows are typed by a [`Mapping`] and kept, every
//! one, in a log per table. A key's history is a function of the set of its changes: they are put in order, repeated
//! ones are dropped, and equal states collapse. So late, repeated and reordered files all give the same history.

mod change;
mod decode;
mod file;
mod history;
mod layout;
mod mapping;
mod parse;
mod tables;
mod value;

#[cfg(test)]
mod tests;

pub use change::{Change, ChangeKey, Op, Order};
pub use decode::{ChangeDecoder, decode_change_events, decode_changes};
pub use file::{ChangeFile, Kind};
pub use history::{ALWAYS, Version, history};
pub use mapping::{CONFIG_KEY, Mapping, MappingError, Role, SourceColumn, SourceTable};
pub use tables::{CHANGE_COLUMNS, TOKEN_SUFFIX};
pub use value::{Value, ValueType, values};
