//! What check-quality says.

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

/// The outcome of one check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckResult {
    /// Name of the check.
    pub name: String,
    /// Column, if the check is about one.
    pub column: Option<String>,
    /// Outcome.
    pub outcome: Decision,
    /// What was measured.
    pub observed: f64,
    /// What passes, in words.
    pub expected: String,
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
}

impl JudgedBatch {
    /// Whether the batch is held back.
    pub fn is_blocked(&self) -> bool {
        self.decision == Decision::Block
    }
}
