//! `estrella report`

use std::path::PathBuf;

use super::open::OpenLake;
use crate::output::size;
use crate::report::gather;
use crate::{CliError, Exit, LakeArgs, Output};

pub(crate) const ABOUT: &str = "\
Write all there is to know of a lake's data as one HTML page, which works offline.

Runs and where their rows went, volume with what is usual and with incidents, distributions now and before, rules and \
    monitors with their results, refused rows by reason, and how fresh each table is. No row of an event is read.";

/// Write all there is to know of a lake's data as one page
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  estrella report --out report.html
  estrella report --lake s3://shop-data --out report.html")]
pub struct ReportArgs {
    /// File to write
    #[arg(long, value_name = "FILE", default_value = "report.html")]
    pub out: PathBuf,
    /// Print the data instead, as JSON
    #[arg(long)]
    pub json: bool,
    /// Where the lake is.
    #[command(flatten)]
    pub lake: LakeArgs,
}

pub(crate) async fn run(args: &ReportArgs, out: &mut Output) -> Result<Exit, CliError> {
    let scratch = super::open::scratch()?;
    let lake = OpenLake::open(&args.lake.lake).await?;
    let tables = lake.tables().await?;
    let report = gather(&args.lake.lake.display().to_string(), &tables, &lake.deps(scratch.path())).await?;
    if args.json {
        out.json(&report)?;
        return Ok(Exit::Done);
    }
    let page = estrella_report::render(&report);
    std::fs::write(&args.out, &page)
        .map_err(|error| CliError::bad_input(format!("cannot write {}: {error}", args.out.display())))?;
    out.text(&format!("wrote {} ({})\n", args.out.display(), size(page.len() as u64)))?;
    Ok(Exit::Done)
}
