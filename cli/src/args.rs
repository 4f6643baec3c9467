//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use crate::commands::{
    backfill, capture, check, cost, describe, drift, forget, history, incidents, query, rejected, release,
    report, restore, rollback, run, shop, status, tables, trace,
};
use crate::generate::GenerateArgs;

const EXAMPLES: &str = "\
Examples:
  estrella generate --rows 1000000 --out events       make a month of synthetic events
  estrella run --input events --lake lake             load them
  estrella tables                                     see what came of it
  estrella query \"SELECT event_type, count(*) FROM fact_user_events GROUP BY 1\"
  estrella rejected                                   see what was refused, and why

Exit codes:
  0  done
  1  the quality gate held something back, or check found something
  2  bad usage or input; the same call fails again
  3  something failed; running it again can help

ESTRELLA_LOG=debug shows on stderr what the libraries do.";

/// Clickstream files to a star schema on Apache Iceberg, on a laptop or on AWS.
#[derive(Debug, Parser)]
#[command(name = "estrella", version, after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Where the lake is.
#[derive(Debug, Clone, Args)]
pub struct LakeArgs {
    /// Folder of the lake, or s3://BUCKET (see ESTRELLA_DATABASE_PREFIX; not for run and query)
    #[arg(long, value_name = "DIR", env = "ESTRELLA_LAKE", default_value = "./lake")]
    pub lake: PathBuf,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Load event files, and changes of the shop's database, into the lake: extract, clean, check and load, as on AWS
    Run(run::RunArgs),
    /// Load many files at once, and go on where some of them are damaged
    #[command(long_about = backfill::ABOUT)]
    Backfill(backfill::BackfillArgs),
    /// Show what is fresh, what waits, what is held back and what is open
    #[command(long_about = status::ABOUT)]
    Status(status::StatusArgs),
    /// Show where the rows of one object are: from its receipt to facts and dimensions
    #[command(long_about = trace::ABOUT)]
    Trace(trace::TraceArgs),
    /// Verify the lake: files, counts, keys and books
    #[command(long_about = check::ABOUT)]
    Check(check::CheckArgs),
    /// List the tables of the lake with their rows, files and last commit
    Tables(tables::TablesArgs),
    /// Show a table's columns, layout and current state
    Describe(describe::DescribeArgs),
    /// List a table's snapshots, newest first
    History(history::HistoryArgs),
    /// Query the tables with SQL
    #[command(long_about = query::ABOUT)]
    Query(query::QueryArgs),
    /// Show the rows that were refused, and why
    #[command(long_about = rejected::ABOUT)]
    Rejected(rejected::RejectedArgs),
    /// Load a batch that the quality gate holds back, or list those that are
    #[command(long_about = release::ABOUT)]
    Release(release::DecideArgs),
    /// Throw a batch away that the quality gate holds back
    #[command(long_about = release::ABOUT_DISCARD)]
    Discard(release::DecideArgs),
    /// List what the monitors have found
    #[command(long_about = incidents::ABOUT)]
    Incidents(incidents::IncidentsArgs),
    /// Acknowledge an incident
    #[command(long_about = incidents::ABOUT_ACK)]
    Ack(incidents::AckArgs),
    /// Let a monitor say nothing for a while
    Mute(incidents::MuteArgs),
    /// Write all there is to know of a lake's data as one HTML page
    #[command(long_about = report::ABOUT)]
    Report(report::ReportArgs),
    /// Compare the columns of two files
    #[command(long_about = drift::ABOUT)]
    Drift(drift::DriftArgs),
    /// Make an older snapshot of a table the current one again
    #[command(long_about = rollback::ABOUT)]
    Rollback(rollback::RollbackArgs),
    /// Make the catalog of a folder anew, from the tables that are found in it
    #[command(long_about = restore::ABOUT)]
    Restore(restore::RestoreArgs),
    /// Erase a person from the lake
    #[command(long_about = forget::ABOUT)]
    Forget(forget::ForgetArgs),
    /// Write synthetic shop events, one gzip CSV per day, or a shop's changes to a database
    #[command(after_help = GENERATE_EXAMPLES)]
    Generate {
        /// What to write.
        #[command(flatten)]
        args: GenerateArgs,
        /// What to write to a database.
        #[command(flatten)]
        shop: shop::ShopArgs,
        /// Print the report as JSON
        #[arg(long)]
        json: bool,
    },
    /// Write the changes of the shop's database as files, as AWS DMS does
    #[command(long_about = capture::ABOUT)]
    Capture(capture::CaptureArgs),
    /// Estimate what a month costs on AWS
    #[command(long_about = cost::ABOUT)]
    Cost(cost::CostArgs),
    /// Print the data dictionary of all tables as Markdown
    Dictionary,
    /// Print the completions of a shell
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions {
        /// Shell to complete in
        shell: Shell,
    },
}

const GENERATE_EXAMPLES: &str = "\
Examples:
  estrella generate --rows 1000000 --out events
  estrella generate --rows 200000 --days 7 --out week --incident outage:2019-10-03:10-14
  estrella generate --oltp postgres://shop@127.0.0.1/shop --changes 10000 --seed 7";

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  estrella completions bash > ~/.local/share/bash-completion/completions/estrella
  estrella completions zsh > ~/.zfunc/_estrella";

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn bad_usage_ends_with_2() {
        for args in
            [&["estrella", "query"][..], &["estrella", "rollback", "t", "--to", "x"], &["estrella", "nope"]]
        {
            assert_eq!(Cli::try_parse_from(args).unwrap_err().exit_code(), 2, "{args:?}");
        }
    }
}
