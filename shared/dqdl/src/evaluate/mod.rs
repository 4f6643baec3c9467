//! From metrics to verdicts.

mod anomaly;
mod check;
mod context;
mod history;
mod outcome;
mod show;

pub(crate) use anomaly::HISTORY as ANOMALY_HISTORY;
pub use context::{Context, NoContext, SqlAnswer};
pub use outcome::{Outcome, Verdict};

use crate::{
    ast::{Expression, Rule, Ruleset},
    metric::compliance,
    scan::Metrics,
};
use check::{Found, evaluate_check, observe};

/// Judges every rule of a ruleset, in order.
pub fn evaluate(ruleset: &Ruleset, metrics: &Metrics, context: &dyn Context) -> Vec<Outcome> {
    ruleset.rules.iter().map(|rule| evaluate_rule(rule, metrics, context)).collect()
}

fn evaluate_rule(rule: &Rule, metrics: &Metrics, context: &dyn Context) -> Outcome {
    let found = if rule.is_by_row() {
        by_row(&rule.expression, metrics)
    } else {
        evaluate_expression(&rule.expression, metrics, context)
    };
    let checks = rule.expression.checks();
    let name = match checks.as_slice() {
        [single] => single.rule_type.name(),
        _ => "Composite",
    };
    let mut columns: Vec<String> = Vec::new();
    for column in checks.iter().flat_map(|check| check::columns(check)) {
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    Outcome {
        rule: rule.text.clone(),
        line: rule.line,
        name: name.to_owned(),
        columns,
        verdict: found.verdict,
        metric: found.metric,
        observed: found.observed,
        expected: found.expected,
        failing_rows: found.failing_rows,
        passing_share: found.passing_share,
        is_estimate: found.is_estimate,
        action: rule.action(),
        labels: rule.labels.clone(),
    }
}

/// A composite rule asked of each row.
fn by_row(expression: &Expression, metrics: &Metrics) -> Found {
    let key = compliance(expression).to_string();
    let expected = "all rows pass".to_owned();
    let measured = match observe(&key, metrics) {
        Ok(measured) => measured,
        Err(verdict) => return Found { verdict, expected, metric: Some(key), ..Found::default() },
    };
    let passes = measured.failing == Some(0);
    Found {
        verdict: if passes { Verdict::Pass } else { Verdict::Fail },
        metric: Some(key),
        observed: measured.value,
        expected,
        failing_rows: measured.failing,
        passing_share: measured.value,
        is_estimate: false,
    }
}

/// Each part of the whole table, then joined.
fn evaluate_expression(expression: &Expression, metrics: &Metrics, context: &dyn Context) -> Found {
    let (parts, is_all) = match expression {
        Expression::Check(check) => return evaluate_check(check, metrics, context),
        Expression::All(parts) => (parts, true),
        Expression::Any(parts) => (parts, false),
    };
    let found: Vec<Found> = parts.iter().map(|part| evaluate_expression(part, metrics, context)).collect();
    let expected: Vec<String> = parts
        .iter()
        .zip(&found)
        .map(|(part, found)| format!("({}: {})", subject(part), found.expected))
        .collect();
    let expected = expected.join(if is_all { " and " } else { " or " });
    // What decides comes first: one failure of all, one success of any; then what could not be decided.
    let decisive = if is_all { Verdict::Fail } else { Verdict::Pass };
    let rank = |found: &Found| match &found.verdict {
        verdict if *verdict == decisive => 0,
        Verdict::Error(_) => 1,
        Verdict::Skip(_) => 2,
        Verdict::Pass | Verdict::Fail => 3,
    };
    let deciding = found.into_iter().min_by_key(rank).unwrap_or_default();
    Found { expected, ..deciding }
}

fn subject(expression: &Expression) -> String {
    match expression {
        Expression::Check(check) => {
            let columns = check::columns(check);
            if columns.is_empty() {
                check.rule_type.name().to_owned()
            } else {
                format!("{} {}", check.rule_type.name(), columns.join(", "))
            }
        }
        _ => "parts".to_owned(),
    }
}
