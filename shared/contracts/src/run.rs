//! What load-facts takes and tells.

use serde::{Deserialize, Serialize};

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
    /// Rows held back by the quality gate.
    pub blocked: u64,
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
            totals.duplicates += cleaned.duplicates;
            if batch.is_blocked() {
                totals.blocked += cleaned.rows;
                totals.blocked_dates.push(cleaned.batch.event_date.clone());
            } else {
                totals.facts += cleaned.rows;
            }
        }
        totals.rejected = self.plan.rejected.iter().map(|r| r.part.rows).sum();
        totals
    }
}

impl Loaded {
    /// Whether every row that came in is accounted for.
    pub fn is_conserved(&self) -> bool {
        self.rows_in == self.facts + self.duplicates + self.rejected + self.blocked
    }
}
