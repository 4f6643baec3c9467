//! Maintain: keeps the tables small enough to open. It expires snapshots that nobody needs any more and removes the
//! files that only they named.

mod stage;

use estrella_core::schema::all_tables;
use estrella_lake::{Expired, Result};
use estrella_runtime::{Deps, mapping};

pub use stage::stage;

const MS_PER_DAY: i64 = 24 * 60 * 60 * 1000;

/// What was done to all tables.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Maintained {
    /// Tables that lost snapshots.
    pub tables: u64,
    /// Snapshots that are gone.
    pub snapshots_expired: u64,
    /// Files that are gone.
    pub files_removed: u64,
}

/// Maintains every table. Run again, it changes nothing more.
///
/// # Errors
/// Those of store and catalog; tables that were done stay done.
pub async fn handle(deps: &Deps) -> Result<Maintained> {
    let before_ms = deps.lake.clock().now_ms() - i64::from(deps.config.keep_snapshot_days) * MS_PER_DAY;
    let mut done = Maintained::default();
    // Makes the tables of the lake's own mapping known.
    mapping(deps).await?;
    for schema in all_tables() {
        let Expired { snapshots, files } = deps.lake.expire(schema, before_ms).await?;
        done.tables += u64::from(snapshots > 0);
        done.snapshots_expired += snapshots;
        done.files_removed += files;
    }
    Ok(done)
}
