//! Which hours have to be judged.

use std::collections::BTreeSet;

use estrella_core::schema::PROFILE_HOURS;
use estrella_lake::{PlannedFile, Result};
use estrella_runtime::Deps;

use crate::hour_of;
use crate::hours::Hours;
use crate::states::Kept;

/// Hours of silence after which nobody expects rows: a lake that is done with, or one of old data.
const LIVE_HOURS: i64 = 48;
/// Hours before the newest one that are judged when they come. What is older is history: it is learnt from, and nobody
/// is woken for it.
const FRESH_HOURS: i64 = 7 * 24;
/// The same for a lake that was never looked at: nobody waits for news of what was there before it.
const FIRST_HOURS: i64 = 24;
/// How long after its end an hour is over, in microseconds: files of its last minutes may be under way.
const SETTLE_MICROS: i64 = 5 * 60 * 1_000_000;
/// Hours that are remembered as judged.
const REMEMBERED: i64 = 10 * 7 * 24;
/// Hours ahead that are remembered, the nearest: a clock may be wrong by years. The others are found when they are over, as
/// all hours are of a lake that is live.
const MAX_WAITING: usize = 10 * 7 * 24;

/// Hours to judge, and those that are to wait.
#[derive(Debug, Default)]
pub(crate) struct Due {
    /// Over, and not judged with the rows they have.
    pub(crate) hours: BTreeSet<i64>,
    /// Over, and with rows that they were not judged with.
    with_rows: BTreeSet<i64>,
    /// Not over yet.
    waiting: BTreeSet<i64>,
    seen_snapshot: Option<i64>,
    latest: Option<i64>,
}

impl Due {
    /// Looks for hours with new rows, and for hours that have passed without any.
    pub(crate) async fn find(kept: &Kept, deps: &Deps) -> Result<Self> {
        let Some(table) = deps.lake.table_if_exists(&PROFILE_HOURS).await? else {
            return Ok(Self::default());
        };
        let files: Vec<PlannedFile> = match table.ancestors_after(kept.seen_snapshot) {
            Some(newer) => {
                let mut files = Vec::new();
                for snapshot in newer.iter().filter(|snapshot| snapshot.operation == "append") {
                    files.extend(table.added_files(snapshot.snapshot_id).await?);
                }
                files
            }
            // Rolled back, or not looked at for so long that what was seen is forgotten.
            None => table.plan(None).await?,
        };
        let mut with_rows = kept.due.clone();
        with_rows.extend(Hours::of(&table, deps).rows(&files).await?.into_keys());

        let over_until = hour_of(deps.lake.clock().now_ms() * 1000 - SETTLE_MICROS);
        let waiting = with_rows.split_off(&over_until).into_iter().take(MAX_WAITING).collect();
        // Only an hour that is over is the newest. Beside one that lies ahead, by a clock that is wrong, all that comes until
        // then would be history. States that were written before this was so may name one.
        let known = kept.latest.map(|latest| latest.min(over_until - 1));
        let latest = known.max(with_rows.last().copied());
        let mut hours = with_rows.clone();
        if let Some(latest) = latest {
            // Hours that were passed over are silent ones, and so are those that have gone by since.
            let until = if over_until - latest <= LIVE_HOURS { over_until } else { latest };
            let next = kept.judged.keys().next_back().map(|judged| judged + 1);
            let from = next.or(hours.first().copied()).unwrap_or(latest);
            let fresh = latest - if kept.latest.is_some() { FRESH_HOURS } else { FIRST_HOURS };
            hours.extend(from.max(fresh)..until);
            hours = hours.split_off(&fresh);
        }
        Ok(Self { hours, with_rows, waiting, seen_snapshot: table.snapshot_id(), latest })
    }

    /// Whether there is nothing to judge and nothing to remember.
    pub(crate) fn is_nothing_new(&self, kept: &Kept) -> bool {
        self.hours.is_empty() && self.waiting == kept.due && self.seen_snapshot == kept.seen_snapshot
    }

    /// Leaves what is still due in a state. Silent hours are found again without that; among those with rows they would make
    /// the lake look live for longer than it is.
    pub(crate) fn note(self, later: &BTreeSet<i64>, next: &mut Kept) {
        next.due = self.waiting;
        next.due.extend(later.intersection(&self.with_rows));
        next.seen_snapshot = self.seen_snapshot;
        next.latest = self.latest;
        if let Some(latest) = next.judged.keys().next_back().copied() {
            next.judged = next.judged.split_off(&(latest - REMEMBERED));
        }
    }
}
