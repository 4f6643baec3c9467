//! Building a plan.

use std::{collections::BTreeMap, sync::Arc};

use arrow::datatypes::Schema;

use super::{Measure, Plan, Problem, Source};
use crate::{
    ast::{Check, Expression, Filter, Rule, RuleType, Ruleset},
    metric::{Metric, MetricKey, anomaly, compliance, metrics_of},
    rows::{Kind, RowFilter, RowTest, compile},
};

pub(super) fn build(rulesets: &[&Ruleset], schema: &Schema, now_us: i64) -> (Plan, Vec<Problem>) {
    let plan = Plan {
        schema: Arc::new(schema.clone()),
        now_us,
        columns: Vec::new(),
        filters: Vec::new(),
        measures: Vec::new(),
        metrics: Vec::new(),
        row_rules: Vec::new(),
        troubles: BTreeMap::new(),
    };
    let mut builder = Builder { plan };
    let mut problems = Vec::new();
    let rules = rulesets.iter().flat_map(|ruleset| &ruleset.rules);
    for (index, rule) in rules.enumerate() {
        problems.extend(builder.rule(index, rule));
    }
    for analyzer in rulesets.iter().flat_map(|ruleset| &ruleset.analyzers) {
        problems.extend(
            builder.check(analyzer).err().map(|message| problem(analyzer, &analyzer.to_string(), message)),
        );
    }
    builder.share_hashes();
    (builder.plan, problems)
}

fn problem(check: &Check, rule: &str, message: String) -> Problem {
    Problem { rule: rule.to_owned(), line: check.line, column: check.column, message }
}

struct Builder {
    plan: Plan,
}

impl Builder {
    fn rule(&mut self, index: usize, rule: &Rule) -> Vec<Problem> {
        let mut problems = Vec::new();
        if rule.is_row_level() {
            match self.row_test(&rule.expression) {
                Ok(test) => {
                    if rule.is_by_row() {
                        self.add(compliance(&rule.expression), Source::Passing(test.clone()), None);
                    }
                    self.plan.row_rules.push((index, test));
                }
                Err((check, message)) => {
                    self.plan.troubles.insert(compliance(&rule.expression).to_string(), message.clone());
                    if rule.is_by_row() {
                        problems.push(problem(&check, &rule.text, message));
                    }
                }
            }
        }
        if !rule.is_by_row() {
            for check in rule.expression.checks() {
                if let Err(message) = self.check(check) {
                    problems.push(problem(check, &rule.text, message));
                }
            }
        }
        problems
    }

    /// Plans the metrics of a check.
    fn check(&mut self, check: &Check) -> Result<(), String> {
        let planned = self.try_check(check);
        if let Err(message) = &planned {
            for key in metrics_of(check) {
                self.plan.troubles.insert(key.to_string(), message.clone());
            }
        }
        planned
    }

    fn try_check(&mut self, check: &Check) -> Result<(), String> {
        if check.rule_type.is_checked_by_row() && check.condition.is_some() {
            let test =
                self.row_test(&Expression::Check(Box::new(check.clone()))).map_err(|(_, message)| message)?;
            let filter = test.filter();
            self.add(compliance(&Expression::Check(Box::new(check.clone()))), Source::Passing(test), filter);
            return Ok(());
        }
        let filter = check.filter.as_ref().map(|filter| self.filter(filter)).transpose()?;
        if check.rule_type == RuleType::RowCount {
            for column in &check.parameters {
                self.find(column)?;
            }
        }
        let is_column_values = |check: &Check| check.rule_type == RuleType::ColumnValues;
        let watches_values = is_column_values(check) || anomaly(check).as_ref().is_some_and(is_column_values);
        for key in metrics_of(check) {
            let key = if watches_values { self.lengths_of_texts(key)? } else { key };
            let source = self.source(&key.metric)?;
            self.add(key, source, filter);
        }
        Ok(())
    }

    /// The extremes of texts are those of their lengths, as in AWS Glue.
    fn lengths_of_texts(&mut self, key: MetricKey) -> Result<MetricKey, String> {
        let metric = match key.metric {
            Metric::Minimum(column) if self.find(&column)?.1 == Kind::Text => Metric::MinimumLength(column),
            Metric::Maximum(column) if self.find(&column)?.1 == Kind::Text => Metric::MaximumLength(column),
            other => other,
        };
        Ok(MetricKey { metric, ..key })
    }

    fn source(&mut self, metric: &Metric) -> Result<Source, String> {
        Ok(match metric {
            Metric::RowCount => Source::Rows,
            Metric::ColumnCount => Source::Columns(self.plan.schema.fields().len()),
            Metric::Completeness(column) => Source::Present(self.find(column)?.0),
            Metric::Uniqueness(columns) | Metric::UniqueValueRatio(columns) => {
                Source::Hashes(self.find_all(columns)?)
            }
            Metric::References(columns) => Source::References(self.find_all(columns)?),
            Metric::DistinctValuesCount(column) => Source::Distinct(self.find(column)?.0),
            Metric::Mean(column)
            | Metric::Sum(column)
            | Metric::StandardDeviation(column)
            | Metric::Minimum(column)
            | Metric::Maximum(column) => {
                let (position, kind) = self.find_number(column)?;
                Source::Numbers(position, if let Kind::Decimal { scale } = kind { scale } else { 0 })
            }
            Metric::MinimumLength(column) | Metric::MaximumLength(column) => {
                let (position, kind) = self.find(column)?;
                if kind != Kind::Text {
                    return Err(format!("only texts have a length, but {column} is {}", kind.name()));
                }
                Source::Lengths(position)
            }
            Metric::ColumnCorrelation(a, b) => {
                Source::Moments(self.find_number(a)?.0, self.find_number(b)?.0)
            }
            Metric::Compliance(_) => return Err("not a metric of a column".to_owned()),
        })
    }

    fn row_test(&mut self, expression: &Expression) -> Result<RowTest, (Box<Check>, String)> {
        let mut all = |parts: &[Expression]| {
            parts.iter().map(|part| self.row_test(part)).collect::<Result<Vec<_>, _>>()
        };
        match expression {
            Expression::All(parts) => all(parts).map(RowTest::All),
            Expression::Any(parts) => all(parts).map(RowTest::Any),
            Expression::Check(check) => {
                self.single_row_test(check).map_err(|message| (check.clone(), message))
            }
        }
    }

    fn single_row_test(&mut self, check: &Check) -> Result<RowTest, String> {
        let column = check.parameters.first().map(String::as_str).unwrap_or_default();
        let (position, kind) = self.find(column)?;
        let filter = check.filter.as_ref().map(|filter| self.filter(filter)).transpose()?;
        let Some(condition) = check.condition.as_ref().filter(|_| check.rule_type.is_checked_by_row()) else {
            return Ok(RowTest::Present { column: position, filter });
        };
        let test =
            compile(condition, kind, self.plan.now_us).map_err(|message| format!("{column}: {message}"))?;
        Ok(RowTest::Value { column: position, test, filter })
    }

    fn filter(&mut self, filter: &Filter) -> Result<usize, String> {
        if let Some(known) = self.plan.filters.iter().position(|(text, _)| *text == filter.text) {
            return Ok(known);
        }
        let compiled = RowFilter::compile(&filter.predicate, &mut |column| self.find(column))
            .map_err(|message| format!("in the filter: {message}"))?;
        self.plan.filters.push((filter.text.clone(), compiled));
        Ok(self.plan.filters.len() - 1)
    }

    fn find(&mut self, name: &str) -> Result<(usize, Kind), String> {
        if let Some(position) = self.plan.columns.iter().position(|(known, _)| known == name) {
            return Ok((position, self.plan.columns[position].1));
        }
        let Ok(field) = self.plan.schema.field_with_name(name) else {
            return Err(format!("there is no column {name}"));
        };
        let Some(kind) = Kind::of(field.data_type()) else {
            return Err(format!("rules cannot look into {name}, which is of type {}", field.data_type()));
        };
        self.plan.columns.push((name.to_owned(), kind));
        Ok((self.plan.columns.len() - 1, kind))
    }

    fn find_all(&mut self, names: &[String]) -> Result<Vec<usize>, String> {
        names.iter().map(|name| self.find(name).map(|(position, _)| position)).collect()
    }

    fn find_number(&mut self, name: &str) -> Result<(usize, Kind), String> {
        let (position, kind) = self.find(name)?;
        if kind.is_number() {
            Ok((position, kind))
        } else {
            Err(format!("{name} is {}, not a number", kind.name()))
        }
    }

    fn add(&mut self, key: MetricKey, source: Source, filter: Option<usize>) {
        if self.plan.metrics.iter().any(|(known, _)| *known == key) {
            return;
        }
        let id = match &source {
            Source::Passing(_) => key.to_string(),
            source => format!("{source:?} {filter:?}"),
        };
        let known = self.plan.measures.iter().position(|measure| measure.id == id);
        let measure = known.unwrap_or_else(|| {
            self.plan.measures.push(Measure { id, source, filter, is_needed: true });
            self.plan.measures.len() - 1
        });
        self.plan.metrics.push((key, measure));
    }

    /// The hashes of all values tell the number of distinct ones too.
    fn share_hashes(&mut self) {
        for index in 0..self.plan.measures.len() {
            let Source::Distinct(column) = self.plan.measures[index].source else { continue };
            let filter = self.plan.measures[index].filter;
            let is_same = |measure: &Measure| {
                measure.filter == filter
                    && matches!(&measure.source, Source::Hashes(columns) if *columns == [column])
            };
            let Some(hashes) = self.plan.measures.iter().position(is_same) else { continue };
            self.plan.measures[index].is_needed = false;
            for (_, measure) in self.plan.metrics.iter_mut().filter(|(_, measure)| *measure == index) {
                *measure = hashes;
            }
        }
    }
}
