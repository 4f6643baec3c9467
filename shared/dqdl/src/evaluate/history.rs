//! Formulas with earlier values filled in.

use super::Context;
use crate::ast::{Aggregate, Formula, Last, Operator};

/// Fewer earlier values than this (or than were asked for) say nothing yet. AWS Glue calculates with none.
const LEAST_HISTORY: usize = 3;

/// Why a formula has no value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum NoValue {
    /// Too little history.
    Learning { wanted: usize, found: usize },
    /// Division by zero and the like.
    NotANumber,
}

/// The value of a formula about the metric of a key.
pub(super) fn value(formula: &Formula, key: &str, context: &dyn Context) -> Result<f64, NoValue> {
    let value = match formula {
        Formula::Number(number) => number.as_f64(),
        Formula::Last(last) => earlier(*last, key, context)?[0],
        Formula::Aggregate(function, last) => aggregate(*function, &earlier(*last, key, context)?)?,
        Formula::Abs(inner) => value(inner, key, context)?.abs(),
        Formula::Negate(inner) => -value(inner, key, context)?,
        Formula::Binary(left, operator, right) => {
            let (left, right) = (value(left, key, context)?, value(right, key, context)?);
            match operator {
                Operator::Add => left + right,
                Operator::Subtract => left - right,
                Operator::Multiply => left * right,
                Operator::Divide => left / right,
            }
        }
    };
    if value.is_finite() { Ok(value) } else { Err(NoValue::NotANumber) }
}

/// At least one value.
fn earlier(last: Last, key: &str, context: &dyn Context) -> Result<Vec<f64>, NoValue> {
    let k = last.k as usize;
    let mut values = context.history(key, k, last.season);
    values.truncate(k);
    let wanted = k.clamp(1, LEAST_HISTORY);
    if values.len() < wanted { Err(NoValue::Learning { wanted, found: values.len() }) } else { Ok(values) }
}

fn aggregate(function: Aggregate, values: &[f64]) -> Result<f64, NoValue> {
    let count = values.len() as f64;
    let sum: f64 = values.iter().sum();
    Ok(match function {
        Aggregate::Avg => sum / count,
        Aggregate::Sum => sum,
        Aggregate::Max => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        Aggregate::Min => values.iter().copied().fold(f64::INFINITY, f64::min),
        Aggregate::Median => quantile(values, 0.5),
        Aggregate::Percentile(share) => quantile(values, share.as_f64()),
        Aggregate::Std => {
            let mean = sum / count;
            (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt()
        }
        Aggregate::Index(index) => {
            let wanted = index as usize + 1;
            *values.get(index as usize).ok_or(NoValue::Learning { wanted, found: values.len() })?
        }
    })
}

/// The quantile, linear between neighbours: type 7 of Hyndman and Fan (1996). Of at least one value.
pub(super) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let place = share.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Season, ast::Condition, parse};

    struct Kept(Vec<f64>);

    impl Context for Kept {
        fn history(&self, key: &str, _k: usize, season: Season) -> Vec<f64> {
            assert_eq!(key, "RowCount");
            if season == Season::HourOfWeek { vec![7.0; 3] } else { self.0.clone() }
        }
    }

    fn compute(formula: &str, history: &[f64]) -> Result<f64, NoValue> {
        let ruleset = parse(&format!("Rules = [ RowCount > {formula} ]")).unwrap();
        let check = ruleset.rules[0].expression.checks()[0].clone();
        let Some(Condition::Number(comparison)) = check.condition else { panic!("{formula}") };
        value(comparison.values()[0], "RowCount", &Kept(history.to_vec()))
    }

    #[test]
    fn formulas_are_computed() {
        let history = [4.0, 2.0, 9.0, 1.0];
        for (formula, expected) in [
            ("avg(last(10)) * 0.8", 3.2),
            ("avg(last(3))", 5.0),
            ("median(last(4))", 3.0),
            ("max(last(4)) - min(last(4))", 8.0),
            ("sum(last(4)) / 2", 8.0),
            ("std(last(4))", 9.5f64.sqrt()),
            ("percentile(last(4), 0.9)", 7.5),
            ("percentile(last(4), 0)", 1.0),
            ("index(last(4), 2)", 9.0),
            ("last()", 4.0),
            ("last(1) + 2 * 3", 10.0),
            ("(last(1) + 2) * 3", 18.0),
            ("abs(1 - last())", 3.0),
            ("-last() - -1", -3.0),
            ("10 - 2 - 3", 5.0),
            ("avg(last(8, \"hour of week\"))", 7.0),
        ] {
            let found = compute(formula, &history).unwrap_or_else(|_| panic!("{formula}"));
            assert!((found - expected).abs() < 1e-12, "{formula}: {found}");
        }
    }

    #[test]
    fn little_history_is_none() {
        assert_eq!(compute("last()", &[]), Err(NoValue::Learning { wanted: 1, found: 0 }));
        assert_eq!(compute("avg(last(10))", &[1.0, 2.0]), Err(NoValue::Learning { wanted: 3, found: 2 }));
        assert_eq!(compute("avg(last(2))", &[1.0, 2.0]), Ok(1.5));
        assert_eq!(compute("index(last(9), 5)", &[1.0; 4]), Err(NoValue::Learning { wanted: 6, found: 4 }));
        assert_eq!(compute("1 / (last() - 1)", &[1.0]), Err(NoValue::NotANumber));
    }
}
