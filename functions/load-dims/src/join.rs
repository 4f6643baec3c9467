//! New aggregates, existing rows and what the shop's database says, side by side.

use estrella_core::star::{Attributes, Merge, Row, SortKey};
use estrella_lake::Result;
use serde::de::DeserializeOwned;

use crate::changes::AttributeSource;
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
    mut attributes: AttributeSource<R::Key>,
    output: &mut Output<'_>,
    row_key: impl Fn(&K) -> &R::Key,
    mut add: impl FnMut(&mut MaybeRow<R>, K, V) -> Result<()>,
) -> Result<()>
where
    K: SortKey,
    V: Merge + DeserializeOwned,
    R: Row,
{
    loop {
        let mut least = new.peek().map(&row_key);
        for other in [existing.peek().await?.map(|(key, _)| key), attributes.peek()?] {
            least = match (least, other) {
                (Some(least), Some(other)) => Some(least.min(other)),
                (least, other) => least.or(other),
            };
        }
        let Some(key) = least.cloned() else { return Ok(()) };
        let is_existing = existing.peek().await?.is_some_and(|(existing, _)| *existing == key);
        let mut row = if is_existing { existing.take() } else { None };
        while new.peek().is_some_and(|new| *row_key(new) == key) {
            let Some((key, value)) = new.next()? else { break };
            add(&mut row, key, value)?;
        }
        let row = row.as_ref().map(|(_, row)| row);
        let versions = attributes.take_if(&key)?;
        if row.is_some() || R::EVENTLESS {
            output.push(&key, row, versions.as_deref().unwrap_or(&[Attributes::UNKNOWN])).await?;
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
