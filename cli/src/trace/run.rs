//! What a run did with the rows of an object.

use estrella_contracts::{CheckResult, Decided, JudgedBatch, JudgedRun, Outcome};
use serde::Serialize;

use super::commits::{Commit, Histories, Reflection};
use crate::output::time;

/// A run that had rows of an object.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunTrace {
    /// Id, which stands in the lines of the log.
    pub run_id: String,
    /// When it was planned, UTC.
    pub planned_at: String,
    /// Whether it has come to its end.
    pub is_complete: bool,
    /// Who let a batch in or threw it away, if the run is that decision.
    pub decided: Option<Decided>,
    /// The batches that have rows of the object, by date.
    pub batches: Vec<BatchTrace>,
    /// Commits to the tables.
    pub commits: Vec<Commit>,
    /// The dimensions.
    pub dimensions: Vec<Reflection>,
}

/// One batch: the rows of a date, of this object and of those that waited with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BatchTrace {
    /// Id.
    pub batch_id: String,
    /// `YYYY-MM-DD`.
    pub event_date: String,
    /// `pass`, `warn` or `block`.
    pub verdict: &'static str,
    /// Objects in the batch.
    pub objects: u64,
    /// Rows of the batch that are new.
    pub rows: u64,
    /// Rows that other rows of the batch or of the table are equal to.
    pub duplicates: u64,
    /// Rows set aside by rules.
    pub quarantined: u64,
    /// Checks and rules that did not pass.
    pub spoke: Vec<String>,
}

impl RunTrace {
    pub(super) fn of(run: &JudgedRun, receipt_id: &str, is_complete: bool, histories: &Histories) -> Self {
        let has_rows = |batch: &&JudgedBatch| {
            // A decision is about one batch, whose parts are of objects although its receipt is its own.
            batch.cleaned.batch.parts.iter().any(|part| part.receipt_id == receipt_id)
        };
        let commits = histories.commits(run);
        let dimensions = commits.get(1).map(|facts| histories.reflections(facts)).unwrap_or_default();
        Self {
            run_id: run.plan.run_id.clone(),
            planned_at: time(run.plan.planned_at_ms),
            is_complete,
            decided: run.decided.clone(),
            batches: run.batches.iter().filter(has_rows).map(BatchTrace::of).collect(),
            commits,
            dimensions,
        }
    }
}

impl BatchTrace {
    fn of(judged: &JudgedBatch) -> Self {
        let cleaned = &judged.cleaned;
        let failed = judged.results.iter().filter(|result| result.outcome > Outcome::Pass);
        Self {
            batch_id: cleaned.batch.batch_id.clone(),
            event_date: cleaned.batch.event_date.clone(),
            verdict: judged.decision.as_str(),
            objects: cleaned.batch.sources.len() as u64,
            rows: cleaned.rows,
            duplicates: cleaned.duplicates,
            quarantined: cleaned.quarantined,
            spoke: failed.map(said).collect(),
        }
    }
}

fn said(result: &CheckResult) -> String {
    let column = result.column.as_ref().map(|column| format!(" of {column}")).unwrap_or_default();
    let observed = result.observed.map_or("unknown".to_owned(), |observed| observed.to_string());
    let rule = result.rule_id.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
    let (outcome, name, expected) = (result.outcome.as_str(), &result.name, &result.expected);
    format!("{outcome}: {name}{column} is {observed}, expected {expected}{rule}")
}
