//! `estrella release`

use std::sync::Arc;

use estrella_contracts::{Decision, JudgedBatch};
use estrella_lake::ErrorKind;
use estrella_runtime::{Config, Deps, LoggedAlerts, NoProgress};

use super::open::OpenLake;
use crate::output::count;
use crate::pipeline::{blocked, release};
use crate::{CliError, Exit, LakeArgs, Output};

pub(crate) const ABOUT: &str = "\
Load a batch that the quality gate holds back; without a batch, list those that are held back.

The rows are compared with the table once more, so nothing is loaded twice, and the run is noted in ops.runs with \
    what the checks said. Dimensions follow with their next load.";

/// Load a batch that the quality gate holds back
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  estrella release                                    list what is held back, and why
  estrella release 0f3c9a5d7be14f20a1c8e6d2b4937f51
  estrella release 0f3c9a5d7be14f20a1c8e6d2b4937f51 --lake s3://shop-data")]
pub struct ReleaseArgs {
    /// Id of the batch, from the alert or the list
    pub batch: Option<String>,
    /// Where the lake is.
    #[command(flatten)]
    pub lake: LakeArgs,
}

pub(crate) async fn run(args: &ReleaseArgs, out: &mut Output) -> Result<Exit, CliError> {
    let lake = OpenLake::open(&args.lake.lake).await?;
    let scratch = tempfile::tempdir();
    let scratch =
        scratch.map_err(|error| CliError::fault(format!("cannot make a scratch folder: {error}")))?;
    let deps = Deps {
        raw: Arc::clone(lake.lake.store()),
        lake: lake.lake,
        scratch: scratch.path().to_owned(),
        config: Config::default(),
        progress: Arc::new(NoProgress),
        alerts: Arc::new(LoggedAlerts),
    };
    let Some(batch) = &args.batch else {
        out.text(&list(&blocked(&deps).await?))?;
        return Ok(Exit::Done);
    };
    match release(batch, &deps).await {
        Ok(Some(loaded)) => {
            let (facts, duplicates) = (count(loaded.facts), count(loaded.duplicates));
            out.text(&format!("released {batch}: {facts} facts, {duplicates} duplicates\n"))?;
            Ok(Exit::Done)
        }
        Ok(None) => {
            out.text(&format!("{batch} was released before\n"))?;
            Ok(Exit::Done)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let hint = "estrella release, without a batch, lists what is held back";
            Err(CliError::bad_input(format!("no batch {batch} is held back")).with_hint(hint))
        }
        Err(error) => Err(error.into()),
    }
}

fn list(batches: &[JudgedBatch]) -> String {
    if batches.is_empty() {
        return "nothing is held back\n".to_owned();
    }
    let mut text = String::new();
    for batch in batches {
        let cleaned = &batch.cleaned;
        let (id, date) = (&cleaned.batch.batch_id, &cleaned.batch.event_date);
        text += &format!("{id}  {date}  {} rows\n", count(cleaned.rows));
        for result in batch.results.iter().filter(|result| result.outcome == Decision::Block) {
            let column = result.column.as_ref().map(|column| format!(" of {column}")).unwrap_or_default();
            text +=
                &format!("  {}{column} is {}, expected {}\n", result.name, result.observed, result.expected);
        }
    }
    text
}
