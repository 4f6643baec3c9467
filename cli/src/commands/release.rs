//! `estrella release` and `estrella discard`

use estrella_contracts::{Decided, JudgedBatch, Outcome};
use estrella_lake::ErrorKind;
use estrella_release::{Decidedly, blocked, decide};

use super::open::OpenLake;
use crate::output::count;
use crate::{CliError, Exit, LakeArgs, Output};

pub(crate) const ABOUT: &str = "\
Load a batch that the quality gate holds back; without a batch, list those that are held back.

The rows are compared with the table once more, so nothing is loaded twice, and the decision is noted in ops.runs, with \
    what the checks said and who decided. Dimensions follow with their next load. In a folder it waits while a run is at \
    work.";

pub(crate) const ABOUT_DISCARD: &str = "\
Throw a batch away that the quality gate holds back; without a batch, list those that are held back.

Its rows are not loaded, now or later; the raw objects keep them. The decision is noted in ops.runs, with who decided. \
    In a folder it waits while a run is at work.";

/// Load a batch that the quality gate holds back
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  estrella release                                    list what is held back, and why
  estrella release 0f3c9a5d7be14f20a1c8e6d2b4937f51
  estrella release 0f3c9a5d7be14f20a1c8e6d2b4937f51 --note 'sale prices are right' --lake s3://shop-data
  estrella discard 0f3c9a5d7be14f20a1c8e6d2b4937f51 --note 'sent in cents'")]
pub struct DecideArgs {
    /// Id of the batch, from the alert or the list
    pub batch: Option<String>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// Who decides, for the record
    #[arg(long, value_name = "NAME", env = "USER", default_value = "unknown")]
    pub by: String,
    /// Where the lake is.
    #[command(flatten)]
    pub lake: LakeArgs,
}

pub(crate) async fn run(args: &DecideArgs, discard: bool, out: &mut Output) -> Result<Exit, CliError> {
    let scratch = super::open::scratch()?;
    let lake = OpenLake::open(&args.lake.lake).await?;
    let _turn = match &args.batch {
        Some(_) => lake.take_turn().await?,
        // Whoever lists them only reads.
        None => None,
    };
    let deps = lake.deps(scratch.path());
    let Some(batch) = &args.batch else {
        out.text(&list(&blocked(&deps).await?))?;
        return Ok(Exit::Done);
    };
    let decided = Decided { discard, by: args.by.clone(), note: args.note.clone() };
    let told = match decide(batch, &decided, &deps).await {
        Ok(Decidedly::Now(loaded)) if discard => {
            format!("discarded {batch}: {} rows\n", count(loaded.discarded))
        }
        Ok(Decidedly::Now(loaded)) => {
            let (facts, duplicates) = (count(loaded.facts), count(loaded.duplicates));
            format!("released {batch}: {facts} facts, {duplicates} duplicates\n")
        }
        Ok(Decidedly::ReleasedBefore) if !discard => format!("{batch} was released before\n"),
        Ok(Decidedly::DiscardedBefore) if discard => format!("{batch} was discarded before\n"),
        Ok(Decidedly::ReleasedBefore) => {
            let hint = "its rows are in the tables; estrella rollback takes a whole load back";
            return Err(CliError::bad_input(format!("{batch} was released before")).with_hint(hint));
        }
        Ok(Decidedly::DiscardedBefore) => {
            let hint = "its rows are in the raw objects only; drop these again under other names";
            return Err(CliError::bad_input(format!("{batch} was discarded before")).with_hint(hint));
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let hint = "estrella release, without a batch, lists what is held back";
            return Err(CliError::bad_input(format!("no batch {batch} is held back")).with_hint(hint));
        }
        Err(error) => return Err(error.into()),
    };
    out.text(&told)?;
    Ok(Exit::Done)
}

fn list(batches: &[JudgedBatch]) -> String {
    if batches.is_empty() {
        return "nothing is held back\n".to_owned();
    }
    let mut text = String::new();
    for batch in batches {
        let cleaned = &batch.cleaned;
        let (id, date) = (&cleaned.batch.batch_id, &cleaned.batch.event_date);
        text += &format!("{id}  {date}  {} rows\n", count(cleaned.rows + cleaned.quarantined));
        for result in batch.results.iter().filter(|result| result.outcome == Outcome::Block) {
            let column = result.column.as_ref().map(|column| format!(" of {column}")).unwrap_or_default();
            let observed = result.observed.map_or("unknown".to_owned(), |observed| observed.to_string());
            let rule = result.rule_id.as_ref().map(|id| format!("  ({id})")).unwrap_or_default();
            text += &format!("  {}{column} is {observed}, expected {}{rule}\n", result.name, result.expected);
        }
    }
    text
}
