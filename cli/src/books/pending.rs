//! What is extracted and not loaded.

use std::collections::{BTreeSet, HashSet};

use estrella_contracts::{Receipt, keys};
use estrella_lake::Result;
use estrella_runtime::Deps;
use serde::Serialize;

use super::{documents, ids};

/// Objects that wait for their load.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Pending {
    /// Objects with events.
    pub objects: u64,
    /// Rows of these objects, refused ones and duplicates among them.
    pub rows: u64,
    /// The dates that they have rows of: a batch each, `YYYY-MM-DD`.
    pub dates: BTreeSet<String>,
    /// Objects with changes of the shop's database.
    pub change_objects: u64,
    /// Changes in these.
    pub changes: u64,
}

/// What waits. A run at work has part of it in hand.
///
/// # Errors
/// `InvalidInput` if a receipt cannot be read. Else those of the store.
pub async fn pending(deps: &Deps) -> Result<Pending> {
    let store = &**deps.lake.store();
    // Receipts first: what is loaded meanwhile has its mark by then.
    let receipts = ids(store, keys::RECEIPTS).await?;
    let applied: HashSet<String> = ids(store, keys::APPLIED).await?.into_iter().collect();
    let waiting = receipts.iter().filter(|id| !applied.contains(*id)).map(|id| keys::receipt(id)).collect();
    let mut pending = Pending::default();
    for (_, receipt) in documents::<Receipt>(store, waiting).await? {
        let receipt = receipt?;
        match &receipt.changes {
            Some(changes) => {
                pending.change_objects += 1;
                pending.changes += changes.rows;
            }
            None => {
                pending.objects += 1;
                pending.rows += receipt.rows_in;
                pending.dates.extend(receipt.parts.into_iter().map(|part| part.event_date));
            }
        }
    }
    Ok(pending)
}
