//! `estrella rejected`

use std::collections::BTreeMap;

use estrella_core::event::Reason;
use estrella_core::schema::REJECTED_EVENTS;
use polars::prelude::{DataFrame, Expr, LazyFrame, PolarsResult, SortMultipleOptions, col, len, lit};
use serde::Serialize;

use super::open::OpenLake;
use super::query::{collect, guarded, scan};
use crate::output::{Fit, count, grid, terminal_width, visible};
use crate::{CliError, Exit, LakeArgs, Output};

pub(crate) const ABOUT: &str = "\
Show the rows that were refused, and why.

First the number of rows per reason, over all refused rows (of the objects that --object picks); a row with two \
    reasons counts for both. Then rows, ordered by object and line.";

/// Fewest characters of a raw row that are worth showing.
const MIN_RAW_CHARS: usize = 40;

/// Show the rows that were refused, and why
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  estrella rejected
  estrella rejected --reason bad_price --object 2019-10-03 --limit 100
  estrella rejected --json")]
pub struct RejectedArgs {
    /// Only rows with this reason, such as bad_price; an unknown one prints the list
    #[arg(long, value_name = "REASON")]
    pub reason: Option<String>,
    /// Only rows of objects whose name has this text in it
    #[arg(long, value_name = "TEXT")]
    pub object: Option<String>,
    /// Most rows to show
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub limit: u32,
    /// Where the lake is.
    #[command(flatten)]
    pub lake: LakeArgs,
    /// Print one object, with the raw rows whole
    #[arg(long)]
    pub json: bool,
}

/// What was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rejected {
    /// Rows by reason.
    pub by_reason: BTreeMap<String, u64>,
    /// Rows that the arguments pick, shown or not.
    pub matching_rows: u64,
    /// The first of them.
    pub rows: Vec<RejectedRow>,
}

/// A refused row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RejectedRow {
    /// Object it came from.
    pub object: String,
    /// Line it starts on, counted from 1.
    pub line: i64,
    /// Every reason that applies, comma-separated.
    pub reasons: String,
    /// The row as it stood in the object.
    pub raw: String,
}

pub(crate) async fn run(args: &RejectedArgs, out: &mut Output) -> Result<Exit, CliError> {
    let lake = OpenLake::open(&args.lake.lake).await?;
    let rejected = rejected(&lake, args).await?;
    if args.json {
        out.json(&rejected)?
    } else {
        out.text(&text(&rejected, terminal_width()))?
    }
    Ok(Exit::Done)
}

pub(super) async fn rejected(lake: &OpenLake, args: &RejectedArgs) -> Result<Rejected, CliError> {
    let reason = args.reason.as_deref().map(known).transpose()?;
    let mut all = scan(lake, &lake.table(&REJECTED_EVENTS).await?).await?;
    if let Some(object) = &args.object {
        all = all.filter(col("object").str().contains_literal(lit(object.as_str())));
    }
    guarded(|| read(all, reason, args.limit))
}

fn known(name: &str) -> Result<&str, CliError> {
    let names = Reason::ALL.map(Reason::as_str);
    if names.contains(&name) {
        return Ok(name);
    }
    let hint = format!("reasons: {}", names.join(", "));
    Err(CliError::bad_input(format!("no reason is named {name}")).with_hint(hint))
}

fn read(all: LazyFrame, reason: Option<&str>, limit: u32) -> Result<Rejected, CliError> {
    let counts = collect(all.clone().group_by([col("reasons")]).agg([len().alias("rows")]))?;
    let (mut by_reason, mut matching_rows) = (BTreeMap::new(), 0);
    for (reasons, rows) in counts.column("reasons")?.str()?.iter().zip(counts.column("rows")?.u32()?.iter()) {
        let (reasons, rows) = (reasons.unwrap_or_default(), u64::from(rows.unwrap_or_default()));
        for reason in reasons.split(',') {
            *by_reason.entry(reason.to_owned()).or_default() += rows;
        }
        if reason.is_none_or(|reason| reasons.split(',').any(|other| other == reason)) {
            matching_rows += rows;
        }
    }
    let picked = match reason {
        Some(reason) => all.filter(has(reason)),
        None => all,
    };
    let order = SortMultipleOptions::default();
    let first = picked.sort(["object", "object_version", "line"], order).limit(limit);
    let columns = ["object", "line", "reasons", "raw"].map(col);
    let rows = rows(&collect(first.select(columns))?)?;
    Ok(Rejected { by_reason, matching_rows, rows })
}

/// Whether a comma-separated list holds a reason; bad_price must not find bad_price_something.
fn has(reason: &str) -> Expr {
    (lit(",") + col("reasons") + lit(",")).str().contains_literal(lit(format!(",{reason},")))
}

fn rows(frame: &DataFrame) -> PolarsResult<Vec<RejectedRow>> {
    let text = |name: &str, row| -> PolarsResult<String> {
        Ok(frame.column(name)?.str()?.get(row).unwrap_or_default().to_owned())
    };
    let row = |row| -> PolarsResult<RejectedRow> {
        Ok(RejectedRow {
            object: text("object", row)?,
            line: frame.column("line")?.i64()?.get(row).unwrap_or_default(),
            reasons: text("reasons", row)?,
            raw: text("raw", row)?,
        })
    };
    (0..frame.height()).map(row).collect()
}

pub(super) fn text(rejected: &Rejected, width: Option<usize>) -> String {
    if rejected.by_reason.is_empty() {
        return "no rows were refused\n".to_owned();
    }
    let reasons = rejected.by_reason.iter().map(|(reason, rows)| vec![reason.clone(), count(*rows)]);
    let summary = grid(Fit::Wide, &["reason", "rows"], &["rows"], reasons);
    let header = ["object", "line", "reasons", "raw"];
    let mut cells: Vec<_> = rejected.rows.iter().map(cells).collect();
    if let Some(width) = width {
        fit(&mut cells, &header, width);
    }
    let (shown, matching) = (count(rejected.rows.len() as u64), count(rejected.matching_rows));
    format!("{summary}\n{shown} of {matching} rows\n{}", grid(Fit::Wide, &header, &["line"], cells))
}

/// Makes each row one line of a terminal: first the folders of the objects go, then the ends of the raw rows.
fn fit(cells: &mut [Vec<String>], header: &[&str; 4], width: usize) {
    // A space before and after each cell, a line between two.
    let room = |cells: &[Vec<String>]| {
        let longest =
            |i: usize| cells.iter().map(|row| row[i].chars().count()).max().unwrap_or(0).max(header[i].len());
        width.saturating_sub(longest(0) + longest(1) + longest(2) + 11)
    };
    if room(cells) < MIN_RAW_CHARS {
        for object in cells.iter_mut().map(|row| &mut row[0]) {
            if let Some((_, name)) = object.rsplit_once('/') {
                *object = format!("…/{name}");
            }
        }
    }
    let room = room(cells).max(MIN_RAW_CHARS);
    for raw in cells.iter_mut().map(|row| &mut row[3]) {
        if raw.chars().count() > room {
            *raw = raw.chars().take(room - 1).chain(['…']).collect();
        }
    }
}

fn cells(row: &RejectedRow) -> Vec<String> {
    vec![row.object.clone(), row.line.to_string(), row.reasons.clone(), visible(&row.raw)]
}
