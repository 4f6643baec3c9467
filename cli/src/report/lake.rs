//! Tables and runs.

use estrella_core::schema::RUNS;
use estrella_lake::{Result, Table};
use estrella_report as report;

use super::read::Read;

/// Runs that are listed.
const MAX_RUNS: usize = 20;
/// How old the last commit may be, in minutes: facts come every hour, dimensions every day.
const FRESH: [(&str, u64); 3] =
    [("clean.events", 180), ("model.fact_user_events", 180), ("model.dim_", 26 * 60)];

pub(super) async fn tables(tables: &[Table]) -> Result<Vec<report::Table>> {
    let mut listed = Vec::with_capacity(tables.len());
    for table in tables {
        let name = table.schema().full_name();
        let rows = match table.property("total-records").and_then(|rows| rows.parse().ok()) {
            Some(rows) => rows,
            None => table.plan(None).await?.iter().map(|file| file.rows).sum(),
        };
        listed.push(report::Table {
            rows,
            committed_at_ms: table.history().first().map(|snapshot| snapshot.timestamp_ms),
            fresh_for_minutes: FRESH.iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, m)| *m),
            name,
        });
    }
    Ok(listed)
}

/// The last runs, newest first, and what all of them add up to.
pub(super) async fn runs(read: &Read<'_>) -> Result<(Vec<report::Run>, report::Totals)> {
    const COLUMNS: [&str; 10] = [
        "run_id",
        "started_at",
        "finished_at",
        "status",
        "facts",
        "duplicates",
        "rejected",
        "quarantined",
        "blocked",
        "discarded",
    ];
    let (mut runs, mut totals) = (Vec::new(), report::Totals::default());
    for group in read.columns(&RUNS, &COLUMNS, None).await? {
        let (ids, statuses) = (group.texts("run_id")?, group.texts("status")?);
        let (started, finished) = (group.times_ms("started_at")?, group.times_ms("finished_at")?);
        let count = |name: &str, row: usize| {
            Ok::<_, estrella_lake::Error>(group.longs(name)?.value(row).unsigned_abs())
        };
        for row in 0..group.len() {
            let rows = report::Rows {
                facts: count("facts", row)?,
                duplicates: count("duplicates", row)?,
                rejected: count("rejected", row)?,
                quarantined: count("quarantined", row)?,
                blocked: count("blocked", row)?,
                discarded: count("discarded", row)?,
            };
            let status = match statuses.value(row) {
                "blocked" => report::RunStatus::Blocked,
                "released" => report::RunStatus::Released,
                "discarded" => report::RunStatus::Discarded,
                _ => report::RunStatus::Done,
            };
            totals.runs += 1;
            // What was decided later counted as held back before.
            let is_decided = matches!(status, report::RunStatus::Released | report::RunStatus::Discarded);
            let decided = if is_decided { rows.rows_in() } else { 0 };
            add(&mut totals.rows, &rows);
            totals.rows.blocked = totals.rows.blocked.saturating_sub(decided);
            runs.push(report::Run {
                run_id: ids.value(row).to_owned(),
                started_at_ms: started[row],
                duration_ms: Some((finished[row] - started[row]).unsigned_abs()),
                status,
                rows,
            });
        }
    }
    runs.sort_by_key(|run| std::cmp::Reverse(run.started_at_ms));
    runs.truncate(MAX_RUNS);
    Ok((runs, totals))
}

fn add(total: &mut report::Rows, rows: &report::Rows) {
    total.facts += rows.facts;
    total.duplicates += rows.duplicates;
    total.rejected += rows.rejected;
    total.quarantined += rows.quarantined;
    total.blocked += rows.blocked;
    total.discarded += rows.discarded;
}
