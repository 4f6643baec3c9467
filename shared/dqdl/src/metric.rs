//! What is known of a table, by stable names under which it is kept as history.

use std::fmt;

use crate::{
    ast::{Check, Expression, RuleType},
    reference::Reference,
};

/// A measure of some rows of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MetricKey {
    pub(crate) metric: Metric,
    /// The filter as written; the rows are those it takes.
    pub(crate) filter: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Metric {
    RowCount,
    ColumnCount,
    Completeness(String),
    Uniqueness(Vec<String>),
    UniqueValueRatio(Vec<String>),
    DistinctValuesCount(String),
    Mean(String),
    Sum(String),
    StandardDeviation(String),
    /// Least and greatest value of numbers, shortest and longest of texts.
    Minimum(String),
    Maximum(String),
    MinimumLength(String),
    MaximumLength(String),
    ColumnCorrelation(String, String),
    /// The share of the rows that pass what a rule asks of each, by the rule.
    Compliance(String),
    /// The values that `ReferentialIntegrity` looks for elsewhere.
    References(Vec<String>),
}

impl fmt::Display for MetricKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.metric {
            Metric::RowCount => f.write_str("RowCount"),
            Metric::ColumnCount => f.write_str("ColumnCount"),
            Metric::Completeness(column) => write!(f, "Completeness({column})"),
            Metric::Uniqueness(columns) => write!(f, "Uniqueness({})", columns.join(",")),
            Metric::UniqueValueRatio(columns) => write!(f, "UniqueValueRatio({})", columns.join(",")),
            Metric::DistinctValuesCount(column) => write!(f, "DistinctValuesCount({column})"),
            Metric::Mean(column) => write!(f, "Mean({column})"),
            Metric::Sum(column) => write!(f, "Sum({column})"),
            Metric::StandardDeviation(column) => write!(f, "StandardDeviation({column})"),
            Metric::Minimum(column) => write!(f, "Minimum({column})"),
            Metric::Maximum(column) => write!(f, "Maximum({column})"),
            Metric::MinimumLength(column) => write!(f, "MinimumLength({column})"),
            Metric::MaximumLength(column) => write!(f, "MaximumLength({column})"),
            Metric::ColumnCorrelation(a, b) => write!(f, "ColumnCorrelation({a},{b})"),
            Metric::Compliance(rule) => write!(f, "Compliance({rule})"),
            Metric::References(columns) => write!(f, "References({})", columns.join(",")),
        }?;
        self.filter.as_ref().map_or(Ok(()), |filter| write!(f, " where {filter}"))
    }
}

/// The metrics that a check needs.
pub(crate) fn metrics_of(check: &Check) -> Vec<MetricKey> {
    let columns = &check.parameters;
    let metrics = match check.rule_type {
        RuleType::ColumnExists | RuleType::SchemaMatch | RuleType::CustomSql => Vec::new(),
        RuleType::DetectAnomalies => return anomaly(check).map_or_else(Vec::new, |inner| metrics_of(&inner)),
        RuleType::ReferentialIntegrity => {
            let reference = columns.first().zip(columns.get(1));
            let reference =
                reference.and_then(|(columns, reference)| Reference::parse(columns, reference).ok());
            reference.into_iter().map(|reference| Metric::References(reference.columns)).collect()
        }
        RuleType::IsPrimaryKey => {
            let mut metrics = vec![Metric::Uniqueness(columns.clone())];
            metrics.extend(columns.iter().cloned().map(Metric::Completeness));
            metrics
        }
        RuleType::Uniqueness | RuleType::IsUnique => vec![Metric::Uniqueness(columns.clone())],
        RuleType::UniqueValueRatio => vec![Metric::UniqueValueRatio(columns.clone())],
        RuleType::RowCount => vec![Metric::RowCount],
        RuleType::ColumnCount => vec![Metric::ColumnCount],
        rule_type if rule_type.is_checked_by_row() && check.condition.is_some() => {
            return vec![compliance(&Expression::Check(Box::new(check.clone())))];
        }
        rule_type => columns.first().map_or_else(Vec::new, |column| of_column(rule_type, column, columns)),
    };
    let filter = check.filter.as_ref().map(|filter| filter.text.clone());
    metrics.into_iter().map(|metric| MetricKey { metric, filter: filter.clone() }).collect()
}

fn of_column(rule_type: RuleType, column: &str, columns: &[String]) -> Vec<Metric> {
    let column = column.to_owned();
    match rule_type {
        RuleType::IsComplete | RuleType::Completeness => vec![Metric::Completeness(column)],
        RuleType::DistinctValuesCount => vec![Metric::DistinctValuesCount(column)],
        RuleType::Mean => vec![Metric::Mean(column)],
        RuleType::Sum => vec![Metric::Sum(column)],
        RuleType::StandardDeviation => vec![Metric::StandardDeviation(column)],
        RuleType::ColumnCorrelation => {
            columns.get(1).map(|other| Metric::ColumnCorrelation(column, other.clone())).into_iter().collect()
        }
        // Without a condition, as an analyzer or for anomalies.
        RuleType::ColumnValues => vec![Metric::Minimum(column.clone()), Metric::Maximum(column)],
        RuleType::ColumnLength => vec![Metric::MinimumLength(column.clone()), Metric::MaximumLength(column)],
        _ => Vec::new(),
    }
}

/// The share of rows that pass a check without its threshold, or a composite rule asked by row.
pub(crate) fn compliance(expression: &Expression) -> MetricKey {
    let rule = match expression {
        Expression::Check(check) => Check { threshold: None, ..(**check).clone() }.to_string(),
        composite => composite.to_string(),
    };
    MetricKey { metric: Metric::Compliance(rule), filter: None }
}

/// The check whose measure `DetectAnomalies` watches.
pub(crate) fn anomaly(check: &Check) -> Option<Check> {
    let (name, columns) = check.parameters.split_first()?;
    let name = if name == "CustomSQL" { "CustomSql" } else { name };
    let rule_type = RuleType::find(name)?;
    Some(Check { rule_type, parameters: columns.to_vec(), ..check.clone() })
}
