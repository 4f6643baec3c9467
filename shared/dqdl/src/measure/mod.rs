//! What is measured in the one pass over the rows. All measures merge: that of parts is that of the whole.

mod distinct;
mod hash;
mod hashes;
mod lengths;
mod moments;
mod numbers;
mod selection;

pub(crate) use distinct::Distinct;
pub use hash::hash_rows;
pub(crate) use hash::{hash_column, hash_columns};
pub(crate) use hashes::{Counts, Hashes};
pub(crate) use lengths::Lengths;
pub(crate) use moments::Moments;
pub(crate) use numbers::Numbers;
pub(crate) use selection::{Selection, selected};
