//! What a run did, in figures.

use std::collections::BTreeMap;
use std::time::Instant;

use estrella_contracts::{JudgedBatch, Loaded, Outcome, Receipt};
use estrella_detect_drift::Looked;
use estrella_load_dims::HeldBack;
use serde::Serialize;

use super::used::cpu_seconds;

/// A run in figures; `--json` prints it as it is.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Summary {
    /// The objects, in the order in which they were read.
    pub objects: Vec<ObjectSummary>,
    /// The stages that ran, in order.
    pub stages: Vec<StageSummary>,
    /// What was loaded: this run's rows, after those of runs that had stopped half-way.
    pub loaded: Vec<Loaded>,
    /// Nothing was new, but the facts did not match `clean.events` and do now.
    pub facts_mended: bool,
    /// Rows of each dimension after the run.
    pub dimensions: BTreeMap<String, u64>,
    /// Batches by verdict.
    pub batches: BTreeMap<&'static str, u64>,
    /// The checks that did not pass, with the number of batches each.
    pub findings: BTreeMap<String, u64>,
    /// What the monitors say.
    pub monitors: Looked,
    /// Changes of the shop's database that were taken in, by table.
    pub changes: BTreeMap<String, u64>,
    /// Fact files that were written anew because more is known of their rows.
    pub fact_files_filled: u64,
    /// Gates that did not let a dimension through.
    pub held_back: Vec<HeldBack>,
    /// Objects that were extracted by an earlier run.
    pub passed_over: u64,
    /// More objects failed than a backfill tolerates, so nothing was loaded.
    pub is_given_up: bool,
    /// Peak resident memory in bytes, where the kernel tells it.
    pub peak_memory_bytes: Option<u64>,
}

/// One object.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ObjectSummary {
    /// As the user named it.
    pub object: String,
    /// Format, told by content; none if the object was refused.
    pub format: Option<String>,
    /// Rows read.
    pub rows_in: u64,
    /// Rows refused.
    pub rejected: u64,
    /// Rows refused, by reason. A row with two reasons counts under both.
    pub rejected_by_reason: BTreeMap<String, u64>,
    /// Columns that no rule knows.
    pub unknown_columns: Vec<String>,
    /// Table of the shop's database whose changes it holds, if it is a change file.
    pub changes_of: Option<String>,
    /// Why the object was refused whole.
    pub error: Option<String>,
}

/// One stage.
#[derive(Debug, Clone, Serialize)]
pub struct StageSummary {
    /// Name.
    pub stage: &'static str,
    /// Rows that went in; receipts for plan, comparisons for detect-drift, events for load-dims, snapshots that
    /// expired for maintain.
    pub rows_in: u64,
    /// Rows that came out; batches for plan, comparisons unlike before for detect-drift, rows of all dimensions for
    /// load-dims, files removed for maintain.
    pub rows_out: u64,
    /// Wall time in seconds.
    pub seconds: f64,
    /// CPU time of all threads in seconds, where the kernel tells it.
    pub cpu_seconds: Option<f64>,
}

/// When a stage began.
pub(super) struct Started {
    at: Instant,
    cpu_seconds: Option<f64>,
}

impl Started {
    pub(super) fn now() -> Self {
        Self { at: Instant::now(), cpu_seconds: cpu_seconds() }
    }
}

impl ObjectSummary {
    /// An object that was read.
    pub fn of(shown: &str, receipt: &Receipt) -> Self {
        Self {
            object: shown.to_owned(),
            format: Some(receipt.format.clone()),
            rows_in: receipt.rows_in,
            rejected: receipt.rows_rejected(),
            rejected_by_reason: receipt.rejected_by_reason.clone(),
            unknown_columns: receipt.unknown_columns.clone(),
            changes_of: receipt.changes.as_ref().map(|changes| changes.table.clone()),
            error: None,
        }
    }

    /// An object that was refused whole.
    pub fn refused(shown: &str, error: String) -> Self {
        Self { object: shown.to_owned(), error: Some(error), ..Self::default() }
    }
}

impl Summary {
    pub(super) fn stage(&mut self, stage: &'static str, start: Started, rows_in: u64, rows_out: u64) {
        let seconds = start.at.elapsed().as_secs_f64();
        let cpu_seconds = cpu_seconds().zip(start.cpu_seconds).map(|(now, then)| now - then);
        self.stages.push(StageSummary { stage, rows_in, rows_out, seconds, cpu_seconds });
    }

    pub(super) fn forget_stages_after(&mut self, stage: &str) {
        let kept = self.stages.iter().position(|s| s.stage == stage).map_or(0, |at| at + 1);
        self.stages.truncate(kept);
    }

    pub(super) fn verdicts(&mut self, batches: &[JudgedBatch]) {
        for batch in batches {
            *self.batches.entry(batch.decision.as_str()).or_default() += 1;
            for result in batch.results.iter().filter(|result| result.outcome > Outcome::Pass) {
                let column = result.column.as_ref().map(|c| format!(" of {c}")).unwrap_or_default();
                let finding = format!("{}: {}{column}", result.outcome.as_str(), result.name);
                *self.findings.entry(finding).or_default() += 1;
            }
        }
    }

    /// What all loads of this run add up to.
    pub fn total(&self) -> Loaded {
        self.loaded.iter().fold(Loaded::default(), |mut total, loaded| {
            total.rows_in += loaded.rows_in;
            total.facts += loaded.facts;
            total.duplicates += loaded.duplicates;
            total.rejected += loaded.rejected;
            total.quarantined += loaded.quarantined;
            total.blocked += loaded.blocked;
            total.blocked_dates.extend(loaded.blocked_dates.iter().cloned());
            total
        })
    }
}
