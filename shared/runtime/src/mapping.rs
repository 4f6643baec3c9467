//! The mapping of the lake.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use estrella_core::changes::{CONFIG_KEY, Mapping};
use estrella_lake::{Error, ErrorKind, Lake, Result};

use crate::Deps;

/// The tables of the shop's database that the lake knows: its own `config/tables.json`, or the shop's six.
///
/// # Errors
/// `InvalidInput` naming the table that is wrong, and those of the store.
pub async fn mapping(deps: &Deps) -> Result<Mapping> {
    lake_mapping(&deps.lake).await
}

/// As [`mapping`], of a lake alone. From then on its tables are found by their names.
///
/// # Errors
/// As [`mapping`].
pub async fn lake_mapping(lake: &Lake) -> Result<Mapping> {
    // Definitions of tables are never freed: a mapping that stays the same is read once.
    static LAST: Mutex<Option<(Bytes, Mapping)>> = Mutex::new(None);
    let text = match lake.store().get(CONFIG_KEY).await {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Mapping::default()),
        Err(error) => return Err(error),
    };
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, known)) = last.as_ref().filter(|(known, _)| *known == text) {
        return Ok(known.clone());
    }
    let wrong = |reason: String| Error::invalid(reason).at(lake.store().location(CONFIG_KEY));
    let read = std::str::from_utf8(&text).map_err(|e| wrong(format!("the mapping is not UTF-8: {e}")))?;
    let mapping = Mapping::parse(read).map_err(|error| wrong(error.to_string()))?;
    *last = Some((text, mapping.clone()));
    Ok(mapping)
}
