//! `estrella incidents`, `estrella ack` and `estrella mute`

use chrono::{DateTime, SecondsFormat, Utc};
use estrella_detect_drift::states::States;
use estrella_drift::{Incident, State, Status, parse_hour};
use estrella_lake::Error;
use serde::Serialize;

use super::open::OpenLake;
use crate::{CliError, Exit, LakeArgs, Output};

pub(crate) const ABOUT: &str = "\
List the incidents: what the monitors have found, since when, and whether it is over.

An incident is told once when it begins, once more if it gets worse, and once when it is over. What is acknowledged is \
    not told again, and its hours are not what later hours are compared with.";

pub(crate) const ABOUT_ACK: &str = "\
Acknowledge an incident: somebody knows, no more messages are needed.

Its hours are known to be bad, and nothing is compared with them. If the change is meant to be, say --expected: then \
    its hours are what is usual from now on.";

/// Seconds of an hour.
const HOUR: i64 = 3600;

/// List the incidents
#[derive(Debug, Clone, clap::Args)]
pub struct IncidentsArgs {
    /// Those that are over too
    #[arg(long)]
    pub all: bool,
    /// Print them as JSON
    #[arg(long)]
    pub json: bool,
    /// Where the lake is.
    #[command(flatten)]
    pub lake: LakeArgs,
}

/// Acknowledge an incident
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  estrella ack 3f9a2c1d --note 'the tracker of the app was off, mended at 9'
  estrella ack 3f9a2c1d --expected --note 'new prices since today'")]
pub struct AckArgs {
    /// Id of the incident, from the message or the list
    pub incident: String,
    /// The change is meant to be: from now on it is what is usual
    #[arg(long)]
    pub expected: bool,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// Who acknowledges, for the record
    #[arg(long, value_name = "NAME", env = "USER", default_value = "unknown")]
    pub by: String,
    /// Where the lake is.
    #[command(flatten)]
    pub lake: LakeArgs,
}

/// Let a monitor say nothing for a while
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  estrella mute volume --until 2019-11-30
  estrella mute 'price*' --until 2019-11-30T18:00:00Z --note 'sale'")]
pub struct MuteArgs {
    /// Name of the monitor; * stands for anything
    pub monitor: String,
    /// Until when: a date, or a time like 2019-11-30T18:00:00Z (UTC)
    #[arg(long, value_name = "TIME", value_parser = hour)]
    pub until: i64,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// Who mutes, for the record
    #[arg(long, value_name = "NAME", env = "USER", default_value = "unknown")]
    pub by: String,
    /// Where the lake is.
    #[command(flatten)]
    pub lake: LakeArgs,
}

/// The first hour since the Unix epoch that is not muted any more.
fn hour(text: &str) -> Result<i64, String> {
    if let Some(hour) = parse_hour(text) {
        return Ok(hour);
    }
    let time = DateTime::parse_from_rfc3339(text).map(|time| time.timestamp());
    let seconds = time.map_err(|_| "expected a date or a time like 2019-11-30T18:00:00Z")?;
    Ok(seconds.div_euclid(HOUR) + i64::from(seconds.rem_euclid(HOUR) > 0))
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'s> {
    incidents: Vec<&'s Incident>,
}

pub(crate) async fn run(args: &IncidentsArgs, out: &mut Output) -> Result<Exit, CliError> {
    let scratch = super::open::scratch()?;
    let deps = OpenLake::open(&args.lake.lake).await?.deps(scratch.path());
    let state = States::new(&deps).newest().await?.state;
    let is_listed = |incident: &&Incident| args.all || incident.status != Status::Recovered;
    let incidents: Vec<&Incident> = state.incidents().iter().filter(is_listed).collect();
    if args.json {
        out.json(&Report { incidents })?;
    } else {
        out.text(&list(&incidents, &state))?;
    }
    Ok(Exit::Done)
}

pub(crate) async fn ack(args: &AckArgs, out: &mut Output) -> Result<Exit, CliError> {
    let (by, note, expected) = (args.by.as_str(), args.note.as_deref(), args.expected);
    change(&args.lake, |state| state.ack(&args.incident, by, note, expected).map(|_| ())).await?;
    let then = match expected {
        true => "its hours are what is usual from now on",
        false => "nothing is compared with its hours",
    };
    out.text(&format!("{} is acknowledged; {then}\n", args.incident))?;
    Ok(Exit::Done)
}

pub(crate) async fn mute(args: &MuteArgs, out: &mut Output) -> Result<Exit, CliError> {
    let (by, note) = (args.by.as_str(), args.note.as_deref());
    change(&args.lake, |state| state.mute(&args.monitor, args.until, by, note).map(|_| ())).await?;
    out.text(&format!("{} says nothing until {}\n", args.monitor, shown(args.until)))?;
    Ok(Exit::Done)
}

async fn change<E: std::fmt::Display>(
    lake: &LakeArgs,
    change: impl Fn(&mut State) -> Result<(), E>,
) -> Result<(), CliError> {
    let scratch = super::open::scratch()?;
    let deps = OpenLake::open(&lake.lake).await?.deps(scratch.path());
    let states = States::new(&deps);
    let changed =
        states.change(|kept| change(&mut kept.state).map_err(|e| Error::invalid(e.to_string()))).await;
    changed.map_err(|error| match error.kind() {
        estrella_lake::ErrorKind::InvalidInput => {
            CliError::bad_input(error.to_string()).with_hint("estrella incidents lists what is open")
        }
        _ => error.into(),
    })
}

fn list(incidents: &[&Incident], state: &State) -> String {
    let mut text = String::new();
    for incident in incidents {
        let (id, status, severity) = (&incident.id, incident.status.as_str(), incident.severity.as_str());
        let over = incident.recovered_hour.map(|hour| format!(" until {}", shown(hour))).unwrap_or_default();
        text += &format!("{id}  {status}  {severity}  since {}{over}\n", shown(incident.opened_hour));
        for result in &incident.worst {
            let segment = result.segment.as_ref().map(|segment| format!(" of {segment}")).unwrap_or_default();
            let (observed, expected, unit) = (result.observed, result.expected, &result.unit);
            text += &format!("  {}{segment}: {observed:.4} {unit}, usually {expected:.4}\n", result.monitor);
        }
        if let Some(by) = &incident.acknowledged_by {
            let note = incident.note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
            text += &format!("  acknowledged by {by}{note}\n");
        }
    }
    if incidents.is_empty() {
        text += "no incident is open\n";
    }
    for mute in state.mutes() {
        text +=
            &format!("muted: {} until {}, by {}\n", mute.monitors.as_str(), shown(mute.until_hour), mute.by);
    }
    text
}

fn shown(hour: i64) -> String {
    let time = DateTime::<Utc>::from_timestamp(hour * HOUR, 0).unwrap_or_default();
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mute_ends_with_the_hour_that_it_names() {
        assert_eq!(hour("1970-01-02"), Ok(24));
        assert_eq!(hour("1970-01-02T04"), Ok(28));
        assert_eq!(hour("1970-01-01T01:30:00Z"), Ok(2));
        assert_eq!(hour("1970-01-01T02:00:00+01:00"), Ok(1));
        assert!(hour("tomorrow").is_err());
        assert_eq!(shown(24), "1970-01-02T00:00:00Z");
    }
}
