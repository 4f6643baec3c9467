//! What a rule asks of each row.

use arrow::buffer::BooleanBuffer;

use super::{Column, ValueTest};

/// A test of rows; columns and filters by their positions in the plan.
#[derive(Debug, Clone)]
pub(crate) enum RowTest {
    /// A value of a column passes a test. A row that the filter leaves out passes.
    Value {
        column: usize,
        test: ValueTest,
        filter: Option<usize>,
    },
    /// A column is not null.
    Present {
        column: usize,
        filter: Option<usize>,
    },
    All(Vec<RowTest>),
    Any(Vec<RowTest>),
}

impl RowTest {
    /// The filter of a single test.
    pub(crate) fn filter(&self) -> Option<usize> {
        match self {
            Self::Value { filter, .. } | Self::Present { filter, .. } => *filter,
            Self::All(_) | Self::Any(_) => None,
        }
    }

    /// Which rows pass.
    pub(crate) fn passing(
        &self,
        rows: usize,
        columns: &[Column],
        filters: &[BooleanBuffer],
    ) -> BooleanBuffer {
        let with_left_out = |passing: BooleanBuffer, filter: Option<usize>| match filter {
            Some(filter) => &passing | &!&filters[filter],
            None => passing,
        };
        match self {
            Self::Value { column, test, filter } => with_left_out(test.passing(&columns[*column]), *filter),
            Self::Present { column, filter } => {
                let present = columns[*column].nulls.as_ref().map(|nulls| nulls.inner().clone());
                with_left_out(present.unwrap_or_else(|| BooleanBuffer::new_set(rows)), *filter)
            }
            Self::All(parts) => parts
                .iter()
                .fold(BooleanBuffer::new_set(rows), |all, part| &all & &part.passing(rows, columns, filters)),
            Self::Any(parts) => parts.iter().fold(BooleanBuffer::new_unset(rows), |any, part| {
                &any | &part.passing(rows, columns, filters)
            }),
        }
    }
}
