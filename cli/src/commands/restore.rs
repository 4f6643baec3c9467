//! `estrella restore`

use estrella_lake::{Lake, Restored};

use crate::output::{Fit, count, grid, time};
use crate::{CliError, Exit, LakeArgs, Output};

pub(crate) const ABOUT: &str = "\
Make the catalog of a folder anew, from the tables that are found in it.

For every table the newest metadata under its folder becomes the head; nothing but catalog.db is written. So a copy of a \
    lake can be brought back without its catalog, or with one that was damaged: move it away first. Heads that the \
    catalog has already are replaced with --force only.

Metadata holds absolute paths: a lake is restored in the folder where it was made. Where two commits had met just before \
    the copy, their metadata may have one number; then the other candidates are named. `estrella check` tells whether all \
    is there and agrees.";

/// Make the catalog of a folder anew
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  estrella restore --lake /data/lake && estrella check --lake /data/lake")]
pub struct RestoreArgs {
    /// Where the lake is.
    #[command(flatten)]
    pub lake: LakeArgs,
    /// Replace heads that the catalog has
    #[arg(long)]
    pub force: bool,
    /// Print what was found as JSON
    #[arg(long)]
    pub json: bool,
}

pub(crate) async fn run(args: &RestoreArgs, out: &mut Output) -> Result<Exit, CliError> {
    let dir = &args.lake.lake;
    if !dir.is_dir() {
        let what = format!("there is no folder {}", dir.display());
        return Err(
            CliError::bad_input(what).with_hint("heads of a lake in S3 are in Glue, not in its bucket")
        );
    }
    let lake = Lake::open_dir(dir)?;
    estrella_runtime::lake_mapping(&lake).await?;
    let restored = lake.restore(args.force).await.map_err(explained)?;
    if restored.is_empty() {
        return Err(CliError::bad_input(format!("{} has no tables to restore", dir.display())));
    }
    if args.json {
        out.json(&restored)?;
    } else {
        out.text(&text(&restored))?;
    }
    Ok(Exit::Done)
}

fn explained(error: estrella_lake::Error) -> CliError {
    match error.kind() {
        estrella_lake::ErrorKind::Conflict => CliError::bad_input(error)
            .with_hint("--force makes the newest metadata the head; nothing was changed"),
        _ => error.into(),
    }
}

fn text(restored: &[Restored]) -> String {
    let cells = restored.iter().map(|table| {
        let did = match &table.before {
            None => "restored",
            Some(before) if before.ends_with(&table.metadata) => "as it was",
            Some(_) => "replaced",
        };
        let snapshot = table.snapshot_id.map_or_else(String::new, |id| id.to_string());
        vec![table.table.clone(), did.to_owned(), snapshot, time(table.updated_ms), table.metadata.clone()]
    });
    let mut text = grid(Fit::Wide, &["table", "", "snapshot", "written at", "metadata"], &[], cells);
    for table in restored {
        for other in &table.doubtful {
            text += &format!("note: {} may have been at {other} instead\n", table.table);
        }
    }
    text += &format!(
        "{} tables are in the catalog; estrella check verifies them\n",
        count(restored.len() as u64)
    );
    text
}
