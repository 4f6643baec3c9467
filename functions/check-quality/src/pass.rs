//! One pass over a batch's files for all rules of its events and of the facts that will be made of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch};
use arrow::compute::or;
use arrow::datatypes::{Field, Schema};
use estrella_contracts::{Batch, CheckResult, Outcome, keys};
use estrella_core::schema::{CLEAN_EVENTS, FACT_USER_EVENTS, TableSchema, arrow_schema};
use estrella_core::star::fact_column;
use estrella_dqdl::{Plan, Ruleset, Scan};
use estrella_lake::data::ParquetFile;
use estrella_lake::{Error, Result};
use estrella_runtime::{Deps, rules};

use crate::RuleMetrics;
use crate::context::Knows;
use crate::history::History;
use crate::outcomes::{Asked, judged, rule_id};
use crate::quarantine::Broken;
use crate::references::References;
use crate::sql::Rows;

/// Rules of the objects that a batch came in.
const RAW: &str = "raw";
/// Rules of its events.
const EVENTS: &str = "clean_events";
/// Rules of the facts that will be made of them.
const FACTS: &str = "fact_user_events";
/// Texts that repeat: rules are asked of each different one, not of each row.
const WORDS: [&str; 4] = ["event_type", "session_id", "category_code", "brand"];
/// A fact's column that has another name in `clean.events`.
const RENAMED: (&str, &str) = ("category_name", "category_code");

/// The rules of a dataset, fitted to it.
struct Set {
    name: &'static str,
    rules: Ruleset,
    plan: Plan,
}

/// What was asked of a batch, and what came of it.
pub(crate) struct Pass {
    events: Option<Set>,
    facts: Option<Set>,
    results: Vec<CheckResult>,
    metrics: RuleMetrics,
}

impl Set {
    async fn read(name: &'static str, schema: &Schema, deps: &Deps) -> Result<Option<Self>> {
        let Some(rules) = rules(name, deps).await? else { return Ok(None) };
        let now_us = deps.lake.clock().now_ms() * 1000;
        let plan = Plan::new(&[&rules], schema, now_us)
            .map_err(|e| Error::invalid(e.to_string()).at(keys::rules(name)))?;
        Ok(Some(Self { name, rules, plan }))
    }

    /// Columns that are read: queries may name any.
    fn columns(&self, table: &TableSchema) -> Vec<String> {
        match self.rules.asks_sql() {
            true => table.columns.iter().map(|column| column.name.to_owned()).collect(),
            false => self.plan.columns().into_iter().map(str::to_owned).collect(),
        }
    }

    fn sql(&self, columns: Vec<String>) -> Result<Option<Rows>> {
        if self.rules.asks_sql() { Rows::create(columns).map(Some) } else { Ok(None) }
    }
}

/// A dataset while it is read.
struct Open<'s> {
    set: &'s Set,
    scan: Scan<'s>,
    columns: Vec<String>,
    sql: Option<Rows>,
}

impl<'s> Open<'s> {
    fn of(set: &'s Set, columns: Vec<String>) -> Result<Self> {
        let sql = set.sql(columns.clone())?;
        Ok(Self { set, scan: Scan::new(&set.plan), columns, sql })
    }

    fn perhaps(set: Option<&'s Set>, table: &TableSchema) -> Result<Option<Self>> {
        set.map(|set| Self::of(set, set.columns(table))).transpose()
    }

    fn update(&mut self, batch: &RecordBatch) -> Result<()> {
        self.scan.update(batch).map_err(|e| Error::bug("ask rules of rows").at(self.set.name).because(e))?;
        self.sql.as_mut().map_or(Ok(()), |rows| rows.insert(batch))
    }

    fn judge(self, history: &History, references: &References, rows_can_go: bool) -> Asked {
        let Self { set, scan, sql, .. } = self;
        let knows = Knows { set: set.name, history, references, sql: sql.as_ref() };
        judged(set.name, &set.rules, &scan.finish(), &knows, rows_can_go)
    }
}

impl Pass {
    /// Asks all rules of a batch.
    pub(crate) async fn ask(
        batch: &Batch,
        files: &[ParquetFile],
        date: i32,
        last_hour: i64,
        deps: &Deps,
    ) -> Result<Self> {
        let objects = crate::raw::objects(batch)?;
        let raw = Set::read(RAW, &objects.schema(), deps).await?;
        let events = Set::read(EVENTS, &arrow_schema(&CLEAN_EVENTS), deps).await?;
        let facts = Set::read(FACTS, &arrow_schema(&FACT_USER_EVENTS), deps).await?;
        let sets = || [&raw, &events, &facts].into_iter().flatten();
        let lasts: Vec<_> = sets().flat_map(|set| set.rules.history()).collect();
        let history = History::read(last_hour, &lasts, deps).await?;
        let rules: Vec<&Ruleset> = sets().map(|set| &set.rules).collect();
        let references = References::read(&rules, deps).await?;

        let mut asked = Vec::new();
        if let Some(set) = &raw {
            let columns = objects.schema().fields().iter().map(|field| field.name().clone()).collect();
            let mut open = Open::of(set, columns)?;
            open.update(&objects)?;
            asked.push(open.judge(&history, &references, false));
        }
        let mut of_events = Open::perhaps(events.as_ref(), &CLEAN_EVENTS)?;
        let mut of_facts = Open::perhaps(facts.as_ref(), &FACT_USER_EVENTS)?;
        let wanted = wanted(of_events.as_ref(), of_facts.as_ref());
        for file in files {
            let file = file.clone().with_dictionaries(&WORDS)?;
            for group in 0..file.groups() {
                let batch = read(&file, group, &wanted).await?;
                if let Some(open) = &mut of_events {
                    open.update(&batch)?;
                }
                if let Some(open) = &mut of_facts {
                    let batch = as_facts(&batch, &open.columns, date)?;
                    open.update(&batch)?;
                }
            }
        }
        asked.extend(
            [of_events, of_facts].into_iter().flatten().map(|open| open.judge(&history, &references, true)),
        );
        let (mut results, mut metrics) = (Vec::new(), BTreeMap::new());
        for mut one in asked {
            results.append(&mut one.results);
            metrics.append(&mut one.metrics);
        }
        Ok(Self { events, facts, results, metrics })
    }

    /// The rows that break a rule that sets them aside, by file and row group; none if no rule does.
    pub(crate) async fn broken(
        &self,
        files: &[ParquetFile],
        date: i32,
    ) -> Result<Option<Vec<Vec<Option<Broken>>>>> {
        let is_quarantine = |result: &&CheckResult| result.outcome == Outcome::Quarantine;
        let ids: BTreeSet<&str> = self
            .results
            .iter()
            .filter(is_quarantine)
            .filter_map(|result| result.rule_id.as_deref())
            .collect();
        if ids.is_empty() {
            return Ok(None);
        }
        let mut broken = Vec::with_capacity(files.len());
        for file in files {
            let file = file.clone().with_dictionaries(&WORDS)?;
            let mut groups = Vec::with_capacity(file.groups());
            for group in 0..file.groups() {
                groups.push(self.broken_of(&file, group, date, &ids).await?);
            }
            broken.push(groups);
        }
        Ok(Some(broken))
    }

    async fn broken_of(
        &self,
        file: &ParquetFile,
        group: usize,
        date: i32,
        ids: &BTreeSet<&str>,
    ) -> Result<Option<Broken>> {
        let names = |set: &Option<Set>| -> Vec<String> {
            set.iter().flat_map(|set| set.plan.columns()).map(str::to_owned).collect()
        };
        let wanted: BTreeSet<String> =
            names(&self.events).into_iter().chain(names(&self.facts).iter().filter_map(source)).collect();
        let rows = read(file, group, &with_time(wanted)).await?;
        let mut masks: Vec<(String, BooleanArray)> = Vec::new();
        for (set, is_facts) in [(&self.events, false), (&self.facts, true)] {
            let Some(set) = set else { continue };
            let rows = if is_facts { as_facts(&rows, &names(&self.facts), date)? } else { rows.clone() };
            let id = |rule: usize| rule_id(set.name, set.rules.rules[rule].line);
            let found = set.plan.failing_rows_of(&rows, |rule| ids.contains(id(rule).as_str()));
            let found =
                found.map_err(|e| Error::bug("find rows that break rules").at(file.key()).because(e))?;
            masks.extend(found.into_iter().map(|(rule, mask)| (id(rule), mask)));
        }
        let mut any = BooleanArray::from(vec![false; rows.num_rows()]);
        for (_, mask) in &masks {
            any = or(&any, mask).map_err(|e| Error::bug("join rows").at(file.key()).because(e))?;
        }
        if any.true_count() == 0 {
            return Ok(None);
        }
        let of_row = |row: usize| {
            let rules = masks.iter().filter(|(_, mask)| mask.value(row)).map(|(id, _)| id.as_str());
            rules.collect::<Vec<_>>().join(",")
        };
        let rules = (0..any.len()).filter(|row| any.value(*row)).map(of_row).collect();
        Ok(Some(Broken { rows: any, rules }))
    }

    pub(crate) fn into_results(self) -> (Vec<CheckResult>, RuleMetrics) {
        (self.results, self.metrics)
    }
}

/// Columns of `clean.events` that the rules of both need.
fn wanted(events: Option<&Open<'_>>, facts: Option<&Open<'_>>) -> BTreeSet<String> {
    let events = events.into_iter().flat_map(|open| open.columns.iter().cloned());
    let facts = facts.into_iter().flat_map(|open| open.columns.iter().filter_map(source));
    with_time(events.chain(facts).collect())
}

/// Rows have to be counted even where no column is asked for, and columns of the facts are computed from the time.
fn with_time(mut columns: BTreeSet<String>) -> BTreeSet<String> {
    columns.insert("event_time".to_owned());
    columns
}

/// The column of `clean.events` that a column of the facts is; none if it is computed.
fn source(column: &String) -> Option<String> {
    if column == RENAMED.0 {
        return Some(RENAMED.1.to_owned());
    }
    CLEAN_EVENTS.position(column).map(|_| column.clone())
}

async fn read(file: &ParquetFile, group: usize, columns: &BTreeSet<String>) -> Result<RecordBatch> {
    let names: Vec<&str> = columns.iter().map(String::as_str).collect();
    file.read(group, &names).await
}

/// Some columns of the facts that rows of `clean.events` make.
fn as_facts(rows: &RecordBatch, columns: &[String], date: i32) -> Result<RecordBatch> {
    let mut fields = Vec::with_capacity(columns.len());
    let mut arrays: Vec<ArrayRef> = Vec::with_capacity(columns.len());
    for column in columns {
        let array = match source(column) {
            Some(name) => rows.column_by_name(&name).cloned(),
            None => fact_column(column, rows, date),
        };
        let array = array.ok_or_else(|| Error::bug(format!("no column {column} for the rules of facts")))?;
        fields.push(Field::new(column, array.data_type().clone(), true));
        arrays.push(array);
    }
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(rows.num_rows()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)
        .map_err(|e| Error::bug("build facts for their rules").because(e))
}
