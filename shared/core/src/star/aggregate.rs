//! What all aggregates have in common.

use arrow::array::RecordBatch;
use arrow::error::ArrowError;

use super::{Attributes, Event, RowBuilder, RowReader, SortKey};
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

    /// Whether there is a row without any event, for what the shop's database alone knows.
    const EVENTLESS: bool = true;

    /// Whether a key stands for what is not known, which no database has.
    fn is_unknown(_key: &Self::Key) -> bool {
        false
    }

    /// Whether two versions of a key are of one row of the shop's database.
    fn is_same_row(_a: &Attributes, _b: &Attributes) -> bool {
        true
    }

    /// The surrogate key of a version; 0 in dimensions without versions.
    fn surrogate(key: &Self::Key, version: &Attributes) -> i64 {
        version.surrogate(Self::TABLE.name, key)
    }

    /// Appends one version, column by column in the order of the table. `row` is what the events of the key add up to,
    /// if there are any.
    fn write(key: &Self::Key, row: Option<&Self>, version: &Attributes, to: &mut RowBuilder);

    /// Reads what events add up to back, once per key that has any, in the order of the rows.
    ///
    /// # Errors
    /// If the batch does not have the columns of the table, or a value is none that this crate writes.
    fn read(batch: &RecordBatch) -> Result<Vec<(Self::Key, Self)>, ArrowError>;

    /// The Arrow form of some rows that are known from events alone.
    ///
    /// # Errors
    /// If an amount does not fit its column.
    fn to_batch(rows: &[(Self::Key, Self)]) -> Result<RecordBatch, ArrowError> {
        let mut builder = RowBuilder::new(Self::TABLE);
        for (key, row) in rows {
            Self::write(key, Some(row), &Attributes::UNKNOWN, &mut builder);
        }
        builder.finish()
    }

    /// The columns of a batch of this dimension.
    fn reader(batch: &RecordBatch) -> RowReader<'_> {
        RowReader::new(Self::TABLE, batch)
    }
}
