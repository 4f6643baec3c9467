//! Verdicts.

use serde::{Deserialize, Serialize};

use crate::ast::{Action, Labels};

/// What a rule says of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It holds.
    Pass,
    /// It does not.
    Fail,
    /// There is too little to tell, and why: history that is still being learnt, or no values.
    Skip(String),
    /// It could not be asked, and why.
    Error(String),
}

/// What came of a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The rule as written, without labels.
    pub rule: String,
    /// Line that it starts on, counted from 1.
    pub line: usize,
    /// Type of the rule, or `Composite`.
    pub name: String,
    /// Columns that it is about, filters left out.
    pub columns: Vec<String>,
    /// What it says.
    pub verdict: Verdict,
    /// Key under which the observed number is kept as history; none if there is no number.
    pub metric: Option<String>,
    /// The number that was looked at; of a composite rule that of the part that decided.
    pub observed: Option<f64>,
    /// What it should be, history filled in.
    pub expected: String,
    /// Rows that break the rule, if it can tell.
    pub failing_rows: Option<u64>,
    /// Share from 0 to 1 of the rows looked at that do not, if it can tell.
    pub passing_share: Option<f64>,
    /// Whether the observed number is an estimate: a count of more than 65,536 distinct values.
    pub is_estimate: bool,
    /// What is to happen if it failed.
    pub action: Action,
    /// All labels.
    pub labels: Labels,
}
