//! The mapping of a lake in a folder.

use std::path::Path;

use bytes::Bytes;
use estrella_core::changes::{CONFIG_KEY, Mapping};
use estrella_lake::{Error, Result};
use estrella_runtime::Deps;

/// Puts a mapping in the place of the one that there is.
pub(super) async fn keep(file: &Path, deps: &Deps) -> Result<()> {
    let text = std::fs::read_to_string(file).map_err(|e| Error::io("read mapping", file, e))?;
    Mapping::parse(&text).map_err(|error| Error::invalid(error.to_string()).at(file.display()))?;
    let store = deps.lake.store();
    store.delete(CONFIG_KEY).await?;
    store.put_if_absent(CONFIG_KEY, Bytes::from(text)).await?;
    Ok(())
}
