//! The rows that a measure is taken of.

use arrow::buffer::{BooleanBuffer, NullBuffer};

/// All rows, or those of a mask.
#[derive(Debug, Clone)]
pub(crate) enum Selection {
    All(usize),
    Mask(BooleanBuffer),
}

impl Selection {
    pub(crate) fn count(&self) -> usize {
        match self {
            Self::All(rows) => *rows,
            Self::Mask(mask) => mask.count_set_bits(),
        }
    }

    /// Calls `f` with the bounds of each run of rows.
    #[inline]
    pub(crate) fn for_each_run(&self, mut f: impl FnMut(usize, usize)) {
        match self {
            Self::All(0) => {}
            Self::All(rows) => f(0, *rows),
            Self::Mask(mask) => mask.set_slices().for_each(|(start, end)| f(start, end)),
        }
    }

    /// Calls `f` with each row.
    #[inline]
    pub(crate) fn for_each(&self, mut f: impl FnMut(usize)) {
        self.for_each_run(|start, end| (start..end).for_each(&mut f));
    }
}

/// The rows of a filter whose value is there.
pub(crate) fn selected(rows: usize, nulls: Option<&NullBuffer>, filter: Option<&BooleanBuffer>) -> Selection {
    match (nulls, filter) {
        (None, None) => Selection::All(rows),
        (Some(nulls), None) => Selection::Mask(nulls.inner().clone()),
        (None, Some(filter)) => Selection::Mask(filter.clone()),
        (Some(nulls), Some(filter)) => Selection::Mask(nulls.inner() & filter),
    }
}
