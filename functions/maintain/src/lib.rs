//! Maintain: keeps the tables quick to open and no larger than they need to be. It puts small files together, forgets
//! snapshots that nobody needs any more, and removes files that nobody names.
//!
//! It blocks nobody: where it meets another writer it gives way, and its next run does what was left. Facts follow
//! `clean.events` file by file, so their files are put together by writing those of `clean.events` anew.

mod stage;
mod tables;

use estrella_core::schema::{CLEAN_EVENTS, all_tables};
use estrella_lake::{Compacted, Keep, MIN_GRACE_MS, Result};
use estrella_runtime::{Deps, mapping};

pub use stage::stage;
use tables::{is_compacted, rules};

const MS_PER_DAY: i64 = 24 * 60 * 60 * 1000;

/// What was done to all tables.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Maintained {
    /// Tables that lost snapshots.
    pub tables: u64,
    /// Snapshots that are gone.
    pub snapshots_expired: u64,
    /// Files that are gone, those of [`Self::orphans_removed`] left out.
    pub files_removed: u64,
    /// Small files that were put together; readers of older snapshots still find them.
    pub files_compacted: u64,
    /// Files that no snapshot named.
    pub orphans_removed: u64,
}

/// Maintains every table. Run again, it changes nothing more.
///
/// # Errors
/// Those of store and catalog; tables that were done stay done.
pub async fn handle(deps: &Deps) -> Result<Maintained> {
    let mut done = Maintained::default();
    // Makes the tables of the lake's own mapping known.
    mapping(deps).await?;
    compact(&mut done, deps).await?;
    let unfinished_ms = estrella_plan::unfinished_since_ms(deps).await?;
    let undelivered_ms = estrella_detect_drift::undelivered_since_ms(deps).await?;
    expire(&mut done, unfinished_ms.into_iter().chain(undelivered_ms).min(), deps).await?;
    // What a run that stopped half-way has prepared is named by its documents only.
    if unfinished_ms.is_none() {
        remove_orphans(&mut done, deps).await?;
    }
    tracing::info!(
        files_compacted = done.files_compacted,
        snapshots_expired = done.snapshots_expired,
        files_removed = done.files_removed,
        orphans_removed = done.orphans_removed,
        "tables are maintained"
    );
    Ok(done)
}

async fn compact(done: &mut Maintained, deps: &Deps) -> Result<()> {
    // Facts that were left behind by an earlier run come first: dates whose files do not match are left alone.
    estrella_load_facts::follow(deps).await?;
    let level = tables::level_dates(deps).await?;
    for schema in all_tables().into_iter().filter(|schema| is_compacted(schema)) {
        let is_free = |date: Option<i32>| date.is_none_or(|date| level.contains(&date));
        let rules = rules(schema, &deps.config.compaction);
        let Compacted { files_before, .. } =
            deps.lake.compact(schema, &rules, &deps.scratch, &is_free).await?;
        done.files_compacted += files_before;
        if schema.full_name() == CLEAN_EVENTS.full_name() && files_before > 0 {
            estrella_load_facts::follow(deps).await?;
        }
    }
    Ok(())
}

async fn expire(done: &mut Maintained, unfinished_ms: Option<i64>, deps: &Deps) -> Result<()> {
    let now_ms = deps.lake.clock().now_ms();
    let since_ms = now_ms - i64::from(deps.config.keep_snapshot_days) * MS_PER_DAY;
    let keep = Keep {
        // A run or a look that stopped half-way finds its commits by their keys.
        since_ms: unfinished_ms.map_or(since_ms, |unfinished_ms| since_ms.min(unfinished_ms)),
        at_least: deps.config.keep_snapshots as usize,
    };
    for schema in all_tables() {
        let expired = deps.lake.expire(schema, keep).await?;
        done.tables += u64::from(expired.snapshots > 0);
        done.snapshots_expired += expired.snapshots;
        done.files_removed += expired.files;
    }
    Ok(())
}

async fn remove_orphans(done: &mut Maintained, deps: &Deps) -> Result<()> {
    let grace_ms = i64::from(deps.config.keep_orphan_days) * MS_PER_DAY;
    for schema in all_tables() {
        let removed = deps.lake.remove_orphans(schema, grace_ms.max(MIN_GRACE_MS)).await?;
        done.orphans_removed += removed.files;
    }
    Ok(())
}
