//! Rows of `ops.runs`.

use estrella_core::schema::RUNS;
use estrella_lake::{Result, Table};
use estrella_runtime::Deps;
use serde::Serialize;

use crate::output::time;
use crate::report::read::{Read, Rows};

const COLUMNS: [&str; 11] = [
    "run_id",
    "started_at",
    "finished_at",
    "status",
    "rows_in",
    "facts",
    "duplicates",
    "rejected",
    "quarantined",
    "blocked",
    "discarded",
];

/// One run, as it was noted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Run {
    /// Id.
    pub run_id: String,
    /// When it began, UTC.
    pub started_at: String,
    /// How long it took, in milliseconds.
    pub duration_ms: i64,
    /// `done`, `blocked`, `released` or `discarded`.
    pub status: String,
    /// Rows read from the objects.
    pub rows_in: i64,
    /// Rows added to the facts.
    pub facts: i64,
    /// Exact duplicates.
    pub duplicates: i64,
    /// Rows refused.
    pub rejected: i64,
    /// Rows set aside by rules.
    pub quarantined: i64,
    /// Rows held back by the quality gate.
    pub blocked: i64,
    /// Rows thrown away by a human's decision.
    pub discarded: i64,
}

impl Run {
    /// Where the rows went, with the name of each place.
    pub fn rows_out(&self) -> [(&'static str, i64); 6] {
        [
            ("facts", self.facts),
            ("duplicates", self.duplicates),
            ("rejected", self.rejected),
            ("quarantined", self.quarantined),
            ("blocked", self.blocked),
            ("discarded", self.discarded),
        ]
    }
}

/// All runs, in no order.
///
/// # Errors
/// `InvalidInput` if the table's files cannot be read, `NotFound` if one is missing. Else those of the stores.
pub async fn runs(deps: &Deps) -> Result<Vec<Run>> {
    let table: Vec<Table> = deps.lake.table_if_exists(&RUNS).await?.into_iter().collect();
    let groups = Read::new(&table, deps).columns(&RUNS, &COLUMNS, None).await?;
    Ok(groups
        .iter()
        .map(rows)
        .collect::<Result<Vec<_>>>()?
        .into_iter()
        .flatten()
        .map(|(_, run)| run)
        .collect())
}

/// The runs that were noted last, the newest first. Other files of the table are not opened.
///
/// # Errors
/// As [`runs`].
pub async fn newest_runs(count: usize, deps: &Deps) -> Result<Vec<Run>> {
    let Some(table) = deps.lake.table_if_exists(&RUNS).await? else { return Ok(Vec::new()) };
    let files = table.newest_files(count).await?;
    let groups = Read::new(&[], deps).files(files, &COLUMNS).await?;
    let mut runs: Vec<(i64, Run)> =
        groups.iter().map(rows).collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
    runs.sort_by_key(|(started_ms, _)| std::cmp::Reverse(*started_ms));
    Ok(runs.into_iter().map(|(_, run)| run).take(count).collect())
}

/// With the time of their beginning, in milliseconds since the Unix epoch.
fn rows(group: &Rows) -> Result<Vec<(i64, Run)>> {
    let (ids, statuses) = (group.texts("run_id")?, group.texts("status")?);
    let (started, finished) = (group.times_ms("started_at")?, group.times_ms("finished_at")?);
    let count = |name: &str, row: usize| Ok::<_, estrella_lake::Error>(group.longs(name)?.value(row));
    let run = |row: usize| {
        let run = Run {
            run_id: ids.value(row).to_owned(),
            started_at: time(started[row]),
            duration_ms: finished[row] - started[row],
            status: statuses.value(row).to_owned(),
            rows_in: count("rows_in", row)?,
            facts: count("facts", row)?,
            duplicates: count("duplicates", row)?,
            rejected: count("rejected", row)?,
            quarantined: count("quarantined", row)?,
            blocked: count("blocked", row)?,
            discarded: count("discarded", row)?,
        };
        Ok((started[row], run))
    };
    (0..group.len()).map(run).collect()
}
