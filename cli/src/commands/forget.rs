//! `estrella forget`

use std::fmt::Write;
use std::path::PathBuf;

use super::open::OpenLake;
use crate::forget::{Erased, forget};
use crate::output::count;
use crate::pipeline::token_key;
use crate::{CliError, Exit, LakeArgs, Output};

pub(crate) const ABOUT: &str = "\
Erase a person from the lake: from every table, and from every snapshot of it that is kept.

Events, sessions, what was refused of them, the changes of the shop's database and the values in restricted go; \
    dimensions are made anew. The bare number is remembered in restricted.forgotten_users, so that raw files that are \
    loaded again do not bring the person back. Raw files themselves are not touched. Running it again is safe. Earlier \
    snapshots of the tables cannot be read or rolled back to afterwards.";

/// Erase a person from the lake
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  estrella forget --user 541312140
  estrella forget --user 541312140 --lake s3://shop-data")]
pub struct ForgetArgs {
    /// Number of the user, as the shop numbers users
    #[arg(long, value_name = "ID", allow_negative_numbers = true)]
    pub user: i64,
    /// Where the lake is.
    #[command(flatten)]
    pub lake: LakeArgs,
    /// File with the secret of the tokens, needed when changes of the shop's database are still to be loaded
    #[arg(long, value_name = "FILE", env = "ESTRELLA_PII_KEY_FILE")]
    pub pii_key_file: Option<PathBuf>,
    /// Print what was done as JSON
    #[arg(long)]
    pub json: bool,
}

pub(crate) async fn run(args: &ForgetArgs, out: &mut Output) -> Result<Exit, CliError> {
    let lake = OpenLake::open(&args.lake.lake).await?;
    let _turn = lake.take_turn().await?;
    let scratch = super::open::scratch()?;
    let dir = lake.dir.clone().unwrap_or_default();
    let mut deps = lake.deps(scratch.path());
    deps.config.token_key = token_key(args.pii_key_file.as_deref(), &dir, false)?;
    let erased = forget(args.user, &deps).await?;
    if args.json {
        out.json(&erased)?;
    } else {
        out.text(&text(&erased))?;
    }
    Ok(if erased.not_loaded.is_empty() { Exit::Done } else { Exit::Blocked })
}

fn text(erased: &Erased) -> String {
    let mut text = String::new();
    for table in &erased.tables {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}: {} rows in {} files", table.table, count(table.rows), count(table.files));
    }
    if erased.tables.is_empty() {
        text.push_str("no table has rows of this user\n");
    }
    let (snapshots, files) = (count(erased.snapshots_expired), count(erased.files_removed));
    let _ =
        writeln!(text, "{snapshots} older snapshots and {files} files are gone; dimensions are made anew");
    for table in &erased.not_searched {
        let _ = writeln!(text, "{table} was not looked at: it has no user_id to tell whose its rows are");
    }
    if !erased.not_loaded.is_empty() {
        let _ = writeln!(
            text,
            "\nNot done yet: rows of the user may be in what is not loaded, or was loaded by others meanwhile. Load it \
             (estrella run, or estrella release), and run this again:"
        );
        for key in &erased.not_loaded {
            let _ = writeln!(text, "  {key}");
        }
    }
    text
}
