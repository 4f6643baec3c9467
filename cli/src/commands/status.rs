//! `estrella status`

use super::open::OpenLake;
use crate::books::{Pending, Run};
use crate::output::{Fit, count, grid, visible};
use crate::status::{Status, gather};
use crate::{CliError, Exit, LakeArgs, Output};

pub(crate) const ABOUT: &str = "\
Show how the lake stands: how fresh each table is, what is extracted and not loaded, what the quality gate holds back \
    and how to decide it, which incidents are open, and the last runs.

Only metadata is read, so it answers at once whatever the lake holds.";

/// Show how the lake stands
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  estrella status
  estrella status --lake s3://shop-data --runs 20
  estrella status --json")]
pub struct StatusArgs {
    /// Most runs to show
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub runs: u16,
    /// Where the lake is.
    #[command(flatten)]
    pub lake: LakeArgs,
    /// Print one object
    #[arg(long)]
    pub json: bool,
}

pub(crate) async fn run(args: &StatusArgs, out: &mut Output) -> Result<Exit, CliError> {
    let scratch = super::open::scratch()?;
    let lake = OpenLake::open(&args.lake.lake).await?;
    let tables = lake.tables().await?;
    let shown = args.lake.lake.display().to_string();
    let status = gather(&shown, &tables, args.runs.into(), &lake.deps(scratch.path())).await?;
    if args.json {
        out.json(&status)?;
    } else {
        out.text(&text(&status, &shown))?;
    }
    Ok(Exit::Done)
}

fn text(status: &Status, lake: &str) -> String {
    let mut text = tables(status) + "\n" + &pending(&status.pending);
    for batch in &status.blocked {
        let (id, date, rows) = (&batch.batch_id, &batch.event_date, count(batch.rows));
        let checks = visible(&batch.checks.join(", "));
        text += &format!("held back: {id}  {date}  {rows} rows  ({checks})\n  {}\n", visible(&batch.release));
    }
    for incident in &status.incidents {
        let what: Vec<String> = incident.worst.iter().map(|result| result.name()).collect();
        let (id, state, severity) = (&incident.id, incident.status.as_str(), incident.severity.as_str());
        let what = visible(&what.join(", "));
        text += &format!("incident: {id}  {state}  {severity}  {what}\n  estrella ack {id} --lake {lake}\n");
    }
    if status.blocked.is_empty() {
        text += "nothing is held back\n";
    }
    if status.incidents.is_empty() {
        text += "no incident is open\n";
    }
    if status.runs.is_empty() { text } else { text + "\n" + &runs(&status.runs) }
}

fn tables(status: &Status) -> String {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let cells = status.tables.iter().map(|table| {
        vec![
            table.name.clone(),
            table.rows.map_or_else(|| "?".to_owned(), count),
            table.files.map_or_else(|| "?".to_owned(), count),
            or_dash(table.last_commit_at.clone()),
            or_dash(table.age_seconds.map(age)),
            or_dash(table.newest_event_hour.clone()),
        ]
    });
    let header = ["table", "rows", "files", "last commit", "age", "newest event hour"];
    grid(Fit::Wide, &header, &["rows", "files", "age"], cells)
}

fn pending(pending: &Pending) -> String {
    let mut text = String::new();
    if pending.objects > 0 {
        let [objects, rows, dates] = [pending.objects, pending.rows, pending.dates.len() as u64].map(count);
        text += &format!("not loaded yet: {objects} objects with {rows} rows of {dates} dates\n");
    }
    if pending.change_objects > 0 {
        let [objects, changes] = [pending.change_objects, pending.changes].map(count);
        text += &format!("not loaded yet: {objects} objects with {changes} changes of the shop's database\n");
    }
    if text.is_empty() { "all that is extracted is loaded\n".to_owned() } else { text }
}

fn runs(runs: &[Run]) -> String {
    let rows = |rows: i64| count(rows.unsigned_abs());
    let cells = runs.iter().map(|run| {
        let aside = run.rejected + run.quarantined;
        vec![
            run.run_id.clone(),
            run.started_at.clone(),
            format!("{:.1}", run.duration_ms as f64 / 1000.0),
            run.status.clone(),
            rows(run.rows_in),
            rows(run.facts),
            rows(run.duplicates),
            rows(aside),
            rows(run.blocked),
        ]
    });
    let header =
        ["run", "started", "seconds", "status", "rows in", "facts", "duplicates", "set aside", "held back"];
    let right = ["seconds", "rows in", "facts", "duplicates", "set aside", "held back"];
    grid(Fit::Wide, &header, &right, cells)
}

/// A length of time in its greatest unit, `36 h`; days from three on.
fn age(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..259_200 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_have_a_unit_that_suits_them() {
        let ages = [0, 119, 120, 7_199, 7_200, 259_199, 259_200].map(age);
        assert_eq!(ages, ["0 s", "119 s", "2 min", "119 min", "2 h", "71 h", "3 d"]);
    }
}
