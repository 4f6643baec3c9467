//! The rules of a lake.

use estrella_contracts::keys;
use estrella_dqdl::{Ruleset, parse, shipped};
use estrella_lake::{Error, ErrorKind, Result};

use crate::Deps;

/// The rules of a dataset: those under `config/rules/` in the lake, or the ones that come with the program; none if
/// there are neither.
///
/// # Errors
/// `InvalidInput` naming the line and the column of what is wrong with the lake's own. Else those of the store.
pub async fn rules(rule_set: &str, deps: &Deps) -> Result<Option<Ruleset>> {
    let key = keys::rules(rule_set);
    // The place comes first: what follows is a text of several lines.
    let wrong = |e: String| Error::invalid(format!("{key}: {e}"));
    let own = match deps.lake.store().get(&key).await {
        Ok(bytes) => Some(String::from_utf8(bytes.to_vec()).map_err(|e| wrong(e.to_string()))?),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let Some(text) = own.as_deref().or_else(|| shipped(rule_set)) else { return Ok(None) };
    parse(text).map(Some).map_err(|e| wrong(e.to_string()))
}
