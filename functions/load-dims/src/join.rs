//! New aggregates and existing rows, side by side.

use std::cmp::Ordering;

use estrella_core::star::{Merge, Row, SortKey};
use estrella_lake::Result;
use serde::de::DeserializeOwned;

use crate::existing::Existing;
use crate::merge::Merged;
use crate::output::Output;

/// A row that may not be there yet.
pub(crate) type MaybeRow<R> = Option<(<R as Row>::Key, R)>;

/// Writes all rows by ascending key. `row_key` is the key of the row that a new aggregate belongs to, and sorts
/// as the aggregates do; `add` adds an aggregate to the row.
pub(crate) async fn join<K, V, R>(
    mut new: Merged<K, V>,
    mut existing: Existing<R>,
    output: &mut Output,
    row_key: impl Fn(&K) -> &R::Key,
    mut add: impl FnMut(&mut MaybeRow<R>, K, V) -> Result<()>,
) -> Result<()>
where
    K: SortKey,
    V: Merge + DeserializeOwned,
    R: Row,
{
    loop {
        let order = match (new.peek(), existing.peek().await?) {
            (None, None) => return Ok(()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(new), Some((existing, _))) => row_key(new).cmp(existing),
        };
        let mut row = if order.is_ge() { existing.take() } else { None };
        if order.is_le() {
            let is_same =
                |row: &MaybeRow<R>, new: &K| row.as_ref().is_none_or(|(key, _)| key == row_key(new));
            while new.peek().is_some_and(|new| is_same(&row, new)) {
                let Some((key, value)) = new.next()? else { break };
                add(&mut row, key, value)?;
            }
        }
        if let Some((key, row)) = row {
            output.push(&key, &row).await?;
        }
    }
}

/// Merges a row into one that may not be there yet.
pub(crate) fn merge_row<R: Row>(row: &mut MaybeRow<R>, key: R::Key, part: R) {
    match row {
        Some((_, row)) => row.merge(part),
        None => *row = Some((key, part)),
    }
}
