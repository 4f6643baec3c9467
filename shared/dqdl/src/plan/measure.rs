//! What the pass over the rows collects.

use crate::rows::RowTest;

/// One thing that is collected.
#[derive(Debug, Clone)]
pub(crate) struct Measure {
    /// What makes two of them the same.
    pub(crate) id: String,
    pub(crate) source: Source,
    /// Position of the filter.
    pub(crate) filter: Option<usize>,
    pub(crate) is_needed: bool,
}

/// Of what; columns by their positions.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    Rows,
    Columns(usize),
    Present(usize),
    Numbers(usize, u32),
    Lengths(usize),
    Distinct(usize),
    /// Rows with any value.
    Hashes(Vec<usize>),
    /// Rows with all values.
    References(Vec<usize>),
    Moments(usize, usize),
    Passing(RowTest),
}
