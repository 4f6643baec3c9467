//! The embedded runner and the operator's tool: everything behind the `estrella` binary.

mod args;
pub mod books;
pub mod check;
pub mod commands;
mod error;
pub mod forget;
pub mod generate;
mod output;
pub mod pipeline;
pub mod report;
pub mod status;
pub mod trace;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

pub use args::{Cli, Command, LakeArgs};
pub use error::{CliError, Exit};
pub use output::Output;

/// Parses the arguments, runs the command, reports its error and says what the process ends with.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // With neither stdout nor stderr there is nobody left to tell.
            let _ = error.print();
            return if error.use_stderr() { Exit::BadInput.into() } else { Exit::Done.into() };
        }
    };
    log_to_stderr();
    let mut out = Output::stdout();
    let done = commands::dispatch(cli.command, &mut out)
        .and_then(|exit| out.flush().map(|()| exit).map_err(CliError::from));
    match done {
        Ok(exit) => exit.into(),
        Err(error) => {
            // What was printed before the error comes first; if that fails too, the error at hand says more.
            let _ = out.flush();
            let _ = error.report(&mut io::stderr().lock());
            error.exit().into()
        }
    }
}

/// pgwire_replication logs the error that it returns, and so would have it told twice.
const DEFAULT_LOG: &str = "warn,pgwire_replication=off";

/// Warnings and errors of the libraries; `ESTRELLA_LOG=debug` shows more.
fn log_to_stderr() {
    let filter = EnvFilter::try_from_env("ESTRELLA_LOG").unwrap_or_else(|_| EnvFilter::new(DEFAULT_LOG));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_target(false).init();
}
