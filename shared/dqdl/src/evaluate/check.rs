//! Single checks.

use arrow::datatypes::{DataType, Schema};

use super::{
    Context, SqlAnswer, Verdict,
    anomaly::interval,
    history::{self, NoValue},
    show,
};
use crate::{
    ast::{Check, Comparison, Condition, Formula, RuleType},
    metric::{anomaly, metrics_of},
    reference::Reference,
    rows::Kind,
    scan::{Measured, Metrics},
};

/// What a check found.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    pub(super) verdict: Verdict,
    pub(super) metric: Option<String>,
    pub(super) observed: Option<f64>,
    pub(super) expected: String,
    pub(super) failing_rows: Option<u64>,
    pub(super) passing_share: Option<f64>,
    pub(super) is_estimate: bool,
}

impl Default for Found {
    fn default() -> Self {
        Self {
            verdict: Verdict::Pass,
            metric: None,
            observed: None,
            expected: String::new(),
            failing_rows: None,
            passing_share: None,
            is_estimate: false,
        }
    }
}

impl Found {
    fn of(verdict: Verdict, expected: impl Into<String>) -> Self {
        Self { verdict, expected: expected.into(), ..Self::default() }
    }
}

/// The columns that a check is about.
pub(super) fn columns(check: &Check) -> Vec<String> {
    match check.rule_type {
        RuleType::CustomSql | RuleType::SchemaMatch => Vec::new(),
        RuleType::DetectAnomalies => check.parameters.iter().skip(1).cloned().collect(),
        RuleType::ReferentialIntegrity => check
            .parameters
            .first()
            .map(|list| list.split(',').map(|c| c.trim().to_owned()).collect())
            .unwrap_or_default(),
        _ => check.parameters.clone(),
    }
}

/// A metric, or why there is none.
pub(super) fn observe(key: &str, metrics: &Metrics) -> Result<Measured, Verdict> {
    if let Some(measured) = metrics.measured.get(key) {
        return Ok(*measured);
    }
    let reason = metrics.troubles.get(key).cloned();
    Err(Verdict::Error(reason.unwrap_or_else(|| "the rule was not planned for".to_owned())))
}

pub(super) fn evaluate_check(check: &Check, metrics: &Metrics, context: &dyn Context) -> Found {
    match check.rule_type {
        RuleType::ColumnExists => column_exists(check, &metrics.schema),
        RuleType::IsComplete | RuleType::IsUnique | RuleType::IsPrimaryKey => whole(check, metrics),
        RuleType::DetectAnomalies => anomalies(check, metrics, context),
        RuleType::SchemaMatch => schema_match(check, &metrics.schema, context),
        RuleType::ReferentialIntegrity => referential_integrity(check, metrics, context),
        RuleType::CustomSql => custom_sql(check, context),
        rule_type if rule_type.is_checked_by_row() => by_row(check, metrics, context),
        _ => measure(check, metrics, context),
    }
}

/// A measure against a condition.
fn measure(check: &Check, metrics: &Metrics, context: &dyn Context) -> Found {
    let Some(key) = metrics_of(check).first().map(ToString::to_string) else {
        return Found::of(Verdict::Error("nothing is measured".to_owned()), "");
    };
    let written = check.condition.as_ref().map(ToString::to_string).unwrap_or_default();
    let measured = match observe(&key, metrics) {
        Ok(measured) => measured,
        Err(verdict) => return Found { metric: Some(key), ..Found::of(verdict, written) },
    };
    let is_about_rows = check.rule_type != RuleType::UniqueValueRatio && check.rule_type.is_share();
    Found {
        failing_rows: measured.failing,
        passing_share: measured.value.filter(|_| is_about_rows),
        is_estimate: measured.is_estimate,
        ..compare(check.condition.as_ref(), &key, measured.value, context)
    }
}

/// An observed number against a condition.
fn compare(condition: Option<&Condition>, key: &str, observed: Option<f64>, context: &dyn Context) -> Found {
    let Some(Condition::Number(comparison)) = condition else {
        return Found::of(Verdict::Error("there is no condition".to_owned()), "");
    };
    let (verdict, expected) = match fill(comparison, key, context) {
        Ok(filled) => {
            let expected = show::expected(comparison, &filled);
            let verdict = match observed {
                None => Verdict::Skip("there is nothing to measure".to_owned()),
                Some(value) if value.is_nan() => Verdict::Error("the measure is not a number".to_owned()),
                Some(value) if filled.holds(&value) => Verdict::Pass,
                Some(_) => Verdict::Fail,
            };
            (verdict, expected)
        }
        Err(verdict) => (verdict, comparison.to_string()),
    };
    Found { verdict, expected, metric: Some(key.to_owned()), observed, ..Found::default() }
}

fn fill(written: &Comparison<Formula>, key: &str, context: &dyn Context) -> Result<Comparison<f64>, Verdict> {
    written.try_map(|formula| history::value(formula, key, context)).map_err(|reason| match reason {
        NoValue::Learning { wanted, found } => Verdict::Skip(learning(found, wanted)),
        NoValue::NotANumber => Verdict::Error(format!("{written} is no number")),
    })
}

fn learning(found: usize, wanted: usize) -> String {
    format!("learning: {found} of at least {wanted} earlier values")
}

/// Rules that say themselves what must be: all rows.
fn whole(check: &Check, metrics: &Metrics) -> Found {
    let expected = match check.rule_type {
        RuleType::IsComplete => "no nulls",
        RuleType::IsUnique => "no value twice",
        _ => "no value twice and no nulls",
    };
    let mut worst: Option<Found> = None;
    for key in metrics_of(check) {
        let key = key.to_string();
        let found = match observe(&key, metrics) {
            Err(verdict) => Found { metric: Some(key), ..Found::of(verdict, expected) },
            Ok(measured) => Found {
                verdict: if measured.value == Some(1.0) { Verdict::Pass } else { Verdict::Fail },
                metric: Some(key),
                observed: measured.value,
                expected: expected.to_owned(),
                failing_rows: measured.failing,
                passing_share: measured.value,
                is_estimate: measured.is_estimate,
            },
        };
        if worst.as_ref().is_none_or(|worst| worst.verdict == Verdict::Pass) {
            worst = worst.filter(|_| found.verdict == Verdict::Pass).or(Some(found));
        }
    }
    worst.unwrap_or_default()
}

/// Rules that ask something of each row.
fn by_row(check: &Check, metrics: &Metrics, context: &dyn Context) -> Found {
    let Some(key) = metrics_of(check).first().map(ToString::to_string) else { return Found::default() };
    let condition = check.condition.as_ref().map(ToString::to_string).unwrap_or_default();
    let measured = match observe(&key, metrics) {
        Ok(measured) => measured,
        Err(verdict) => return Found { metric: Some(key), ..Found::of(verdict, condition) },
    };
    let found = match &check.threshold {
        None => Found {
            verdict: if measured.failing == Some(0) { Verdict::Pass } else { Verdict::Fail },
            expected: format!("all rows {condition}"),
            metric: Some(key),
            observed: measured.value,
            ..Found::default()
        },
        Some(threshold) => {
            let found = compare(Some(threshold), &key, measured.value, context);
            Found { expected: format!("share of rows {condition}: {}", found.expected), ..found }
        }
    };
    Found { failing_rows: measured.failing, passing_share: measured.value, ..found }
}

fn column_exists(check: &Check, schema: &Schema) -> Found {
    let exists = check.parameters.iter().all(|column| schema.field_with_name(column).is_ok());
    Found::of(if exists { Verdict::Pass } else { Verdict::Fail }, "a column of that name")
}

fn anomalies(check: &Check, metrics: &Metrics, context: &dyn Context) -> Found {
    let Some(watched) = anomaly(check) else {
        return Found::of(Verdict::Error("there is no such measure".to_owned()), "");
    };
    if watched.rule_type == RuleType::CustomSql {
        let query = watched.parameters.first().map(String::as_str).unwrap_or_default();
        return match context.sql(query, false) {
            Ok(SqlAnswer::Scalar(value)) => as_usual(format!("CustomSql({query})"), value, context),
            Ok(SqlAnswer::Rows { .. }) => {
                Found::of(Verdict::Error("expected a number, got rows".to_owned()), "")
            }
            Err(reason) => Found::of(Verdict::Error(reason), ""),
        };
    }
    let mut unusual = None;
    for key in metrics_of(check) {
        let key = key.to_string();
        // The extremes of texts are those of their lengths.
        let by_length =
            key.replacen("Minimum(", "MinimumLength(", 1).replacen("Maximum(", "MaximumLength(", 1);
        let (key, measured) = match (observe(&key, metrics), metrics.measured.get(&by_length)) {
            (Ok(measured), _) => (key, measured),
            (Err(_), Some(measured)) => (by_length, *measured),
            (Err(verdict), None) => return Found { metric: Some(key), ..Found::of(verdict, "as usual") },
        };
        let found = match measured.value {
            Some(value) => Found { is_estimate: measured.is_estimate, ..as_usual(key, value, context) },
            None => {
                let verdict = Verdict::Skip("there is nothing to measure".to_owned());
                Found { metric: Some(key), ..Found::of(verdict, "as usual") }
            }
        };
        if found.verdict != Verdict::Pass {
            return found;
        }
        unusual = unusual.or(Some(found));
    }
    unusual.unwrap_or_default()
}

fn as_usual(key: String, value: f64, context: &dyn Context) -> Found {
    let (verdict, expected) = match interval(&key, context) {
        Err(found) => (Verdict::Skip(learning(found, 3)), "as usual".to_owned()),
        Ok(usual) if usual.contains(value) => (Verdict::Pass, usual.show()),
        Ok(usual) => (Verdict::Fail, usual.show()),
    };
    Found { metric: Some(key), observed: Some(value), ..Found::of(verdict, expected) }
}

fn schema_match(check: &Check, schema: &Schema, context: &dyn Context) -> Found {
    let alias = check.parameters.first().map(String::as_str).unwrap_or_default();
    let key = format!("SchemaMatch({alias})");
    let Some(reference) = context.schema_of(alias) else {
        let verdict = Verdict::Error(format!("there is no table {alias} to compare with"));
        return Found { metric: Some(key), ..Found::of(verdict, "") };
    };
    let is_same = |field: &&arrow::datatypes::FieldRef| {
        let other = reference.field_with_name(field.name());
        other.is_ok_and(|other| same_type(field.data_type(), other.data_type()))
    };
    let matching = schema.fields().iter().filter(is_same).count();
    let all = schema.fields().len().max(reference.fields().len());
    let share = if all == 0 { 1.0 } else { matching as f64 / all as f64 };
    compare(check.condition.as_ref(), &key, Some(share), context)
}

/// Texts are texts, however they are stored.
fn same_type(a: &DataType, b: &DataType) -> bool {
    a == b || (Kind::of(a) == Some(Kind::Text) && Kind::of(b) == Some(Kind::Text))
}

fn referential_integrity(check: &Check, metrics: &Metrics, context: &dyn Context) -> Found {
    let reference = check.parameters.first().zip(check.parameters.get(1));
    let reference = reference.ok_or("two parameters are needed".to_owned());
    let reference = match reference.and_then(|(columns, other)| Reference::parse(columns, other)) {
        Ok(reference) => reference,
        Err(reason) => return Found::of(Verdict::Error(reason), ""),
    };
    let filter = check.filter.as_ref().map(|filter| format!(" where {}", filter.text)).unwrap_or_default();
    let Reference { columns, alias, reference_columns } = &reference;
    let key = format!(
        "ReferentialIntegrity({} in {alias}.{}){filter}",
        columns.join(","),
        reference_columns.join(",")
    );
    let source = metrics_of(check).first().map(ToString::to_string).unwrap_or_default();
    let Some(values) = metrics.references.get(&source) else {
        let verdict = observe(&source, metrics).err().unwrap_or(Verdict::Pass);
        return Found { metric: Some(key), ..Found::of(verdict, "") };
    };
    let rows: u64 = values.iter().map(|(_, rows)| rows).sum();
    match context.matching_rows(alias, reference_columns, values) {
        Err(reason) => Found { metric: Some(key), ..Found::of(Verdict::Error(reason), "") },
        Ok(matching) => {
            let share = if rows == 0 { 1.0 } else { matching as f64 / rows as f64 };
            let found = compare(check.condition.as_ref(), &key, Some(share), context);
            Found { failing_rows: Some(rows.saturating_sub(matching)), passing_share: Some(share), ..found }
        }
    }
}

fn custom_sql(check: &Check, context: &dyn Context) -> Found {
    let query = check.parameters.first().map(String::as_str).unwrap_or_default();
    let key = format!("CustomSql({query})");
    let by_row = check.condition.is_none();
    match (context.sql(query, by_row), by_row) {
        (Err(reason), _) => Found { metric: Some(key), ..Found::of(Verdict::Error(reason), "") },
        (Ok(SqlAnswer::Scalar(value)), false) => {
            compare(check.condition.as_ref(), &key, Some(value), context)
        }
        (Ok(SqlAnswer::Rows { passing, rows }), true) => {
            let share = if rows == 0 { 1.0 } else { passing as f64 / rows as f64 };
            let found = match &check.threshold {
                Some(threshold) => compare(Some(threshold), &key, Some(share), context),
                None => {
                    let verdict = if passing >= rows { Verdict::Pass } else { Verdict::Fail };
                    let found = Found::of(verdict, "the query returns all rows");
                    Found { metric: Some(key), observed: Some(share), ..found }
                }
            };
            Found { failing_rows: Some(rows.saturating_sub(passing)), passing_share: Some(share), ..found }
        }
        (Ok(_), by_row) => {
            let (wanted, got) = if by_row { ("rows", "a number") } else { ("a number", "rows") };
            Found {
                metric: Some(key),
                ..Found::of(Verdict::Error(format!("expected {wanted}, got {got}")), "")
            }
        }
    }
}
