//! `estrella trace`

use std::fmt::Write;

use super::open::OpenLake;
use crate::output::{count, size, visible};
use crate::trace::{BatchTrace, Commit, ObjectTrace, RunTrace, TraceError, trace};
use crate::{CliError, Exit, LakeArgs, Output};

pub(crate) const ABOUT: &str = "\
Show where the rows of one object are: its receipt, its run, the verdict on each batch and the rules that spoke, the \
    snapshots that hold its rows, the dimensions that know of them, and what it waits for.

Documents and metadata are read, no data. Versions of one key are shown one after the other.";

/// Show where the rows of one object are
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  estrella trace 2019-Oct.csv.gz
  estrella trace raw/2019/oct.csv.gz --lake s3://shop-data
  estrella trace 0f3c9a5d7be14f20a1c8e6d2b4937f51 --json")]
pub struct TraceArgs {
    /// Key, address, path or file name of the object, or the id of its receipt
    pub object: String,
    /// Where the lake is.
    #[command(flatten)]
    pub lake: LakeArgs,
    /// Print a list of objects
    #[arg(long)]
    pub json: bool,
}

impl From<TraceError> for CliError {
    fn from(error: TraceError) -> Self {
        let near = match error {
            TraceError::Lake(error) => return error.into(),
            TraceError::Unknown { ref near, .. } => near.join(", "),
        };
        Self::bad_input(error).with_hint(match near.is_empty() {
            true => {
                "name it by its key or its file name; what was never extracted has left no trace".to_owned()
            }
            false => format!("near names: {near}"),
        })
    }
}

pub(crate) async fn run(args: &TraceArgs, out: &mut Output) -> Result<Exit, CliError> {
    let scratch = super::open::scratch()?;
    let lake = OpenLake::open(&args.lake.lake).await?;
    let environment = super::open::environment().filter(|_| lake.dir.is_none());
    let traces = trace(&args.object, environment.as_deref(), &lake.deps(scratch.path())).await?;
    if args.json {
        out.json(&traces)?;
    } else {
        let shown = args.lake.lake.display().to_string();
        let texts: Vec<String> = traces.iter().map(|trace| text(trace, &shown)).collect();
        out.text(&texts.join("\n"))?;
    }
    Ok(Exit::Done)
}

/// Writing to a String cannot fail.
fn text(trace: &ObjectTrace, lake: &str) -> String {
    let mut text = format!("{}: {}\n", visible(&trace.object), trace.state.as_str());
    let (version, bytes) = (visible(&trace.version), size(trace.size_bytes));
    let _ = writeln!(text, "  version {version}, {bytes}, receipt {}", trace.receipt_id);
    if let Some(waits_for) = &trace.waits_for {
        let _ = writeln!(text, "  waits for {waits_for}");
    }
    if let Some(refused) = &trace.refused {
        let _ = writeln!(text, "  refused {}: {}", refused.at, visible(&refused.reason));
    }
    landed(trace, lake, &mut text);
    for run in &trace.runs {
        of_run(run, lake, &mut text);
    }
    for batch in &trace.held_back {
        let _ = writeln!(text, "  decide: estrella release {batch} --lake {lake}");
        let _ = writeln!(text, "      or: estrella discard {batch} --lake {lake}");
    }
    if let Some(logs) = &trace.logs {
        let _ = writeln!(text, "  logs: CloudWatch Logs Insights over {}", logs.groups.join(", "));
        let _ = writeln!(text, "    {}", visible(&logs.query));
    }
    text
}

fn landed(trace: &ObjectTrace, lake: &str, text: &mut String) {
    let Some(landed) = &trace.landed else { return };
    let at = landed.at.as_ref().map(|at| format!(" {at}")).unwrap_or_default();
    let _ = writeln!(text, "  extracted{at}: {} rows of {}", count(landed.rows_in), landed.format);
    for (date, rows) in &landed.rows_by_date {
        let _ = writeln!(text, "    {date}: {} rows", count(*rows));
    }
    if let Some((table, rows)) = &landed.changes {
        let _ = writeln!(text, "    {} changes of {}", count(*rows), visible(table));
    }
    if landed.duplicates > 0 {
        let _ = writeln!(text, "    {} duplicates of these in the object", count(landed.duplicates));
    }
    if landed.rejected > 0 {
        let reasons: Vec<String> = landed
            .rejected_by_reason
            .iter()
            .map(|(reason, rows)| format!("{reason} {}", count(*rows)))
            .collect();
        let _ = writeln!(text, "    {} rows refused: {}", count(landed.rejected), reasons.join(", "));
        let name = trace.object.rsplit('/').next().unwrap_or_default();
        let _ = writeln!(text, "      estrella rejected --object '{}' --lake {lake}", visible(name));
    }
}

fn of_run(run: &RunTrace, lake: &str, text: &mut String) {
    let half = if run.is_complete { "" } else { ", not at its end" };
    let _ = writeln!(text, "  run {} of {}{half}", run.run_id, run.planned_at);
    if let Some(decided) = &run.decided {
        let what = if decided.discard { "thrown away" } else { "let in" };
        let note = decided.note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
        let _ = writeln!(text, "    {what} by {}{}", visible(&decided.by), visible(&note));
    }
    for batch in &run.batches {
        of_batch(batch, lake, text);
    }
    for commit in &run.commits {
        let Commit { table, .. } = commit;
        let _ = match (&commit.snapshot_id, &commit.at, commit.missing) {
            (Some(id), Some(at), _) => writeln!(text, "    {table}: snapshot {id} of {at}"),
            (_, _, missing) => {
                writeln!(text, "    {table}: {}", missing.map_or("no snapshot", |why| why.as_str()))
            }
        };
    }
    let names = |is_reflected: bool| {
        let dims = run.dimensions.iter().filter(move |dimension| dimension.is_reflected == is_reflected);
        dims.map(|dimension| dimension.table.as_str()).collect::<Vec<_>>().join(", ")
    };
    for (is_reflected, what) in [(true, "dimensions that reflect it"), (false, "dimensions that do not yet")]
    {
        let names = names(is_reflected);
        if !names.is_empty() {
            let _ = writeln!(text, "    {what}: {names}");
        }
    }
}

fn of_batch(batch: &BatchTrace, lake: &str, text: &mut String) {
    let others = match batch.objects.saturating_sub(1) {
        0 => String::new(),
        others => format!(" (with {} other objects)", count(others)),
    };
    let (date, id, verdict) = (&batch.event_date, &batch.batch_id, batch.verdict);
    let _ = writeln!(
        text,
        "    {date}: {verdict}, {} rows + {} duplicates + {} set aside{others}, batch {id}",
        count(batch.rows),
        count(batch.duplicates),
        count(batch.quarantined)
    );
    for said in &batch.spoke {
        let _ = writeln!(text, "      {}", visible(said));
    }
    if batch.quarantined > 0 {
        let sql = format!("SELECT * FROM clean.quarantined_events WHERE event_date = '{date}'");
        let _ = writeln!(text, "      estrella query \"{sql}\" --lake {lake}");
    }
}
