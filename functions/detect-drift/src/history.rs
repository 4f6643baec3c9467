//! What `ops.profiles` knows.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Date32Type, Float64Type};
use estrella_core::drift::Day;
use estrella_core::schema::PROFILES;
use estrella_lake::data::ParquetFile;
use estrella_lake::{Error, PlannedFile, Result, Table};
use estrella_runtime::Deps;
use futures::{StreamExt, TryStreamExt, stream};
use iceberg::expr::{Predicate, Reference};
use iceberg::spec::Datum;

use crate::REFERENCE_DAYS;

const COLUMNS: [&str; 7] = ["run_id", "batch_id", "event_date", "column_name", "metric", "segment", "value"];
/// Files read at once: there is one per run.
const FILES_AT_ONCE: usize = 16;

/// Date, run and batch.
type Key = (i32, String, String);

/// The measures of the batches of some weeks.
pub(crate) struct Profiles(BTreeMap<Key, Day>);

impl Profiles {
    /// Reads the profiles of a run and of the days before its batches.
    pub(crate) async fn load(run_id: &str, deps: &Deps) -> Result<Self> {
        let table = deps.lake.table(&PROFILES).await?;
        let mut profiles = Self(BTreeMap::new());
        let own = Reference::new("run_id").equal_to(Datum::string(run_id));
        profiles.read(table.plan(Some(own)).await?, deps).await?;
        let dates = || profiles.0.keys().filter(|key| key.1 == run_id).map(|key| key.0);
        let (Some(first), Some(last)) = (dates().min(), dates().max()) else {
            // No batch was accepted.
            return Ok(profiles);
        };
        let files = between(&table, first - REFERENCE_DAYS, last).await?;
        profiles.read(files, deps).await?;
        Ok(profiles)
    }

    /// The batches of a run by date: id, date, measures.
    pub(crate) fn of_run(&self, run_id: &str) -> impl Iterator<Item = (&str, i32, &Day)> {
        self.0
            .iter()
            .filter(move |((_, run, _), _)| run == run_id)
            .map(|((date, _, batch), day)| (batch.as_str(), *date, day))
    }

    /// The days before a date, oldest first, each with all its batches.
    pub(crate) fn days_before(&self, date: i32) -> Vec<Day> {
        let mut days: BTreeMap<i32, Day> = BTreeMap::new();
        for ((day, ..), measures) in &self.0 {
            if (date - REFERENCE_DAYS..date).contains(day) {
                days.entry(*day).or_default().merge(measures);
            }
        }
        days.into_values().collect()
    }

    async fn read(&mut self, files: Vec<PlannedFile>, deps: &Deps) -> Result<()> {
        let read = |file: PlannedFile| async move { read_file(&file.key, deps).await };
        let mut read = stream::iter(files).map(read).buffered(FILES_AT_ONCE);
        while let Some(days) = read.try_next().await? {
            self.0.extend(days);
        }
        Ok(())
    }
}

async fn between(table: &Table, first: i32, last: i32) -> Result<Vec<PlannedFile>> {
    let date = || Reference::new("event_date");
    let after: Predicate = date().greater_than_or_equal_to(Datum::date(first));
    table.plan(Some(after.and(date().less_than_or_equal_to(Datum::date(last))))).await
}

async fn read_file(key: &str, deps: &Deps) -> Result<BTreeMap<Key, Day>> {
    let file = ParquetFile::open(deps.lake.store(), key).await?;
    let mut days: BTreeMap<Key, Day> = BTreeMap::new();
    for group in 0..file.groups() {
        let batch = file.read(group, &COLUMNS).await?;
        let unfit = |name: &str| Error::invalid(format!("column {name} is not as expected")).at(key);
        let text = |name: &'static str| {
            batch.column_by_name(name).and_then(|c| c.as_string_opt::<i32>()).ok_or_else(|| unfit(name))
        };
        let (runs, batches, columns) = (text("run_id")?, text("batch_id")?, text("column_name")?);
        let (metrics, segments) = (text("metric")?, text("segment")?);
        let dates = batch.column_by_name("event_date").and_then(|c| c.as_primitive_opt::<Date32Type>());
        let dates = dates.ok_or_else(|| unfit("event_date"))?;
        let values = batch.column_by_name("value").and_then(|c| c.as_primitive_opt::<Float64Type>());
        let values = values.ok_or_else(|| unfit("value"))?;
        for row in 0..batch.num_rows() {
            let key = (dates.value(row), runs.value(row).to_owned(), batches.value(row).to_owned());
            let optional =
                |texts: &arrow::array::StringArray| texts.is_valid(row).then(|| texts.value(row).to_owned());
            let (column, segment) = (optional(columns), optional(segments));
            let day = days.entry(key).or_default();
            day.set(column.as_deref(), metrics.value(row), segment.as_deref(), values.value(row));
        }
    }
    Ok(days)
}
