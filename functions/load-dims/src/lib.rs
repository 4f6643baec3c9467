//! The load-dims stage: dimensions from facts and from changes of the shop's database.
//!
//! Changes are appended to a log per table; then facts are filled in with what is known by now; then the dimensions
//! are written.
//!
//! Every commit to a dimension names the snapshot of the facts that it reflects. When all dimensions reflect
//! one ancestor of the facts' head and rows were only added since, the new facts are merged into them;
//! otherwise they are built anew. Either way the rows are the same. Memory does not grow with the facts:
//! aggregates beyond a limit are spilled to scratch files, sorted, and merged in the end.

mod build;
mod changes;
mod commit;
mod correct;
mod existing;
mod facts;
mod gates;
mod groups;
mod heads;
mod join;
mod listings;
mod merge;
mod other;
mod output;
mod parts;
mod runs;
mod since;
mod spill;
mod stage;
mod time;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use estrella_lake::{Error, ErrorKind};
use estrella_runtime::{Deps, mapping};
use serde::{Deserialize, Serialize};

use build::{Build, Rules};
use changes::Logs;
use estrella_check_quality::TableRules;
use heads::{Heads, Work};

pub use gates::HeldBack;
pub use stage::stage;

/// What a run of the stage did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DimsLoaded {
    /// Dimensions whose rows this run replaced, like `model.dim_users`.
    pub tables_changed: BTreeSet<String>,
    /// Number of rows of every dimension afterwards.
    pub rows: BTreeMap<String, u64>,
    /// Whether the dimensions were built from all facts instead of the new ones.
    pub rebuilt: bool,
    /// Number of facts that were read.
    pub events_read: u64,
    /// Changes of the shop's database that were taken in, by table.
    pub changes: BTreeMap<String, u64>,
    /// Fact files that were written anew because more is known of their rows.
    pub fact_files_filled: u64,
    /// Gates that did not let their dimension through. What they hold back stays pending.
    pub held_back: Vec<HeldBack>,
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
    /// Changes in memory, before they are spilled; some 300 bytes each.
    changes: usize,
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
            changes: 1 << 16,
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
    let mapping = mapping(deps).await?;
    let mut loaded =
        DimsLoaded { changes: changes::apply(deps, &mapping, sizes).await?, ..DimsLoaded::default() };
    let (mut lost, mut distrust) = (0, false);
    loop {
        let logs = Logs::load(&deps.lake, &mapping).await?;
        let mut continued = false;
        let Err(error) = load_star(deps, sizes, &logs, distrust, &mut continued, &mut loaded).await else {
            break;
        };
        match error.kind() {
            ErrorKind::Conflict if lost + 1 < ATTEMPTS => lost += 1,
            // The dimensions are derived: what is wrong with them, the facts heal.
            ErrorKind::InvalidInput | ErrorKind::NotFound if continued => distrust = true,
            _ => return Err(error),
        }
        tracing::warn!(%error, lost, rebuild = distrust, "dimensions are begun anew");
    }
    other::load(deps, sizes, &mapping, &mut loaded).await?;
    tracing::info!(
        tables_changed = loaded.tables_changed.len(),
        rebuilt = loaded.rebuilt,
        events_read = loaded.events_read,
        facts_filled = loaded.fact_files_filled,
        held_back = loaded.held_back.len(),
        "dimensions are loaded"
    );
    Ok(loaded)
}

/// Fills the facts in and loads the dimensions of the star. `continued` says whether existing rows were built upon.
async fn load_star(
    deps: &Deps,
    sizes: Sizes,
    logs: &Logs,
    distrust: bool,
    continued: &mut bool,
    loaded: &mut DimsLoaded,
) -> Result<(), Error> {
    // A fact file is filled in from its file of clean.events.
    estrella_load_facts::follow(deps).await?;
    let mut heads = Heads::load(&deps.lake).await?;
    let mut rules = Rules::new();
    for dim in heads.dims() {
        let schema = dim.schema();
        rules.extend(TableRules::read(schema, deps).await?.map(|found| (schema.name, found)));
    }
    let before = heads.work(distrust).await?;
    let build = Build::of(deps, sizes, logs, &rules, &heads, matches!(before, Work::Rebuild));
    loaded.fact_files_filled += correct::correct(deps, &heads, &before, &build).await?;
    // Facts that were filled in have other files.
    heads.facts = deps.lake.table(heads.facts.schema()).await?;
    let work = heads.work(distrust).await?;
    let build = Build::of(deps, sizes, logs, &rules, &heads, matches!(work, Work::Rebuild));
    *continued = !build.rebuild;
    build::run(deps, &heads, &build, work, loaded).await
}
