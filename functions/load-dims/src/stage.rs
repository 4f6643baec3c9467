//! Load-dims as a Lambda.

use estrella_lake::Result;
use estrella_runtime::{Counts, Deps, Output, Work};

/// Loads the dimensions, whatever called.
///
/// # Errors
/// As [`handle`](crate::handle).
pub async fn stage(work: Work, deps: &Deps) -> Result<Output> {
    work.check()?;
    let loaded = crate::handle(deps).await?;
    Output::new(&loaded, Counts { rows_in: loaded.events_read, ..Counts::default() })
}
