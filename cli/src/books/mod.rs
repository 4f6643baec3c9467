//! What a lake has written down about its own loads: the rows of `ops.runs`, and what was extracted and is not loaded.

#[cfg(test)]
pub(crate) mod fixture;
mod pending;
mod run;

pub use pending::{Pending, pending};
pub use run::{Run, newest_runs, runs};

use bytes::Bytes;
use estrella_contracts::keys;
use estrella_lake::{Error, ErrorKind, ObjectStore, Result};
use futures::{StreamExt, TryStreamExt, stream};
use serde::de::DeserializeOwned;

/// Documents read at once.
const DOCUMENTS_AT_ONCE: usize = 16;

/// Reads documents, keeping their order; none of those that are gone. A document that is no such message is the error
/// beside its key.
pub(crate) async fn documents<T: DeserializeOwned>(
    store: &dyn ObjectStore,
    keys: Vec<String>,
) -> Result<Vec<(String, Result<T>)>> {
    let read = |key: String| async move {
        let bytes: Bytes = match store.get(&key).await {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let parsed = serde_json::from_slice(&bytes)
            .map_err(|e| Error::invalid("message cannot be read").at(&key).because(e));
        Ok::<_, Error>(Some((key, parsed)))
    };
    let read = stream::iter(keys).map(read).buffered(DOCUMENTS_AT_ONCE);
    read.try_filter_map(|found| async move { Ok(found) }).try_collect().await
}

/// The ids of the documents under a prefix.
pub(crate) async fn ids(store: &dyn ObjectStore, prefix: &str) -> Result<Vec<String>> {
    let objects = store.list(prefix).await?;
    Ok(objects.iter().filter_map(|object| keys::id_of(&object.key)).map(str::to_owned).collect())
}
