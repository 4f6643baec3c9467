//! Where the rows of one object are, told from documents and metadata: no data file is opened.

mod commits;
mod find;
mod logs;
mod object;
mod run;
#[cfg(test)]
mod tests;

use estrella_runtime::Deps;

pub use commits::{Commit, Reflection};
pub use logs::Logs;
pub use object::{Landed, ObjectTrace, RefusedWhole, State};
pub use run::{BatchTrace, RunTrace};

/// Why an object cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// No receipt and no refusal has this name.
    #[error("no object is named {name} in this lake")]
    Unknown {
        /// As it was asked for.
        name: String,
        /// Keys that look like it, the likeliest first.
        near: Vec<String>,
    },
    /// What the lake has written down cannot be read.
    #[error(transparent)]
    Lake(#[from] estrella_lake::Error),
}

/// Follows every object that `name` means: a receipt's id, a key, an address, a path, or the last part of one. Versions of
/// one key are objects of their own. `environment` is that of the deployment whose logs are to be searched.
///
/// # Errors
/// [`TraceError::Unknown`] if there is none; else those of the store and of documents that cannot be read.
pub async fn trace(
    name: &str,
    environment: Option<&str>,
    deps: &Deps,
) -> Result<Vec<ObjectTrace>, TraceError> {
    let mut traces = Vec::new();
    for found in find::objects(name, deps).await? {
        traces.push(ObjectTrace::of(found, environment, deps).await?);
    }
    Ok(traces)
}
