//! `estrella generate`

use std::io;

use crate::generate::{GenerateArgs, Report, generate};
use crate::output::{count, size};
use crate::{CliError, Exit, Output};

pub(crate) fn run(args: &GenerateArgs, json: bool, out: &mut Output) -> Result<Exit, CliError> {
    let report = generate(args).map_err(|error| failure(&error))?;
    if json {
        out.json(&report)?
    } else {
        out.text(&text(&report, args))?
    }
    Ok(Exit::Done)
}

fn text(report: &Report, args: &GenerateArgs) -> String {
    let dir = args.out.display();
    format!(
        "{} rows in {} files, {}, in {dir}\n  of these {} duplicates and {} prices of 0.00\n\
         load them with: estrella run --input {dir}\n",
        count(report.rows),
        count(report.files.len() as u64),
        size(report.bytes),
        count(report.duplicates),
        count(report.zero_prices),
    )
}

/// Arguments that do not fit together are the caller's doing, and so is a folder that cannot be written to.
fn failure(error: &anyhow::Error) -> CliError {
    let what = format!("{error:#}");
    let io = error.chain().find_map(|cause| cause.downcast_ref::<io::Error>());
    match io.map(io::Error::kind) {
        Some(
            io::ErrorKind::PermissionDenied | io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists,
        ) => CliError::bad_input(what).with_hint("name a folder that can be written to with --out"),
        Some(_) => CliError::fault(what),
        None => CliError::bad_input(what).with_hint("estrella generate --help names the ranges"),
    }
}
