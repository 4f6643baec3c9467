//! `estrella tables`

use serde::Serialize;

use super::open::{OpenLake, totals};
use crate::output::{Fit, count, grid, size, time};
use crate::{CliError, Exit, LakeArgs, Output};

/// List the tables of the lake
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  estrella tables
  estrella tables --lake /data/lake --json")]
pub struct TablesArgs {
    /// Where the lake is.
    #[command(flatten)]
    pub lake: LakeArgs,
    /// Print an array of objects
    #[arg(long)]
    pub json: bool,
}

/// One table of the lake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableRow {
    /// `namespace.name`.
    pub name: String,
    /// Rows in the current snapshot.
    pub rows: u64,
    /// Data files in the current snapshot.
    pub files: u64,
    /// Size of these files.
    pub size_bytes: u64,
    /// Snapshots that are retained.
    pub snapshots: usize,
    /// Time of the current snapshot, UTC; none while nothing was committed.
    pub last_commit_at: Option<String>,
    /// What the table holds.
    pub doc: &'static str,
}

pub(crate) async fn run(args: &TablesArgs, out: &mut Output) -> Result<Exit, CliError> {
    let lake = OpenLake::open(&args.lake.lake).await?;
    let rows = tables(&lake).await?;
    if args.json {
        out.json(&rows)?
    } else {
        out.text(&text(&rows))?
    }
    Ok(Exit::Done)
}

pub(super) async fn tables(lake: &OpenLake) -> Result<Vec<TableRow>, CliError> {
    let mut rows = Vec::new();
    for table in lake.tables().await? {
        let totals = totals(&table).await?;
        rows.push(TableRow {
            name: table.schema().full_name(),
            rows: totals.rows,
            files: totals.files,
            size_bytes: totals.size_bytes,
            snapshots: table.metadata().snapshots().len(),
            last_commit_at: table.metadata().current_snapshot().map(|snapshot| time(snapshot.timestamp_ms())),
            doc: table.schema().doc,
        });
    }
    Ok(rows)
}

fn text(rows: &[TableRow]) -> String {
    let cells = rows.iter().map(|row| {
        vec![
            row.name.clone(),
            count(row.rows),
            count(row.files),
            size(row.size_bytes),
            row.snapshots.to_string(),
            row.last_commit_at.clone().unwrap_or_else(|| "-".to_owned()),
            row.doc.to_owned(),
        ]
    });
    let header = ["table", "rows", "files", "size", "snapshots", "last commit", "doc"];
    grid(Fit::Cut, &header, &["rows", "files", "size", "snapshots"], cells)
}
