//! `estrella run`

pub(super) mod report;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use estrella_core::event::{MICROS_PER_DAY, parse_date};
use estrella_runtime::{Config, NoProgress, Progress};

use crate::pipeline::{Input, Meter, Pipeline, Summary, find_inputs};
use crate::{CliError, Exit, LakeArgs, Output};

const EXAMPLES: &str = "\
Examples:
  estrella run --input events.csv.gz --lake ./lake
  estrella run --input 'raw/2019-*.csv.gz' more/ --json > report.json

Running it again on the same input changes no table. Several runs may work on one lake at the same time.";

/// Load event files and change files into the lake
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct RunArgs {
    /// Files, folders or glob patterns: event files, and change files of the shop's database as AWS DMS names them
    /// (SCHEMA/TABLE/LOAD00000001.csv); CSV, CSV.gz or Parquet
    #[arg(long = "input", value_name = "PATH", num_args = 1.., required = true)]
    pub inputs: Vec<String>,
    /// Where the lake is.
    #[command(flatten)]
    pub lake: LakeArgs,
    /// How they are loaded.
    #[command(flatten)]
    pub load: LoadArgs,
    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
}

/// How files are loaded, whichever command does it.
#[derive(Debug, Clone, clap::Args)]
pub struct LoadArgs {
    /// Refuse events before this date (UTC)
    #[arg(long, value_name = "YYYY-MM-DD", default_value = "2000-01-01", value_parser = date)]
    pub events_from: i32,
    /// Refuse events from this date on (UTC)
    #[arg(long, value_name = "YYYY-MM-DD", default_value = "2100-01-01", value_parser = date)]
    pub events_until: i32,
    /// Which tables of the shop's database there are besides the usual six (JSON); the lake keeps it
    #[arg(long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,
    /// Load dimensions although a gate would hold them back: many rows gone, many keys that the database never had
    #[arg(long)]
    pub accept_gates: bool,
    /// File with the secret that tokens of names and e-mail addresses are made with, at least 32 bytes
    /// [default: LAKE/pii.key, made when it is needed]
    #[arg(long, value_name = "FILE", env = "ESTRELLA_PII_KEY_FILE")]
    pub pii_key_file: Option<PathBuf>,
}

impl LoadArgs {
    /// Opens the pipeline over a lake.
    pub(super) async fn open(&self, lake: &Path, progress: Arc<dyn Progress>) -> Result<Pipeline, CliError> {
        if self.events_from >= self.events_until {
            return Err(CliError::bad_input("--events-from is not before --events-until"));
        }
        let mut config = Config::from_env()?;
        config.rules.event_time_window =
            i64::from(self.events_from) * MICROS_PER_DAY..i64::from(self.events_until) * MICROS_PER_DAY;
        config.gates.accept = self.accept_gates;
        let mut pipeline = Pipeline::open(lake, config, progress)?;
        pipeline.token_key_file(self.pii_key_file.as_deref());
        if let Some(file) = &self.mapping {
            pipeline.keep_mapping(file).await?;
        }
        Ok(pipeline)
    }
}

pub(super) fn date(text: &str) -> Result<i32, String> {
    parse_date(text).ok_or_else(|| "expected a calendar date like 2019-10-01".to_owned())
}

pub(crate) async fn run(args: &RunArgs, out: &mut Output) -> Result<Exit, CliError> {
    let inputs = find_inputs(&args.inputs)?;
    let summary = carry_out(args, &inputs).await?;
    if args.json {
        out.json(&summary)?;
    } else {
        out.text(&report::text(&summary))?;
    }

    let refused: Vec<String> = summary.objects.iter().filter_map(|object| object.error.clone()).collect();
    if !refused.is_empty() {
        return Err(CliError::bad_input(refused.join("\n")).with_hint(
            "a refused file leaves the lake as it was; mend it at its source and run the command again",
        ));
    }
    // An object without one accepted row has no batch that could be held back.
    let thrown_out =
        summary.objects.iter().any(|object| object.rows_in > 0 && object.rejected == object.rows_in);
    let blocked = summary.loaded.iter().any(|loaded| !loaded.blocked_dates.is_empty());
    let held_back = !summary.held_back.is_empty();
    Ok(if blocked || thrown_out || held_back { Exit::Blocked } else { Exit::Done })
}

async fn carry_out(args: &RunArgs, inputs: &[Input]) -> Result<Summary, CliError> {
    let meter = crate::output::stderr_is_terminal().then(|| Arc::new(Meter::new(total_bytes(inputs))));
    let progress: Arc<dyn Progress> = match &meter {
        Some(meter) => Arc::clone(meter) as Arc<dyn Progress>,
        None => Arc::new(NoProgress),
    };
    let pipeline = args.load.open(&args.lake.lake, progress).await?;
    let summary = pipeline.run(inputs).await;
    if let Some(meter) = meter {
        meter.clear();
    }
    Ok(summary?)
}

/// Zero for a file whose size cannot be read: reading it will say why.
pub(super) fn total_bytes(inputs: &[Input]) -> u64 {
    inputs.iter().map(|input| std::fs::metadata(&input.path).map_or(0, |metadata| metadata.len())).sum()
}
