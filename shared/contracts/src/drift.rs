//! What detect-drift says.

use serde::{Deserialize, Serialize};

/// What one comparison came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DriftOutcome {
    /// There is not enough to compare with yet.
    Learning,
    /// As usual.
    Ok,
    /// Unlike the days before.
    Drift,
}

impl DriftOutcome {
    /// The word used in messages and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Learning => "learning",
            Self::Ok => "ok",
            Self::Drift => "drift",
        }
    }
}

/// One comparison of a batch with the days before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DriftResult {
    /// Column.
    pub column: String,
    /// Name of the test.
    pub test: String,
    /// Outcome.
    pub outcome: DriftOutcome,
    /// The test's statistic.
    pub statistic: f64,
    /// From where on the statistic counts as drift.
    pub limit: f64,
    /// What was measured.
    pub observed: f64,
    /// What is usual.
    pub expected: f64,
    /// Days that it was compared with.
    pub reference_days: u64,
}

/// The comparisons of one batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchDrift {
    /// The batch.
    pub batch_id: String,
    /// `YYYY-MM-DD`, UTC.
    pub event_date: String,
    /// All comparisons.
    pub results: Vec<DriftResult>,
}

/// The comparisons of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DriftReport {
    /// Version of this message.
    pub schema_version: u32,
    /// The run.
    pub run_id: String,
    /// Its batches, by date.
    pub batches: Vec<BatchDrift>,
}

impl DriftReport {
    /// The worst outcome; none of a run without batches.
    pub fn outcome(&self) -> Option<DriftOutcome> {
        self.batches.iter().flat_map(|batch| &batch.results).map(|result| result.outcome).max()
    }

    /// The comparisons that say drift, with their batches.
    pub fn drifted(&self) -> impl Iterator<Item = (&BatchDrift, &DriftResult)> {
        let pairs = self.batches.iter().flat_map(|batch| batch.results.iter().map(move |r| (batch, r)));
        pairs.filter(|(_, result)| result.outcome == DriftOutcome::Drift)
    }
}
