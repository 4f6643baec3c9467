//! From rules to what is measured, each thing once.

mod build;
mod measure;
mod problem;

use std::collections::BTreeMap;

use arrow::{
    array::BooleanArray,
    buffer::BooleanBuffer,
    datatypes::{Schema, SchemaRef},
    error::ArrowError,
    record_batch::RecordBatch,
};

pub(crate) use measure::{Measure, Source};
pub use problem::{PlanError, Problem};

use crate::{
    ast::Ruleset,
    metric::MetricKey,
    rows::{Column, Kind, RowFilter, RowTest},
};

/// What is measured of a table for some rulesets.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(crate) schema: SchemaRef,
    now_us: i64,
    columns: Vec<(String, Kind)>,
    filters: Vec<(String, RowFilter)>,
    pub(crate) measures: Vec<Measure>,
    pub(crate) metrics: Vec<(MetricKey, usize)>,
    row_rules: Vec<(usize, RowTest)>,
    /// Why metrics cannot be measured.
    pub(crate) troubles: BTreeMap<String, String>,
}

/// A batch in the forms that measures know.
pub(crate) struct Prepared {
    pub(crate) rows: usize,
    pub(crate) columns: Vec<Column>,
    pub(crate) filters: Vec<BooleanBuffer>,
}

impl Plan {
    /// Fits rulesets to a table. `now_us`, what `now()` is, is in microseconds since the Unix epoch.
    ///
    /// # Errors
    /// All rules that name columns that are not there, or ask of columns what their types cannot answer. ColumnExists,
    /// ColumnCount and SchemaMatch fit every table.
    pub fn new(rulesets: &[&Ruleset], schema: &Schema, now_us: i64) -> Result<Self, PlanError> {
        let (plan, problems) = Self::partial(rulesets, schema, now_us);
        if problems.is_empty() { Ok(plan) } else { Err(PlanError { problems }) }
    }

    /// The same for the rules that fit; the others are errors when they are evaluated.
    pub fn partial(rulesets: &[&Ruleset], schema: &Schema, now_us: i64) -> (Self, Vec<Problem>) {
        build::build(rulesets, schema, now_us)
    }

    /// The columns that are read, in no particular order.
    pub fn columns(&self) -> Vec<&str> {
        self.columns.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// What `now()` is, in microseconds since the Unix epoch.
    pub fn now_us(&self) -> i64 {
        self.now_us
    }

    /// For each rule that can tell, which rows of a batch break it: true for those. Rules are counted through all rulesets
    /// from 0. A row that a filter leaves out breaks nothing.
    ///
    /// # Errors
    /// If a column is missing from the batch or of another type.
    pub fn failing_rows(&self, batch: &RecordBatch) -> Result<Vec<(usize, BooleanArray)>, ArrowError> {
        self.failing_rows_of(batch, |_| true)
    }

    /// The same for the rules that are wanted.
    ///
    /// # Errors
    /// As [`Self::failing_rows`].
    pub fn failing_rows_of(
        &self,
        batch: &RecordBatch,
        is_wanted: impl Fn(usize) -> bool,
    ) -> Result<Vec<(usize, BooleanArray)>, ArrowError> {
        let prepared = self.prepare(batch)?;
        let wanted = self.row_rules.iter().filter(|(rule, _)| is_wanted(*rule));
        Ok(wanted
            .map(|(rule, test)| {
                let passing = test.passing(prepared.rows, &prepared.columns, &prepared.filters);
                (*rule, BooleanArray::new(!&passing, None))
            })
            .collect())
    }

    pub(crate) fn prepare(&self, batch: &RecordBatch) -> Result<Prepared, ArrowError> {
        let columns = self.columns.iter().map(|(name, kind)| {
            let Some(array) = batch.column_by_name(name) else {
                return Err(ArrowError::SchemaError(format!("the batch has no column {name}")));
            };
            if Kind::of(array.data_type()) != Some(*kind) {
                let (found, planned) = (array.data_type(), kind.name());
                return Err(ArrowError::SchemaError(format!(
                    "column {name} is of type {found}, planned was {planned}"
                )));
            }
            Column::of(array)
        });
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        let filters = self.filters.iter().map(|(_, filter)| filter.rows(&columns, batch.num_rows()));
        let filters = filters.collect::<Result<Vec<_>, _>>()?;
        Ok(Prepared { rows: batch.num_rows(), columns, filters })
    }
}
