//! What is collected for one measure.

use arrow::buffer::NullBuffer;

use super::HashedColumns;
use crate::{
    measure::{Distinct, Hashes, Lengths, Moments, Numbers, selected},
    plan::{Measure, Prepared, Source},
};

#[derive(Debug, Clone)]
pub(super) enum State {
    Rows(u64),
    /// Of how many rows how many count.
    Share {
        part: u64,
        rows: u64,
    },
    Numbers(Numbers),
    Lengths(Lengths),
    Distinct(Distinct),
    Hashes(Hashes),
    Moments(Moments),
}

impl State {
    pub(super) fn new(measure: &Measure) -> Self {
        match &measure.source {
            Source::Rows => Self::Rows(0),
            Source::Columns(columns) => Self::Rows(*columns as u64),
            Source::Present(_) | Source::Passing(_) => Self::Share { part: 0, rows: 0 },
            Source::Numbers(..) => Self::Numbers(Numbers::default()),
            Source::Lengths(_) => Self::Lengths(Lengths::default()),
            Source::Distinct(_) => Self::Distinct(Distinct::default()),
            Source::Hashes(_) | Source::References(_) => Self::Hashes(Hashes::default()),
            Source::Moments(..) => Self::Moments(Moments::default()),
        }
    }

    pub(super) fn update(&mut self, measure: &Measure, batch: &Prepared, hashes: &mut HashedColumns<'_>) {
        let filter = measure.filter.map(|filter| &batch.filters[filter]);
        let nulls = |column: usize| batch.columns[column].nulls.as_ref();
        let of_column = |column: usize| selected(batch.rows, nulls(column), filter);
        let all_present = |columns: &[usize]| {
            columns.iter().fold(None, |all, column| NullBuffer::union(all.as_ref(), nulls(*column)))
        };
        let rows = || filter.map_or(batch.rows, |filter| filter.count_set_bits()) as u64;
        match (&measure.source, self) {
            (Source::Rows, Self::Rows(count)) => *count += rows(),
            (Source::Present(column), Self::Share { part, rows: all }) => {
                *part += of_column(*column).count() as u64;
                *all += rows();
            }
            (Source::Passing(test), Self::Share { part, rows: all }) => {
                let passing = test.passing(batch.rows, &batch.columns, &batch.filters);
                *part += match filter {
                    Some(filter) => (&passing & filter).count_set_bits() as u64,
                    None => passing.count_set_bits() as u64,
                };
                *all += rows();
            }
            (Source::Numbers(column, scale), Self::Numbers(numbers)) => {
                numbers.update(&batch.columns[*column], *scale, &of_column(*column));
            }
            (Source::Lengths(column), Self::Lengths(lengths)) => {
                lengths.update(&batch.columns[*column], &of_column(*column));
            }
            (Source::Distinct(column), Self::Distinct(distinct)) => {
                distinct.update(hashes.of(&[*column]), &of_column(*column));
            }
            (Source::Hashes(columns), Self::Hashes(seen)) => {
                // A row counts if any of its values is there.
                let present = match columns.as_slice() {
                    [single] => nulls(*single).cloned(),
                    several => any_present(several.iter().map(|column| nulls(*column))),
                };
                seen.update(hashes.of(columns), &selected(batch.rows, present.as_ref(), filter));
            }
            (Source::References(columns), Self::Hashes(seen)) => {
                let present = all_present(columns);
                seen.update(hashes.of(columns), &selected(batch.rows, present.as_ref(), filter));
            }
            (Source::Moments(a, b), Self::Moments(moments)) => {
                let present = all_present(&[*a, *b]);
                let selection = selected(batch.rows, present.as_ref(), filter);
                moments.update(&batch.columns[*a], &batch.columns[*b], &selection);
            }
            _ => {}
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        match (self, other) {
            (Self::Share { part, rows }, Self::Share { part: other_part, rows: other_rows }) => {
                *part += other_part;
                *rows += other_rows;
            }
            (Self::Numbers(mine), Self::Numbers(theirs)) => mine.merge(&theirs),
            (Self::Lengths(mine), Self::Lengths(theirs)) => mine.merge(&theirs),
            (Self::Distinct(mine), Self::Distinct(theirs)) => mine.merge(theirs),
            (Self::Hashes(mine), Self::Hashes(theirs)) => mine.merge(theirs),
            (Self::Moments(mine), Self::Moments(theirs)) => mine.merge(&theirs),
            (Self::Rows(mine), Self::Rows(theirs)) => *mine += theirs,
            _ => {}
        }
    }
}

/// Where any of the columns has a value; none if that is everywhere.
fn any_present<'a>(nulls: impl Iterator<Item = Option<&'a NullBuffer>>) -> Option<NullBuffer> {
    nulls
        .map(|nulls| nulls.map(|nulls| nulls.inner().clone()))
        .reduce(|any, next| Some(&any? | &next?))
        .flatten()
        .map(NullBuffer::new)
}
