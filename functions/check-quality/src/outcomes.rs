//! From what the rules of a dataset say to results.

use std::collections::BTreeMap;

use estrella_contracts::{CheckResult, Outcome};
use estrella_dqdl::{Action, Metrics, Ruleset, Verdict, evaluate};

use crate::context::Knows;

/// What came of the rules of a dataset.
#[derive(Debug, Default)]
pub struct Asked {
    /// One result per rule, in order.
    pub results: Vec<CheckResult>,
    /// What was measured, by names like `clean_events:Completeness(brand)`.
    pub metrics: BTreeMap<String, f64>,
}

/// Judges what was measured of a dataset. Rows can be set aside of events only (`rows_can_go`); of others a rule that
/// would do so holds back what it is asked of.
pub(crate) fn judged(
    set: &str,
    rules: &Ruleset,
    metrics: &Metrics,
    knows: &Knows<'_>,
    rows_can_go: bool,
) -> Asked {
    let results = evaluate(rules, metrics, knows).into_iter().map(|outcome| {
        let (found, expected) = match outcome.verdict {
            Verdict::Pass => (Outcome::Pass, outcome.expected),
            Verdict::Skip(why) => (Outcome::Skip, why),
            Verdict::Fail => (failed(outcome.action, rows_can_go), outcome.expected),
            // A rule that cannot be asked says nothing of single rows.
            Verdict::Error(why) => (failed(outcome.action, false), format!("cannot be asked: {why}")),
        };
        CheckResult {
            name: outcome.name,
            column: (!outcome.columns.is_empty()).then(|| outcome.columns.join(",")),
            outcome: found,
            observed: outcome.observed,
            expected,
            rule_id: Some(rule_id(set, outcome.line)),
            rule: Some(outcome.rule),
            failing_rows: outcome.failing_rows,
        }
    });
    let results = results.collect();
    let named = |(name, value)| (format!("{set}:{name}"), value);
    Asked { results, metrics: metrics.values().into_iter().map(named).collect() }
}

fn failed(action: Action, rows_can_go: bool) -> Outcome {
    match action {
        Action::Warn => Outcome::Warn,
        Action::Quarantine if rows_can_go => Outcome::Quarantine,
        Action::Quarantine | Action::Block => Outcome::Block,
    }
}

/// Names a rule.
pub(crate) fn rule_id(set: &str, line: usize) -> String {
    format!("{set}:{line}")
}
