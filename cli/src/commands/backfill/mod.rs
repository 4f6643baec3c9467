//! `estrella backfill`

mod aws;
mod dates;

use std::num::NonZeroUsize;
use std::sync::Arc;

use estrella_runtime::{NoProgress, Progress};

use super::run::{LoadArgs, date, report, total_bytes};
use crate::output::{count, progress, stderr_is_terminal};
use crate::pipeline::{Extraction, Input, Meter, ObjectSummary, Summary, find_inputs};
use crate::{CliError, Exit, LakeArgs, Output};

pub(crate) const ABOUT: &str = "\
Load many files: some are extracted at once, a share of them may fail, then all is loaded in one run.

Safe to run again: files that are extracted already are passed over, and what was cut short is completed. With a lake on \
    AWS, the command that starts the backfill there is printed, and how to follow it.

Memory grows with --jobs, not with the files: each file at once has buffers of its own. 30 files of 333,000 rows took \
    430 MiB at most with one at once, 505 with two, 570 with four, 982 with eight.";

/// Load many files at once
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  estrella backfill --input raw/ --lake ./lake
  estrella backfill --input raw/ --from 2019-10-01 --to 2019-11-01 --jobs 2 --tolerate-percent 0
  estrella backfill --lake s3://shop-data --prefix raw/events- --from 2019-10-01 --to 2019-11-01")]
pub struct BackfillArgs {
    /// Files, folders or glob patterns, as for run
    #[arg(long = "input", value_name = "PATH", num_args = 1..)]
    pub inputs: Vec<String>,
    /// Only files with a date in their path, from this one on
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    pub from: Option<i32>,
    /// Only files with a date in their path before this one
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    pub to: Option<i32>,
    /// Files extracted at once [default: cores here, the deployment's setting on AWS]
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// Share of the files that may fail before nothing is loaded
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u8).range(..=100))]
    pub tolerate_percent: u8,
    /// How files are loaded.
    #[command(flatten)]
    pub load: LoadArgs,
    /// Where the lake is.
    #[command(flatten)]
    pub lake: LakeArgs,
    /// On AWS: what the keys of the objects begin with; --from and --to are compared with what follows
    #[arg(long, value_name = "PREFIX", default_value = "raw/")]
    pub prefix: String,
    /// On AWS: the state machine, which is the output BackfillMachineArn of the stack
    #[arg(long, value_name = "ARN")]
    pub state_machine: Option<String>,
    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
}

pub(crate) async fn run(args: &BackfillArgs, out: &mut Output) -> Result<Exit, CliError> {
    if args.from.zip(args.to).is_some_and(|(from, to)| from >= to) {
        return Err(CliError::bad_input("--from is not before --to"));
    }
    if args.state_machine.is_some() || args.lake.lake.to_str().is_some_and(|lake| lake.starts_with("s3://")) {
        return aws::run(args, out);
    }
    if args.inputs.is_empty() {
        return Err(CliError::bad_input("no --input").with_hint("name the folder with the files"));
    }
    let inputs = dates::between(find_inputs(&args.inputs)?, args.from, args.to)?;
    let summary = carry_out(args, &inputs).await?;
    if args.json {
        out.json(&summary)?;
    } else {
        out.text(&text(&summary, inputs.len()))?;
    }
    let failed: Vec<String> = summary.objects.iter().filter_map(|object| object.error.clone()).collect();
    if summary.is_given_up {
        let (failed_count, of) = (count(failed.len() as u64), count(inputs.len() as u64));
        let percent = args.tolerate_percent;
        let what = format!(
            "{failed_count} of {of} files failed, more than {percent} %, so nothing was loaded:\n{}",
            failed.join("\n")
        );
        let hint =
            "mend them and run it again, what was extracted is passed over; or raise --tolerate-percent";
        return Err(CliError::bad_input(what).with_hint(hint));
    }
    let is_held = summary.loaded.iter().any(|loaded| !loaded.blocked_dates.is_empty());
    Ok(if is_held || !summary.held_back.is_empty() { Exit::Blocked } else { Exit::Done })
}

async fn carry_out(args: &BackfillArgs, inputs: &[Input]) -> Result<Summary, CliError> {
    let meter = stderr_is_terminal().then(|| Arc::new(Meter::new(total_bytes(inputs))));
    let watching: Arc<dyn Progress> = match &meter {
        Some(meter) => Arc::clone(meter) as Arc<dyn Progress>,
        None => Arc::new(NoProgress),
    };
    let pipeline = args.load.open(&args.lake.lake, watching).await?;
    let cores = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let jobs = args.jobs.unwrap_or_else(cores);
    let how = Extraction { jobs, tolerated_percent: Some(args.tolerate_percent) };
    let total = inputs.len();
    // The bar says how far it is; without one there is a line per file.
    let told = |number: usize, object: &ObjectSummary| {
        if !stderr_is_terminal() {
            progress(&line(number, total, object));
        }
    };
    let summary = pipeline.backfill(inputs, &how, &told).await;
    if let Some(meter) = meter {
        meter.clear();
    }
    Ok(summary?)
}

fn line(number: usize, total: usize, object: &ObjectSummary) -> String {
    match &object.error {
        Some(error) => format!("{number}/{total} failed: {error}"),
        None => format!("{number}/{total} {}: {} rows", object.object, count(object.rows_in)),
    }
}

fn text(summary: &Summary, total: usize) -> String {
    let failed = summary.objects.iter().filter(|object| object.error.is_some()).count() as u64;
    let passed_over = summary.passed_over;
    let extracted = summary.objects.len() as u64 - failed - passed_over;
    let [total, extracted, passed_over, failed_count] =
        [total as u64, extracted, passed_over, failed].map(count);
    let mut text = report::text(summary);
    text += &format!(
        "{total} files: {extracted} extracted, {passed_over} extracted before, {failed_count} failed\n"
    );
    // Those that stop a backfill are told as its error.
    if !summary.is_given_up {
        for error in summary.objects.iter().filter_map(|object| object.error.as_ref()) {
            text += &format!("  failed: {}\n", crate::output::visible(error));
        }
    }
    text
}
