//! `estrella generate --oltp`: the simulated shop that writes to a database; and what it shares with `capture`.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use estrella_oltp::simulator::{Options, Report, simulate};
use estrella_oltp::{Error, Server};
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::output::count;
use crate::{CliError, Exit, Output};

const HEADING: &str = "Changes of a database instead of files";
/// What asks for files, and is required without a database: a plain `requires` would be waived, because it names
/// what these exclude.
const FILES: [&str; 2] = ["rows", "out"];

/// Write a simulated shop's changes to a database instead
#[derive(Debug, Clone, clap::Args)]
pub struct ShopArgs {
    /// The database to write to, postgres://USER:PASSWORD@HOST:PORT/DATABASE; gets its tables if it has none
    #[arg(long, help_heading = HEADING, value_name = "URL", requires = "changes")]
    pub oltp: Option<String>,
    /// Row changes to commit
    #[arg(long, help_heading = HEADING, value_name = "N", conflicts_with_all = FILES)]
    pub changes: Option<u64>,
    /// Write a line of JSON for each committed change, in the order of the commits
    #[arg(long, help_heading = HEADING, value_name = "FILE", conflicts_with_all = FILES)]
    pub log: Option<PathBuf>,
    /// Pause after each transaction, in milliseconds
    #[arg(long, help_heading = HEADING, value_name = "MS", default_value_t = 0, conflicts_with_all = FILES)]
    pub pause_ms: u64,
}

pub(crate) async fn run(
    args: &ShopArgs,
    url: &str,
    seed: u64,
    json: bool,
    out: &mut Output,
) -> Result<Exit, CliError> {
    let server: Server = url.parse().map_err(failure)?;
    let options = Options {
        server,
        changes: args.changes.unwrap_or_default(),
        seed,
        pause: Duration::from_millis(args.pause_ms),
        log: args.log.clone(),
    };
    let stop = Arc::new(AtomicBool::new(false));
    stop_on_signals(&stop)?;
    let report = simulate(&options, &stop).await.map_err(failure)?;
    match json {
        true => out.json(&report)?,
        false => out.text(&text(&report, &options.server))?,
    }
    Ok(Exit::Done)
}

fn text(report: &Report, server: &Server) -> String {
    format!(
        "{} changes in {} transactions in {server}, {} more were rolled back\n  \
         {} inserts, {} updates, {} deletes\n",
        count(report.changes),
        count(report.transactions),
        count(report.rolled_back),
        count(report.inserts),
        count(report.updates),
        count(report.deletes),
    )
}

/// Lets Ctrl-C and `kill` end the work in good order; the second one ends it at once.
pub(super) fn stop_on_signals(stop: &Arc<AtomicBool>) -> Result<(), CliError> {
    let fault = |error| CliError::fault(format!("cannot wait for signals: {error}"));
    for signal in [SIGINT, SIGTERM] {
        // In this order: the first signal finds the flag unset, and sets it afterwards.
        let at_once = Exit::Fault as i32;
        signal_hook::flag::register_conditional_shutdown(signal, at_once, Arc::clone(stop)).map_err(fault)?;
        signal_hook::flag::register(signal, Arc::clone(stop)).map_err(fault)?;
    }
    Ok(())
}

/// What a failure means to the caller.
pub(super) fn failure(error: Error) -> CliError {
    let again = error.is_retryable();
    match error {
        Error::Store(error) => error.into(),
        error if again => CliError::fault(error).with_hint("run the command again: it goes on where it was"),
        error => CliError::bad_input(error),
    }
}

#[cfg(test)]
mod tests {
    use crate::Cli;
    use clap::Parser;

    fn exit_code(args: &[&str]) -> i32 {
        let args = ["estrella", "generate"].iter().chain(args);
        Cli::try_parse_from(args).map_or_else(|error| error.exit_code(), |_| 0)
    }

    #[test]
    fn files_and_a_database_exclude_each_other() {
        let shop = ["--oltp", "postgres://u@h/d", "--changes", "5"];
        let files = ["--rows", "5", "--out", "x"];
        assert_eq!(exit_code(&shop), 0);
        assert_eq!(exit_code(&files), 0);
        assert_eq!(exit_code(&[&shop[..], &["--seed", "7", "--log", "l", "--pause-ms", "1"]].concat()), 0);
        for wrong in [
            &[][..],
            &files[..2],
            &shop[..2],
            &[&shop[..], &files].concat(),
            &[&shop[..], &["--days", "3"]].concat(),
            &[&files[..], &["--changes", "5"]].concat(),
            &[&files[..], &["--pause-ms", "5"]].concat(),
        ] {
            assert_eq!(exit_code(wrong), 2, "{wrong:?}");
        }
    }
}
