//! What load-facts takes and tells.

use serde::{Deserialize, Serialize};

use crate::batch::total;
use crate::{JudgedBatch, Plan};

/// A run with all its verdicts. It is stored before the first commit, so that any later run can finish it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JudgedRun {
    /// Version of this message.
    pub schema_version: u32,
    /// What was planned.
    pub plan: Plan,
    /// What became of its batches.
    pub batches: Vec<JudgedBatch>,
    /// Who let the run in or threw it away, if a human decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<Decided>,
}

/// What a human decided of a batch that was held back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// Whether the batch is thrown away; else it is let in.
    pub discard: bool,
    /// Who decided.
    pub by: String,
    /// Why.
    pub note: Option<String>,
}

/// What load-facts did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loaded {
    /// The run.
    pub run_id: String,
    /// Rows read from the objects.
    pub rows_in: u64,
    /// Rows added to the facts.
    pub facts: u64,
    /// Rows dropped as exact duplicates.
    pub duplicates: u64,
    /// Rows added to the refused rows.
    pub rejected: u64,
    /// Rows set aside because they break a rule.
    #[serde(default)]
    pub quarantined: u64,
    /// Rows held back by the quality gate.
    pub blocked: u64,
    /// Rows thrown away by a human's decision.
    #[serde(default)]
    pub discarded: u64,
    /// Dates of the batches held back.
    pub blocked_dates: Vec<String>,
}

impl JudgedRun {
    /// Adds the run's rows up.
    pub fn totals(&self) -> Loaded {
        let mut totals =
            Loaded { run_id: self.plan.run_id.clone(), rows_in: self.plan.rows_in, ..Loaded::default() };
        for batch in &self.batches {
            let cleaned = &batch.cleaned;
            totals.duplicates = total([totals.duplicates, cleaned.duplicates]);
            if self.decided.as_ref().is_some_and(|decided| decided.discard) {
                totals.discarded = total([totals.discarded, cleaned.rows, cleaned.quarantined]);
            } else if batch.is_blocked() {
                totals.blocked = total([totals.blocked, cleaned.rows, cleaned.quarantined]);
                totals.blocked_dates.push(cleaned.batch.event_date.clone());
            } else {
                totals.facts = total([totals.facts, cleaned.rows]);
                totals.quarantined = total([totals.quarantined, cleaned.quarantined]);
            }
        }
        totals.rejected = total(self.plan.rejected.iter().map(|r| r.part.rows));
        totals
    }
}

impl Loaded {
    /// Whether every row that came in is accounted for.
    pub fn is_conserved(&self) -> bool {
        let kept = [self.facts, self.duplicates, self.rejected, self.quarantined];
        let accounted: u128 = kept.into_iter().chain([self.blocked, self.discarded]).map(u128::from).sum();
        u128::from(self.rows_in) == accounted
    }
}
