//! The commands, one module each. Their functions return data or text; printing is done at the edge.

pub mod backfill;
pub mod capture;
pub mod check;
pub mod completions;
pub mod cost;
pub mod describe;
pub mod dictionary;
pub mod drift;
pub mod forget;
pub mod generate;
pub mod history;
pub mod incidents;
mod open;
pub mod query;
pub mod rejected;
pub mod release;
pub mod report;
pub mod restore;
pub mod rollback;
pub mod run;
pub mod shop;
pub mod status;
pub mod tables;
#[cfg(test)]
mod tests;
pub mod trace;

use std::future::Future;

use crate::{CliError, Command, Exit, Output};

/// Runs one command.
pub fn dispatch(command: Command, out: &mut Output) -> Result<Exit, CliError> {
    match command {
        Command::Run(args) => block_on(run::run(&args, out)),
        Command::Backfill(args) => block_on(backfill::run(&args, out)),
        Command::Status(args) => block_on(status::run(&args, out)),
        Command::Trace(args) => block_on(trace::run(&args, out)),
        Command::Check(args) => block_on(check::run(&args, out)),
        Command::Tables(args) => block_on(tables::run(&args, out)),
        Command::Describe(args) => block_on(describe::run(&args, out)),
        Command::History(args) => block_on(history::run(&args, out)),
        Command::Query(args) => block_on(query::run(&args, out)),
        Command::Rejected(args) => block_on(rejected::run(&args, out)),
        Command::Release(args) => block_on(release::run(&args, false, out)),
        Command::Discard(args) => block_on(release::run(&args, true, out)),
        Command::Drift(args) => block_on(drift::run(&args, out)),
        Command::Incidents(args) => block_on(incidents::run(&args, out)),
        Command::Ack(args) => block_on(incidents::ack(&args, out)),
        Command::Mute(args) => block_on(incidents::mute(&args, out)),
        Command::Report(args) => block_on(report::run(&args, out)),
        Command::Restore(args) => block_on(restore::run(&args, out)),
        Command::Rollback(args) => block_on(rollback::run(&args, out)),
        Command::Forget(args) => block_on(forget::run(&args, out)),
        Command::Generate { args, shop, json } => match shop.oltp.as_deref() {
            Some(url) => block_on(shop::run(&shop, url, args.seed, json, out)),
            None => generate::run(&args, json, out),
        },
        Command::Capture(args) => block_on(capture::run(&args, out)),
        Command::Cost(args) => cost::run(&args, out),
        Command::Dictionary => dictionary::run(out),
        Command::Completions { shell } => completions::run(shell, out),
    }
}

fn block_on(work: impl Future<Output = Result<Exit, CliError>>) -> Result<Exit, CliError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| CliError::fault(format!("cannot start threads: {error}")))?.block_on(work)
}
