//! The load-dims stage: dimensions from facts.
//!
//! Every commit to a dimension names the snapshot of the facts that it reflects. When all dimensions reflect
//! one ancestor of the facts' head and rows were only added since, the new facts are merged into them;
//! otherwise they are built anew. Either way the rows are the same. Memory does not grow with the facts:
//! aggregates beyond a limit are spilled to scratch files, sorted, and merged in the end.

mod build;
mod commit;
mod existing;
mod facts;
mod groups;
mod heads;
mod join;
mod listings;
mod merge;
mod output;
mod parts;
mod runs;
mod spill;
mod stage;
mod time;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use estrella_lake::{Error, ErrorKind};
use estrella_runtime::Deps;
use serde::{Deserialize, Serialize};

use heads::{Heads, Work};

pub use stage::stage;

/// What a run of the stage did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DimsLoaded {
    /// Dimensions whose rows this run replaced, like `model.dim_users`.
    pub tables_changed: BTreeSet<String>,
    /// Number of rows of every dimension afterwards.
    pub rows: BTreeMap<String, u64>,
    /// Whether the dimensions were built from all facts instead of the new ones.
    pub rebuilt: bool,
    /// Number of facts that were read.
    pub events_read: u64,
}

/// Sizes that bound memory.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    /// Listings in memory, about 110 bytes each.
    listings: usize,
    /// Visits in memory, before they are spilled; about 160 bytes each.
    visits: usize,
    /// Rows of a dimension in memory, before they are spilled; about 90 bytes each.
    rows: usize,
    /// Runs on disk, before they are merged into one; 8 KiB each while they are read.
    runs: usize,
    /// Rows of a row group.
    group_rows: usize,
    /// Rows of a file, whole row groups.
    file_rows: u64,
}

impl Default for Sizes {
    fn default() -> Self {
        // A hash table is full at seven eighths of a power of two, and would double.
        let full = |slots: usize| slots / 8 * 7;
        Self {
            // A whole catalogue: products come again all the time.
            listings: full(1 << 18),
            // The visits of an hour or so: they do not come again, and a small table stays in the caches.
            visits: full(1 << 15),
            // Users come in the order of their sessions, which is any order: more in memory are not spilled less.
            rows: full(1 << 16),
            runs: 1 << 10,
            group_rows: 1 << 16,
            file_rows: 1 << 20,
        }
    }
}

/// Times that the work is begun anew because somebody else changed a table meanwhile.
const ATTEMPTS: u32 = 4;

/// Makes the dimensions reflect the head of the facts. Run again, it changes nothing.
///
/// # Errors
/// `Conflict` when other writers keep changing the dimensions, and whatever storage and catalog say.
pub async fn handle(deps: &Deps) -> Result<DimsLoaded, Error> {
    load(deps, Sizes::default()).await
}

async fn load(deps: &Deps, sizes: Sizes) -> Result<DimsLoaded, Error> {
    let mut loaded = DimsLoaded::default();
    let (mut lost, mut distrust) = (0, false);
    loop {
        let heads = Heads::load(&deps.lake).await?;
        let work = if distrust { Work::Rebuild } else { heads.work().await? };
        let incremental = matches!(work, Work::Add(_));
        let Err(error) = build::run(deps, sizes, &heads, work, &mut loaded).await else { break };
        match error.kind() {
            ErrorKind::Conflict if lost + 1 < ATTEMPTS => lost += 1,
            // The dimensions are derived: what is wrong with them, the facts heal.
            ErrorKind::InvalidInput | ErrorKind::NotFound if incremental => distrust = true,
            _ => return Err(error),
        }
        tracing::warn!(%error, lost, rebuild = distrust, "dimensions are begun anew");
    }
    tracing::info!(
        tables_changed = loaded.tables_changed.len(),
        rebuilt = loaded.rebuilt,
        events_read = loaded.events_read,
        "dimensions are loaded"
    );
    Ok(loaded)
}
