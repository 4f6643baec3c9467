//! `estrella capture`

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use estrella_lake::ObjectStore;
use estrella_lake::disk::DiskStore;
use estrella_oltp::Server;
use estrella_oltp::capture::{Bounds, Options, Report, capture};

use super::shop::{failure, stop_on_signals};
use crate::output::{count, grid};
use crate::{CliError, Exit, Output};

pub(crate) const ABOUT: &str = "\
Write the changes of the shop's database as files, as AWS DMS does

The first run writes every row (LOAD00000001.csv), and each later one goes on where the last has ended, killed or \
not. Files hold whole transactions and may come twice after a crash: rows with the same change_seq are the same \
change, and its order is the order of all changes.

The server needs wal_level=logical, and the user REPLICATION and SELECT on the tables. Connections are not encrypted. \
As long as the slot exists, the server keeps the log that was not captured: drop it when it is no longer needed, \
SELECT pg_drop_replication_slot('estrella').";

const EXAMPLES: &str = "\
Examples:
  estrella capture --oltp postgres://shop@127.0.0.1/shop --raw raw               until Ctrl-C
  estrella capture --oltp postgres://shop@127.0.0.1/shop --raw raw --until-idle  what there is now
  ESTRELLA_OLTP=postgres://shop:secret@10.0.0.5/shop estrella capture --raw s3://BUCKET/raw";

/// Write the changes of the shop's database as files
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct CaptureArgs {
    /// The database, postgres://USER:PASSWORD@HOST:PORT/DATABASE
    #[arg(long, value_name = "URL", env = "ESTRELLA_OLTP", hide_env_values = true)]
    pub oltp: String,
    /// Where the files go: a folder, created when missing, or s3://BUCKET/PREFIX
    #[arg(long, value_name = "DIR")]
    pub raw: PathBuf,
    /// Replication slot, which remembers how far the capture has come
    #[arg(long, value_name = "NAME", default_value = "estrella")]
    pub slot: String,
    /// Publication that names the tables
    #[arg(long, value_name = "NAME", default_value = "estrella")]
    pub publication: String,
    /// Longest time that a change waits for its file, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 10_000)]
    pub flush_interval_ms: u64,
    /// End when all is captured that the server has at the start
    #[arg(long)]
    pub until_idle: bool,
    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
}

pub(crate) async fn run(args: &CaptureArgs, out: &mut Output) -> Result<Exit, CliError> {
    let server: Server = args.oltp.parse().map_err(failure)?;
    let (store, prefix) = open(args).await?;
    let options = Options {
        server,
        slot: args.slot.clone(),
        publication: args.publication.clone(),
        store,
        prefix,
        flush_interval: Duration::from_millis(args.flush_interval_ms),
        bounds: Bounds::default(),
        until_idle: args.until_idle,
    };
    let stop = Arc::new(AtomicBool::new(false));
    stop_on_signals(&stop)?;
    let mut progress = |line: String| crate::output::progress(&line);
    let report = capture(&options, &stop, &mut progress).await.map_err(failure)?;
    match args.json {
        true => out.json(&report)?,
        false => out.text(&text(&report, args))?,
    }
    Ok(Exit::Done)
}

/// The store of the files, and what their keys begin with.
async fn open(args: &CaptureArgs) -> Result<(Arc<dyn ObjectStore>, String), CliError> {
    let Some(place) = args.raw.to_str().and_then(|text| text.strip_prefix("s3://")) else {
        return Ok((Arc::new(DiskStore::open(&args.raw)?), String::new()));
    };
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    let prefix = prefix.trim_end_matches('/');
    if bucket.is_empty() {
        return Err(CliError::bad_input("--raw s3:// names no bucket").with_hint("s3://BUCKET/PREFIX"));
    }
    let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
    let config = estrella_aws::sdk_config().await;
    Ok((Arc::new(estrella_aws::S3Store::new(&config, bucket)), prefix))
}

fn text(report: &Report, args: &CaptureArgs) -> String {
    let position = report.last_lsn.as_deref().map_or(String::new(), |lsn| format!(", up to {lsn}"));
    let summary = format!(
        "{} rows in {} files in {}{position}\n",
        count(report.rows()),
        count(report.files),
        args.raw.display()
    );
    if report.tables.is_empty() {
        return summary;
    }
    let numbers = ["loaded", "inserted", "updated", "deleted"];
    let header = [&["table"][..], &numbers].concat();
    let rows = report.tables.iter().map(|(table, rows)| {
        let counts = [rows.loaded, rows.inserts, rows.updates, rows.deletes].map(count);
        std::iter::once(table.clone()).chain(counts).collect()
    });
    summary + &grid(crate::output::Fit::Wide, &header, &numbers, rows)
}
