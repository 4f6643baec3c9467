//! What the rows measured, by metric.

use std::collections::BTreeMap;

use arrow::datatypes::SchemaRef;

use super::state::State;
use crate::{
    measure::Counts,
    metric::{Metric, MetricKey},
    plan::{Plan, Source},
};

/// The metrics of a table.
#[derive(Debug, Clone)]
pub struct Metrics {
    pub(crate) measured: BTreeMap<String, Measured>,
    /// Values that are looked for in other tables, and in how many rows they are.
    pub(crate) references: BTreeMap<String, Vec<(u64, u64)>>,
    pub(crate) troubles: BTreeMap<String, String>,
    pub(crate) schema: SchemaRef,
}

/// One metric.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Measured {
    /// None if there is nothing to measure, as the mean of no values.
    pub(crate) value: Option<f64>,
    /// Rows that are not as they should be, if the metric is about that.
    pub(crate) failing: Option<u64>,
    pub(crate) is_estimate: bool,
}

impl Metrics {
    /// All metrics by stable keys, such as `Completeness(price)`: those under which [`crate::Context::history`] is asked.
    /// Metrics of nothing, as the mean of no values, are left out.
    pub fn values(&self) -> Vec<(String, f64)> {
        let values = self.measured.iter().filter_map(|(key, measured)| Some((key.clone(), measured.value?)));
        values.filter(|(_, value)| value.is_finite()).collect()
    }

    /// One metric by its key.
    pub fn value(&self, key: &str) -> Option<f64> {
        self.measured.get(key)?.value
    }
}

/// What a state tells.
enum Told {
    Rows(u64),
    Share { part: u64, rows: u64 },
    Counts(Counts),
    State(State),
}

pub(super) fn finish(plan: &Plan, states: Vec<State>) -> Metrics {
    let mut references = BTreeMap::new();
    let mut told = Vec::with_capacity(states.len());
    for (index, (state, measure)) in states.into_iter().zip(&plan.measures).enumerate() {
        told.push(match state {
            State::Hashes(hashes) if matches!(measure.source, Source::References(_)) => {
                let keys = plan.metrics.iter().filter(|(_, measure)| *measure == index);
                let runs = hashes.runs();
                for (key, _) in keys {
                    references.insert(key.to_string(), runs.clone());
                }
                Told::Rows(0)
            }
            State::Hashes(hashes) => Told::Counts(hashes.counts()),
            State::Rows(rows) => Told::Rows(rows),
            State::Share { part, rows } => Told::Share { part, rows },
            other => Told::State(other),
        });
    }
    let mut measured = BTreeMap::new();
    for (key, measure) in &plan.metrics {
        if !matches!(key.metric, Metric::References(_)) {
            measured.insert(key.to_string(), measure_of(key, &told[*measure], plan));
        }
    }
    Metrics { measured, references, troubles: plan.troubles.clone(), schema: plan.schema.clone() }
}

fn measure_of(key: &MetricKey, told: &Told, plan: &Plan) -> Measured {
    let exact = |value| Measured { value, ..Measured::default() };
    match told {
        Told::Rows(_) if key.metric == Metric::ColumnCount => exact(Some(plan.schema.fields().len() as f64)),
        Told::Rows(rows) => exact(Some(*rows as f64)),
        Told::Share { part, rows } => with_failing(*part, *rows),
        Told::Counts(counts) => match &key.metric {
            Metric::DistinctValuesCount(_) => exact(Some(counts.distinct as f64)),
            Metric::UniqueValueRatio(_) => exact(Some(share(counts.once, counts.distinct))),
            _ => with_failing(counts.once, counts.values),
        },
        Told::State(State::Distinct(distinct)) => {
            let (count, is_exact) = distinct.count();
            Measured { value: Some(count), failing: None, is_estimate: !is_exact }
        }
        Told::State(State::Numbers(numbers)) => exact(match &key.metric {
            Metric::Mean(_) => numbers.mean(),
            Metric::Sum(_) => numbers.sum(),
            Metric::StandardDeviation(_) => numbers.deviation(),
            Metric::Minimum(_) => numbers.extremes().map(|(least, _)| least),
            _ => numbers.extremes().map(|(_, greatest)| greatest),
        }),
        Told::State(State::Lengths(lengths)) => exact(lengths.0.map(|(least, greatest)| match &key.metric {
            Metric::MinimumLength(_) => least as f64,
            _ => greatest as f64,
        })),
        Told::State(State::Moments(moments)) => exact(moments.correlation()),
        Told::State(_) => Measured::default(),
    }
}

fn with_failing(part: u64, rows: u64) -> Measured {
    Measured { value: Some(share(part, rows)), failing: Some(rows - part), is_estimate: false }
}

/// Of no rows, all are as they should be.
fn share(part: u64, rows: u64) -> f64 {
    if rows == 0 { 1.0 } else { part as f64 / rows as f64 }
}
