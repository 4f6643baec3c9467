//! What the rules said.

use serde::{Deserialize, Serialize};

/// What became of a rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleOutcome {
    /// It failed, and the batch was held back.
    Block,
    /// It failed, and the rows that failed it were set aside.
    Quarantine,
    /// It failed, and the batch was loaded.
    Warn,
    /// It could not be judged, for lack of rows or of history.
    #[default]
    Skip,
    /// It holds.
    Pass,
}

/// A rule with its results.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rule {
    /// Id.
    pub id: String,
    /// Table it is about.
    pub table: String,
    /// The rule as it is written, in DQDL.
    pub text: String,
    /// What passes, in words, such as `>= 0.95`.
    pub expected: String,
    /// Unit of what is observed; `share` is shown in percent.
    pub unit: String,
    /// Results, the newest last.
    pub results: Vec<RuleResult>,
}

/// What a rule said once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RuleResult {
    /// When it was judged.
    pub at_ms: i64,
    /// Outcome.
    pub outcome: RuleOutcome,
    /// What was measured, in the rule's unit.
    pub observed: Option<f64>,
}
