//! The documents that the stages hand to each other under `landed/stages/`.

use bytes::Bytes;
use estrella_contracts::SCHEMA_VERSION;
use estrella_lake::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Deps, Work};

impl Work {
    /// The document that the work is about: the one that the message names by `key`, or the new object itself.
    ///
    /// # Errors
    /// `InvalidInput` if the message names none, or is of another version.
    pub fn key(&self) -> Result<&str> {
        match self {
            Self::Object(object) => Ok(&object.key),
            Self::Message(message) => {
                check_version(message)?;
                message["key"].as_str().ok_or_else(|| Error::invalid("message names no key").at(message))
            }
        }
    }

    /// Checks a message that needs no content.
    ///
    /// # Errors
    /// `InvalidInput` if it is of another version.
    pub fn check(&self) -> Result<()> {
        match self {
            Self::Object(_) => Ok(()),
            Self::Message(message) => check_version(message),
        }
    }
}

/// A message without a version is one that a human wrote, or a schedule.
fn check_version(message: &Value) -> Result<()> {
    match &message["schema_version"] {
        Value::Null => Ok(()),
        version if *version == SCHEMA_VERSION => Ok(()),
        version => Err(Error::invalid(format!("message has schema version {version}")).at(message)),
    }
}

/// Reads a document.
///
/// # Errors
/// `NotFound` if it is not there, `InvalidInput` if it cannot be read or is of another version.
pub async fn read_document<T: DeserializeOwned>(key: &str, deps: &Deps) -> Result<T> {
    let unreadable = |e| Error::invalid("document cannot be read").at(key).because(e);
    let bytes = deps.lake.store().get(key).await?;
    let value: Value = serde_json::from_slice(&bytes).map_err(unreadable)?;
    check_version(&value).map_err(|error| error.at(key))?;
    serde_json::from_value(value).map_err(unreadable)
}

/// Writes a document unless it stands already, and returns the one that stands: a stage that is called twice answers
/// twice the same.
///
/// # Errors
/// As [`read_document`], and those of the store.
pub async fn keep_document<T: Serialize + DeserializeOwned>(
    key: &str,
    document: T,
    deps: &Deps,
) -> Result<T> {
    let body = serde_json::to_vec(&document).map_err(|e| Error::bug("write document").at(key).because(e))?;
    match deps.lake.store().put_if_absent(key, Bytes::from(body)).await? {
        estrella_lake::Put::Created => Ok(document),
        estrella_lake::Put::Exists => read_document(key, deps).await,
    }
}
