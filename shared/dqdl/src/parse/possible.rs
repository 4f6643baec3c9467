//! Conditions that no value can fulfil: they are mistakes.

use crate::ast::{Comparison, Condition, Formula, Number, Op, Operand, RuleType};

/// Why a condition cannot be meant.
pub(super) fn check(condition: &Condition, rule_type: RuleType) -> Result<(), String> {
    match condition {
        Condition::Number(comparison) => {
            let constant = |formula: &Formula| formula.as_number().map(Number::as_f64);
            between(comparison, constant)?;
            if rule_type.is_count() {
                whole_between(comparison, constant)?;
            }
            if rule_type.is_share() && !is_share(comparison, constant) {
                return Err(format!("a share is from 0 to 1, so {comparison} makes no sense"));
            }
            Ok(())
        }
        Condition::Values(comparison) => {
            between(comparison, |operand| match operand {
                Operand::Number(number) => Some(number.as_f64()),
                Operand::Now(moved) => Some(moved.us as f64),
                _ => None,
            })?;
            match comparison {
                Comparison::Between { low: Operand::Text(low), high: Operand::Text(high), .. }
                    if low >= high =>
                {
                    Err(nothing_between(low, high))
                }
                _ => Ok(()),
            }
        }
        Condition::Age(comparison) => between(comparison, |duration| Some(duration.us as f64)),
        Condition::Matches { .. } | Condition::DataType(_) => Ok(()),
    }
}

fn between<T: ToString>(
    comparison: &Comparison<T>,
    constant: impl Fn(&T) -> Option<f64>,
) -> Result<(), String> {
    let Comparison::Between { low, high, .. } = comparison else { return Ok(()) };
    match (constant(low), constant(high)) {
        (Some(from), Some(to)) if from >= to => Err(nothing_between(&low.to_string(), &high.to_string())),
        _ => Ok(()),
    }
}

fn nothing_between(low: &str, high: &str) -> String {
    format!("nothing is between {low} and {high}, both excluded")
}

fn whole_between(
    comparison: &Comparison<Formula>,
    constant: impl Fn(&Formula) -> Option<f64>,
) -> Result<(), String> {
    let Comparison::Between { low, high, .. } = comparison else { return Ok(()) };
    match (constant(low), constant(high)) {
        (Some(from), Some(to)) if from.floor() + 1.0 >= to => {
            Err(format!("no whole number is between {low} and {high}, both excluded"))
        }
        _ => Ok(()),
    }
}

/// Whether a share could be so.
fn is_share(comparison: &Comparison<Formula>, constant: impl Fn(&Formula) -> Option<f64>) -> bool {
    // What is made of history may be anything.
    let is = |formula: &Formula, fits: fn(f64) -> bool| constant(formula).is_none_or(fits);
    match comparison {
        Comparison::Compare(Op::Greater, value) => is(value, |value| value < 1.0),
        Comparison::Compare(Op::GreaterOrEqual, value) => is(value, |value| value <= 1.0),
        Comparison::Compare(Op::Less, value) => is(value, |value| value > 0.0),
        Comparison::Compare(Op::LessOrEqual, value) => is(value, |value| value >= 0.0),
        Comparison::Between { low, high, .. } => is(low, |low| low < 1.0) && is(high, |high| high > 0.0),
        Comparison::Compare(_, value) => is(value, |value| (0.0..=1.0).contains(&value)),
        Comparison::In { values, .. } => {
            values.iter().all(|value| is(value, |value| (0.0..=1.0).contains(&value)))
        }
    }
}
