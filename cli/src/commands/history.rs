//! `estrella history`

use std::collections::HashSet;

use estrella_lake::{KEY_PROPERTY, SnapshotInfo, Table};
use serde::Serialize;

use super::open::{OpenLake, schema};
use crate::output::{Fit, count, grid, time};
use crate::{CliError, Exit, LakeArgs, Output};

/// List a table's snapshots, newest first
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  estrella history dim_users
  estrella history clean.events --json")]
pub struct HistoryArgs {
    /// Table, as namespace.name or by its name alone
    pub table: String,
    /// Where the lake is.
    #[command(flatten)]
    pub lake: LakeArgs,
    /// Print an array of objects
    #[arg(long)]
    pub json: bool,
}

/// Where a snapshot stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// What readers see.
    Current,
    /// What the current one was made from.
    Past,
    /// Left behind by a rollback; a rollback can also lead back to it.
    RolledBack,
}

/// One retained snapshot. A count is none where the engine that committed left it out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SnapshotRow {
    /// Id, as `rollback --to` takes it.
    pub snapshot_id: i64,
    /// Where it stands.
    pub state: State,
    /// Time of the commit, UTC.
    pub committed_at: String,
    /// `append`, `overwrite`, `delete` or `replace`.
    pub operation: String,
    /// Rows added.
    pub added_rows: Option<u64>,
    /// Rows removed.
    pub removed_rows: Option<u64>,
    /// Data files added.
    pub added_files: Option<u64>,
    /// Data files removed.
    pub removed_files: Option<u64>,
    /// Rows after the commit.
    pub total_rows: Option<u64>,
    /// What the commit was made from; none if another engine committed.
    pub key: Option<String>,
}

pub(crate) async fn run(args: &HistoryArgs, out: &mut Output) -> Result<Exit, CliError> {
    let lake = OpenLake::open(&args.lake.lake).await?;
    let rows = history(&lake.table(schema(&args.table)?).await?);
    if args.json {
        out.json(&rows)?
    } else {
        out.text(&text(&rows))?
    }
    Ok(Exit::Done)
}

/// All retained snapshots, newest first, also those that a rollback left behind.
pub(super) fn history(table: &Table) -> Vec<SnapshotRow> {
    let ancestors: HashSet<_> = table.history().iter().map(|snapshot| snapshot.snapshot_id).collect();
    let state = |id| match id {
        _ if Some(id) == table.snapshot_id() => State::Current,
        _ if ancestors.contains(&id) => State::Past,
        _ => State::RolledBack,
    };
    let mut snapshots: Vec<_> = table.metadata().snapshots().collect();
    snapshots.sort_by_key(|snapshot| std::cmp::Reverse(snapshot.sequence_number()));
    let snapshots = snapshots.into_iter().map(|snapshot| SnapshotInfo::from(&**snapshot));
    snapshots.map(|snapshot| row(snapshot, state)).collect()
}

fn row(snapshot: SnapshotInfo, state: impl Fn(i64) -> State) -> SnapshotRow {
    let number = |name: &str| snapshot.summary.get(name)?.parse().ok();
    // The specification lets a commit leave out what is zero, but not a total.
    let change = |name: &str| number(name).or_else(|| number("total-records").map(|_| 0));
    SnapshotRow {
        snapshot_id: snapshot.snapshot_id,
        state: state(snapshot.snapshot_id),
        committed_at: time(snapshot.timestamp_ms),
        added_rows: change("added-records"),
        removed_rows: change("deleted-records"),
        added_files: change("added-data-files"),
        removed_files: change("deleted-data-files"),
        total_rows: number("total-records"),
        key: snapshot.summary.get(KEY_PROPERTY).cloned(),
        operation: snapshot.operation,
    }
}

fn text(rows: &[SnapshotRow]) -> String {
    let header = ["snapshot", "", "committed", "operation", "rows", "files", "total rows", "key"];
    let cells = rows.iter().map(|row| {
        let state = match row.state {
            State::Current => "current",
            State::Past => "",
            State::RolledBack => "rolled back",
        };
        vec![
            row.snapshot_id.to_string(),
            state.to_owned(),
            row.committed_at.clone(),
            row.operation.clone(),
            change(row.added_rows, row.removed_rows),
            change(row.added_files, row.removed_files),
            row.total_rows.map_or_else(|| "?".to_owned(), count),
            row.key.clone().unwrap_or_else(|| "-".to_owned()),
        ]
    });
    grid(Fit::Wide, &header, &["snapshot", "rows", "files", "total rows"], cells)
}

/// `+7`, `-2`, or `+7 -2`.
fn change(added: Option<u64>, removed: Option<u64>) -> String {
    match (added, removed) {
        (None, _) | (_, None) => "?".to_owned(),
        (Some(added), Some(0)) => format!("+{}", count(added)),
        (Some(0), Some(removed)) => format!("-{}", count(removed)),
        (Some(added), Some(removed)) => format!("+{} -{}", count(added), count(removed)),
    }
}
