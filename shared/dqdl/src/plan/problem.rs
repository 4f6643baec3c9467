//! Rules that do not fit a table.

use std::fmt;

/// A rule that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The rule as written.
    pub rule: String,
    /// Line in its ruleset, counted from 1.
    pub line: usize,
    /// Character in the line, counted from 1.
    pub column: usize,
    /// Why.
    pub message: String,
}

/// Rules that do not fit a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanError {
    /// All of them.
    pub problems: Vec<Problem>,
}

impl std::error::Error for PlanError {}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}: {}", self.line, self.column, self.rule, self.message)
    }
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            write!(f, "{}{problem}", if index == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}
