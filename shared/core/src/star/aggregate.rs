//! What all aggregates have in common.

use arrow::array::RecordBatch;
use arrow::error::ArrowError;

use super::{Event, RowBuilder, RowReader, SortKey};
use crate::schema::TableSchema;

/// State that parts of the data add up to. Merging is commutative and associative.
pub trait Merge {
    /// Adds what another part of the data adds up to.
    fn merge(&mut self, other: Self);
}

/// What events of one key add up to.
pub trait Aggregate: Merge {
    /// One event alone.
    fn of(event: &Event<'_>) -> Self;

    /// Adds an event: the same as merging [`Self::of`] it, but cheaper.
    fn add(&mut self, event: &Event<'_>);
}

/// A row of a dimension.
pub trait Row: Merge + Sized {
    /// The dimension.
    const TABLE: &'static TableSchema;
    /// What the dimension is sorted by.
    type Key: SortKey;

    /// Appends the row, column by column in the order of the table.
    fn write(&self, key: &Self::Key, to: &mut RowBuilder);

    /// Reads rows back, in their order.
    ///
    /// # Errors
    /// If the batch does not have the columns of the table, or a value is none that this crate writes.
    fn read(batch: &RecordBatch) -> Result<Vec<(Self::Key, Self)>, ArrowError>;

    /// The Arrow form of some rows.
    ///
    /// # Errors
    /// If an amount does not fit its column.
    fn to_batch(rows: &[(Self::Key, Self)]) -> Result<RecordBatch, ArrowError> {
        let mut builder = RowBuilder::new(Self::TABLE);
        for (key, row) in rows {
            row.write(key, &mut builder);
        }
        builder.finish()
    }

    /// The columns of a batch of this dimension.
    fn reader(batch: &RecordBatch) -> RowReader<'_> {
        RowReader::new(Self::TABLE, batch)
    }
}
