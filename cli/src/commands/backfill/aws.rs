//! The backfill of a deployment: the command that starts its state machine.

use estrella_core::event::format_date;
use serde::Serialize;
use serde_json::json;

use super::BackfillArgs;
use crate::commands::open;
use crate::{CliError, Exit, Output};

/// How to start a backfill and how to follow it, as commands of a shell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Commands {
    /// Input of the execution.
    input: serde_json::Value,
    /// Starts it and prints its ARN.
    start: String,
    /// Tell how far it is, `$EXECUTION` being that ARN.
    follow: Vec<String>,
}

pub(super) fn run(args: &BackfillArgs, out: &mut Output) -> Result<Exit, CliError> {
    if !args.inputs.is_empty() {
        return Err(CliError::bad_input(
            "--input names files of this machine; objects on AWS have a --prefix",
        ));
    }
    let machine = match (&args.state_machine, open::environment()) {
        (Some(arn), _) => quoted(arn),
        (None, Some(environment)) => format!(
            "\"$(aws stepfunctions list-state-machines --output text \
             --query \"stateMachines[?name=='estrella-{environment}-backfill'].stateMachineArn\")\""
        ),
        (None, None) => {
            let hint = "it is the output BackfillMachineArn of the deployed stack";
            return Err(CliError::bad_input("no --state-machine").with_hint(hint));
        }
    };
    let commands = commands(args, &machine);
    if args.json {
        out.json(&commands)?;
    } else {
        let Commands { start, follow, .. } = &commands;
        out.text(&format!("Start it:\n  EXECUTION=$({start})\nFollow it:\n  {}\n", follow.join("\n  ")))?;
    }
    Ok(Exit::Done)
}

fn commands(args: &BackfillArgs, machine: &str) -> Commands {
    let mut input = json!({"prefix": args.prefix, "tolerated_failure_percent": args.tolerate_percent});
    for (name, date) in [("from", args.from), ("to", args.to)] {
        if let Some(date) = date {
            input[name] = format!("{}{}", args.prefix, format_date(date)).into();
        }
    }
    if let Some(jobs) = args.jobs {
        input["max_concurrency"] = jobs.get().into();
    }
    let start = format!(
        "aws stepfunctions start-execution --state-machine-arn {machine} --query executionArn --output text \
         --input {}",
        quoted(&input.to_string())
    );
    let follow = [
        "aws stepfunctions describe-execution --execution-arn \"$EXECUTION\" --query status --output text",
        "aws stepfunctions describe-map-run --query itemCounts --map-run-arn \"$(aws stepfunctions list-map-runs \
         --execution-arn \"$EXECUTION\" --query 'mapRuns[0].mapRunArn' --output text)\"",
    ];
    Commands { input, start, follow: follow.map(str::to_owned).to_vec() }
}

/// As one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::{Cli, Command};

    fn of(args: &[&str]) -> Commands {
        let all = ["estrella", "backfill", "--state-machine", "arn:x"].iter().chain(args);
        let Command::Backfill(args) = Cli::try_parse_from(all).unwrap().command else {
            panic!("no backfill")
        };
        commands(&args, "'arn:x'")
    }

    /// What the machine's definition reads of its input.
    #[test]
    fn the_input_is_what_the_machine_reads() {
        let machine = include_str!("../../../../infra/backfill.asl.json");
        let all = ["--from", "2019-10-01", "--to", "2019-11-01", "--prefix", "raw/events-", "--jobs", "7"];
        let input = of(&all).input;
        assert_eq!(input["from"], "raw/events-2019-10-01");
        assert_eq!(input["to"], "raw/events-2019-11-01");
        for name in input.as_object().unwrap().keys() {
            assert!(machine.contains(&format!("\"$.settings.{name}\"")), "{name}");
        }
        assert_eq!(of(&[]).input, json!({"prefix": "raw/", "tolerated_failure_percent": 5}));
    }

    #[test]
    fn a_quote_in_a_prefix_stays_in_its_word() {
        assert!(
            of(&["--prefix", "raw/it's"])
                .start
                .ends_with(r#""prefix":"raw/it'\''s","tolerated_failure_percent":5}'"#)
        );
    }
}
