//! `estrella query`

pub(in crate::commands) mod engine;
mod names;
mod render;
mod scan;

use std::io::Write;

use polars::prelude::LazyFrame;
use polars::sql::SQLContext;

use super::open::OpenLake;
use crate::{CliError, Exit, LakeArgs, Output};

pub(super) use engine::{collect, guarded};
pub(super) use scan::scan;

pub(crate) const ABOUT: &str = "\
Query the tables with SQL, in the dialect of polars.

Tables are named with or without their namespace, model.dim_users or dim_users. A dimension with history has a \
    view of its current versions, dim_users_current. Only the tables named in the query \
    are opened, each as of its current snapshot. Nothing can be changed.";

/// Query the tables with SQL
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Formats:
  table  for reading: at most --limit rows; a note on stderr says when there are more
  csv    all rows, with a header; null is empty
  json   all rows, one array of objects. A decimal of up to 15 digits, such as a price, is a number; a wider one,
         such as a sum of prices, is a text with all of its digits. 64-bit ids are numbers.
  Times are written as 2019-10-01T12:30:00Z in all three.

Examples:
  estrella query \"SELECT event_type, count(*) AS events FROM fact_user_events GROUP BY event_type\"
  estrella query \"SELECT * FROM model.dim_users_current ORDER BY session_count DESC\" --limit 10
  estrella query \"SELECT * FROM ops.quality_results WHERE outcome <> 'pass'\" --format json
  estrella query \"SELECT brand, revenue FROM dim_brands\" --format csv > brands.csv")]
pub struct QueryArgs {
    /// One SELECT statement
    pub sql: String,
    /// How to print the rows
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Most rows of a table on screen; csv and json print all
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub limit: u32,
    /// Where the lake is.
    #[command(flatten)]
    pub lake: LakeArgs,
}

/// How to print rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Columns for reading
    Table,
    /// Comma-separated values
    Csv,
    /// One array of objects
    Json,
}

pub(crate) async fn run(args: &QueryArgs, out: &mut Output) -> Result<Exit, CliError> {
    let lake = OpenLake::open(&args.lake.lake).await?;
    let cut = print(&lake, args, out).await?;
    if cut {
        out.flush()?;
        let limit = args.limit;
        writeln!(
            std::io::stderr(),
            "only the first {limit} rows are shown; --limit shows more, --format csv all"
        )?;
    }
    Ok(Exit::Done)
}

/// Prints the rows. Says whether there are more than were printed.
pub(super) async fn print(lake: &OpenLake, args: &QueryArgs, out: &mut dyn Write) -> Result<bool, CliError> {
    let printed = match frame(lake, &args.sql).await {
        Ok(frame) => guarded(|| match args.format {
            Format::Table => render::table(frame, args.limit, out),
            Format::Csv => render::csv(frame, out).map(|()| false),
            Format::Json => render::json(frame, out).map(|()| false),
        }),
        Err(error) => Err(error),
    };
    match printed {
        Err(CliError::BadInput { what, hint: None }) => {
            Err(CliError::bad_input(what).with_hint(lake.tables_hint().await?))
        }
        printed => printed,
    }
}

async fn frame(lake: &OpenLake, sql: &str) -> Result<LazyFrame, CliError> {
    let query = names::resolve(sql)?;
    let mut context = SQLContext::new();
    for table in query.tables {
        let mut frame = scan(lake, &lake.table(table.table).await?).await?;
        if table.only_current {
            frame = frame.filter(polars::prelude::col(names::IS_CURRENT));
        }
        context.register(&table.full_name(), frame);
    }
    guarded(|| Ok(context.execute(&query.sql)?))
}
