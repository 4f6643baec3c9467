//! What check-quality says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::CleanedBatch;

/// Whether a batch may become visible. Ordered by severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Load it.
    Pass,
    /// Load it and tell somebody.
    Warn,
    /// Keep it aside.
    Block,
}

impl Decision {
    /// The word used in messages and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Block => "block",
        }
    }
}

/// What one check came to. Ordered by severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It could not be judged yet, as a rule over history that there is not enough of.
    Skip,
    /// As it should be.
    Pass,
    /// Somebody is to know.
    Warn,
    /// The rows that break the rule are set aside.
    Quarantine,
    /// The batch is kept aside.
    Block,
}

impl Outcome {
    /// The word used in messages and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Quarantine => "quarantine",
            Self::Block => "block",
        }
    }

    /// What it means for the batch.
    pub fn decision(self) -> Decision {
        match self {
            Self::Skip | Self::Pass => Decision::Pass,
            Self::Warn | Self::Quarantine => Decision::Warn,
            Self::Block => Decision::Block,
        }
    }
}

/// The outcome of one check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckResult {
    /// Name of the check, or type of the rule.
    pub name: String,
    /// Column, if the check is about one.
    pub column: Option<String>,
    /// Outcome.
    pub outcome: Outcome,
    /// What was measured; none if nothing could be.
    pub observed: Option<f64>,
    /// What passes, or why nothing could be said, in words.
    pub expected: String,
    /// The rule, as set and line, like `clean_events:12`; none of a check that is built in.
    #[serde(default)]
    pub rule_id: Option<String>,
    /// The rule as it is written; none of a check that is built in.
    #[serde(default)]
    pub rule: Option<String>,
    /// Rows that break the rule, where it is about rows.
    #[serde(default)]
    pub failing_rows: Option<u64>,
}

/// A batch with its verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JudgedBatch {
    /// The batch.
    pub cleaned: CleanedBatch,
    /// The worst outcome of all checks.
    pub decision: Decision,
    /// All outcomes.
    pub results: Vec<CheckResult>,
    /// What the rules measured, by name like `Completeness(brand)`: the history of later batches.
    #[serde(default)]
    pub metrics: BTreeMap<String, f64>,
}

impl JudgedBatch {
    /// Whether the batch is held back.
    pub fn is_blocked(&self) -> bool {
        self.decision == Decision::Block
    }
}
