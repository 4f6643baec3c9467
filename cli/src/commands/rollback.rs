//! `estrella rollback`

use estrella_core::schema::{CLEAN_EVENTS, TableSchema};

use super::open::{OpenLake, Totals, schema, scratch, totals};
use crate::output::count;
use crate::pipeline::complete_runs;
use crate::{CliError, Exit, LakeArgs, Output};

pub(crate) const ABOUT: &str = "\
Make an older snapshot of a table the current one again.

Only the head of the table moves, in one step: readers see the rows of the older snapshot from then on. No file is \
    copied or removed, and what was the head stays as long from now on as if a load had replaced it: seven days, if \
    nobody says otherwise. Until then the rollback can be taken back with another one. In a folder it waits while a run \
    is at work.

Tables follow their source: the next run makes model.fact_user_events match clean.events again, and the \
    dimensions match the facts. So to take a load back, roll back clean.events and run again, on any input; its rows \
    stay out, because their files still count as loaded.";

/// Make an older snapshot of a table the current one again
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  estrella history dim_users                          find the id
  estrella rollback dim_users --to 4183647201938475")]
pub struct RollbackArgs {
    /// Table, as namespace.name or by its name alone
    pub table: String,
    /// Id of the snapshot, from `estrella history`
    #[arg(long, value_name = "SNAPSHOT", allow_hyphen_values = true)]
    pub to: i64,
    /// Where the lake is.
    #[command(flatten)]
    pub lake: LakeArgs,
}

pub(crate) async fn run(args: &RollbackArgs, out: &mut Output) -> Result<Exit, CliError> {
    let lake = OpenLake::open(&args.lake.lake).await?;
    let schema = schema(&args.table)?;
    let _turn = lake.take_turn().await?;
    if schema.full_name() == CLEAN_EVENTS.full_name() {
        // Else what such a run has left in other tables would be there twice once it is planned again.
        let scratch = scratch()?;
        complete_runs(&OpenLake::open(&args.lake.lake).await?.deps(scratch.path())).await?;
    }
    out.text(&rollback(&lake, schema, args.to).await?)?;
    Ok(Exit::Done)
}

/// Rolls back and says what was and what is.
pub(super) async fn rollback(
    lake: &OpenLake,
    schema: &'static TableSchema,
    to: i64,
) -> Result<String, CliError> {
    let before = head(lake, schema).await?;
    if let Err(error) = lake.lake.rollback(schema, to).await {
        let hint = format!("estrella history {} says what each snapshot is", schema.full_name());
        return Err(match CliError::from(error) {
            unknown @ CliError::BadInput { .. } => unknown.with_hint(hint),
            fault => fault,
        });
    }
    let after = head(lake, schema).await?;
    let name = schema.full_name();
    if before.0 == after.0 {
        return Ok(format!("{name}: snapshot {to} is the current one already\n"));
    }
    Ok(format!("{name}\n  before  {}\n  after   {}\n", line(before), line(after)))
}

async fn head(lake: &OpenLake, schema: &'static TableSchema) -> Result<(Option<i64>, Totals), CliError> {
    let table = lake.table(schema).await?;
    Ok((table.snapshot_id(), totals(&table).await?))
}

fn line((snapshot, totals): (Option<i64>, Totals)) -> String {
    let snapshot = snapshot.map_or_else(|| "no snapshot".to_owned(), |id| format!("snapshot {id}"));
    format!("{snapshot}, {} rows in {} files", count(totals.rows), count(totals.files))
}
