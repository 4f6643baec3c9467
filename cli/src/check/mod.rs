//! Whether a lake is what it says it is: its tables against their files, its books against its tables, and what waits
//! against what was extracted.
//!
//! Writers may be at work. So what is written last is read first: whatever a reader has seen the end of, he then finds the
//! beginning of too.

mod landed;
mod runs;
mod tables;

use estrella_lake::{Check, Error, Finding, Orphans, Result};
use estrella_runtime::Deps;
use serde::Serialize;

/// What was looked at, and what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// The checks, in their order.
    pub checks: Vec<Looked>,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// Files that no snapshot names, of all tables. They are no fault: a run at work has some, and one that was killed
    /// leaves some.
    pub orphans: Orphans,
    /// What is to be known, but is no fault.
    pub notes: Vec<String>,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Looked {
    /// Name.
    pub check: Check,
    /// What it looked at, in a sentence.
    pub looked_at: String,
    /// How much it found.
    pub findings: u64,
}

impl Checked {
    fn looked(&mut self, check: Check, looked_at: String) {
        self.checks.push(Looked { check, looked_at, findings: 0 });
    }

    /// What cannot be read, as a finding; an error that may pass stays one.
    fn unless_unreadable<T>(&mut self, check: Check, table: &str, read: Result<T>) -> Result<Option<T>> {
        match read {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.is_retryable() => Err(error),
            Err(error) => {
                self.findings.push(unreadable(check, table, &error));
                Ok(None)
            }
        }
    }
}

/// Checks a lake. Nothing is written.
///
/// # Errors
/// Those of stores and catalog that may pass. What cannot be read at all is a finding.
pub async fn check(deps: &Deps) -> Result<Checked> {
    let mut checked = Checked::default();
    tables::check(&mut checked, deps).await?;
    let runs = runs::check(&mut checked, deps).await?;
    landed::check(&mut checked, &runs, deps).await?;
    for looked in &mut checked.checks {
        looked.findings = checked.findings.iter().filter(|f| f.check == looked.check).count() as u64;
    }
    Ok(checked)
}

fn unreadable(check: Check, table: &str, error: &Error) -> Finding {
    finding(check, table, "all", "rows that can be read", error.to_string())
}

fn finding(
    check: Check,
    table: impl Into<String>,
    place: impl Into<String>,
    expected: impl Into<String>,
    found: impl Into<String>,
) -> Finding {
    Finding {
        check,
        table: table.into(),
        place: place.into(),
        expected: expected.into(),
        found: found.into(),
    }
}

#[cfg(test)]
mod tests;
