//! `estrella check`

use super::open::OpenLake;
use crate::check::{Checked, check};
use crate::output::{Fit, count, grid, size, visible};
use crate::{CliError, Exit, LakeArgs, Output};

pub(crate) const ABOUT: &str = "\
Verify the lake: that its files are there, that counts agree, and that every row is accounted for.

Every file that a retained snapshot names is there and has its size; rows and bounds in the manifests are those of the \
    files' footers; totals add up; no event_id comes twice in a day of the facts; facts have the rows of clean.events; \
    every run, batch and object adds up; what waits to be loaded is there. Of the rows only the column event_id is read.

Nothing is written, and the lake may be in use meanwhile. Files that no snapshot names are counted, and are no fault: \
    a run at work has some, and one that was killed leaves some. Ends with 1 if something is wrong.";

/// Findings that are printed as text.
const MAX_SHOWN: usize = 100;

/// Verify the lake
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  estrella check
  estrella check --lake s3://shop-data
  estrella check --lake /data/lake --json")]
pub struct CheckArgs {
    /// Where the lake is.
    #[command(flatten)]
    pub lake: LakeArgs,
    /// Print one object, with all findings
    #[arg(long)]
    pub json: bool,
}

pub(crate) async fn run(args: &CheckArgs, out: &mut Output) -> Result<Exit, CliError> {
    let scratch = super::open::scratch()?;
    let deps = OpenLake::open(&args.lake.lake).await?.deps(scratch.path());
    let checked = check(&deps).await?;
    if args.json {
        out.json(&checked)?;
    } else {
        out.text(&text(&checked))?;
    }
    Ok(if checked.findings.is_empty() { Exit::Done } else { Exit::Blocked })
}

fn text(checked: &Checked) -> String {
    let cells = checked.checks.iter().map(|looked| {
        let verdict = match looked.findings {
            0 => "ok".to_owned(),
            findings => format!("{} wrong", count(findings)),
        };
        vec![looked.check.as_str().to_owned(), verdict, looked.looked_at.clone()]
    });
    let mut text = grid(Fit::Wide, &["check", "", "looked at"], &[], cells);
    let orphans = &checked.orphans;
    if orphans.files > 0 {
        let (files, bytes) = (count(orphans.files), size(orphans.size_bytes));
        text += &format!("note: {files} files ({bytes}) are named by no snapshot\n");
    }
    for note in &checked.notes {
        text += &format!("note: {}\n", visible(note));
    }
    for finding in checked.findings.iter().take(MAX_SHOWN) {
        let [table, place, expected, found] =
            [&finding.table, &finding.place, &finding.expected, &finding.found].map(|text| visible(text));
        let check = finding.check.as_str();
        text += &format!("{check}: {table}: {place}\n  expected {expected}\n  found    {found}\n");
    }
    match checked.findings.len() {
        0 => text += "nothing is wrong\n",
        findings if findings > MAX_SHOWN => {
            let more = count((findings - MAX_SHOWN) as u64);
            text += &format!("{more} more findings; --json prints all\n");
        }
        _ => {}
    }
    text
}
