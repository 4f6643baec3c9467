//! What `ops.profile_hours` knows.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use estrella_core::event::MICROS_PER_HOUR;
use estrella_core::profile::HourProfile;
use estrella_drift::{HourInput, State};
use estrella_lake::data::ParquetFile;
use estrella_lake::{Error, PlannedFile, Result, Table};
use estrella_runtime::Deps;
use futures::{StreamExt, TryStreamExt, stream};
use iceberg::expr::Reference;
use iceberg::spec::Datum;

use crate::hour_of;

/// Files read at once: there is one per run.
const FILES_AT_ONCE: usize = 16;
/// Hours of a week.
const WEEK: i64 = 7 * 24;
/// Hours of a day.
const DAY: i64 = 24;
/// As many hours of one season are compared with, and more are not read then: of the same hour of week, of the same
/// hour of day.
const ENOUGH: [(i64, usize); 2] = [(WEEK, 4), (DAY, 7)];

/// Hours by their number.
pub(crate) type Known = BTreeMap<i64, HourInput>;

/// What was read of one state of the table, for all steps of a look.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    snapshot: Option<i64>,
    pub(crate) known: Known,
    /// Hours that were looked for, whether they have rows or not.
    looked_for: BTreeSet<i64>,
}

/// A state of the table.
pub(crate) struct Hours<'t> {
    table: &'t Table,
    deps: &'t Deps,
}

impl<'t> Hours<'t> {
    pub(crate) fn of(table: &'t Table, deps: &'t Deps) -> Self {
        Self { table, deps }
    }

    /// Rows by hour in some files, without reading what was measured.
    pub(crate) async fn rows(&self, files: &[PlannedFile]) -> Result<BTreeMap<i64, u64>> {
        let mut found = BTreeMap::new();
        for file in files {
            let file = ParquetFile::open(self.deps.lake.store(), &file.key).await?;
            for group in 0..file.groups() {
                let batch = file.read(group, &["event_hour", "rows"]).await?;
                let cells = Cells { batch: &batch, key: file.key() };
                let rows = cells.longs("rows")?;
                for (row, hour) in cells.hours()?.into_iter().enumerate() {
                    *found.entry(hour).or_default() += rows.value(row).unsigned_abs();
                }
            }
        }
        Ok(found)
    }

    /// Hours with all their parts; those without rows are left out.
    pub(crate) async fn read(&self, hours: &BTreeSet<i64>) -> Result<Known> {
        let mut known = Known::new();
        if hours.is_empty() {
            return Ok(known);
        }
        let begin = |hour: &i64| Datum::timestamptz_micros(hour * MICROS_PER_HOUR);
        let wanted = Reference::new("event_hour").is_in(hours.iter().map(begin));
        let read = |file: PlannedFile| async move { self.read_file(&file.key, hours).await };
        let files = self.table.plan(Some(wanted)).await?;
        let mut parts = stream::iter(files).map(read).buffered(FILES_AT_ONCE);
        while let Some(file) = parts.try_next().await? {
            for (hour, part) in file {
                known.entry(hour).or_default().merge(&part);
            }
        }
        Ok(known)
    }

    /// Reads the hours that are judged, and forgets what was read of another state of the table.
    pub(crate) async fn read_judged(&self, hours: &BTreeSet<i64>, cache: &mut Cache) -> Result<()> {
        if cache.snapshot != self.table.snapshot_id() {
            *cache = Cache { snapshot: self.table.snapshot_id(), ..Cache::default() };
        }
        let new = hours.difference(&cache.looked_for).copied().collect();
        cache.known.extend(self.read(&new).await?);
        cache.looked_for.extend(new);
        Ok(())
    }

    /// Reads what hours may be compared with, the best season first, and no other if there is enough of that.
    pub(crate) async fn read_references(
        &self,
        wanted: &BTreeMap<i64, BTreeSet<i64>>,
        state: &State,
        cache: &mut Cache,
    ) -> Result<()> {
        let Cache { known, looked_for, .. } = cache;
        let mut missing: Vec<(&i64, &BTreeSet<i64>)> = wanted.iter().collect();
        for (season, enough) in ENOUGH.into_iter().chain([(1, 0)]) {
            let of_season = |hour: i64, other: &i64| (hour - other) % season == 0;
            let mut hours: BTreeSet<i64> = missing
                .iter()
                .flat_map(|(hour, wanted)| wanted.iter().filter(|other| of_season(**hour, other)))
                .copied()
                .collect();
            hours.retain(|hour| looked_for.insert(*hour));
            known.extend(self.read(&hours).await?);
            missing.retain(|(hour, wanted)| {
                let usable = |other: &&i64| {
                    of_season(**hour, other) && known.contains_key(other) && !state.excluded(**other)
                };
                wanted.iter().filter(usable).count() < enough
            });
        }
        Ok(())
    }

    async fn read_file(&self, key: &str, hours: &BTreeSet<i64>) -> Result<Vec<(i64, HourInput)>> {
        const COLUMNS: [&str; 7] =
            ["event_hour", "rows_in", "duplicates", "source_rows", "rejected", "unknown_columns", "profile"];
        let file = ParquetFile::open(self.deps.lake.store(), key).await?;
        let mut parts = Vec::new();
        let event_hour = file.column("event_hour")?;
        let has_wanted = |group: &usize| {
            let bounds = file.long_bounds(*group, event_hour);
            bounds.is_none_or(|(first, last)| hours.range(hour_of(first)..=hour_of(last)).next().is_some())
        };
        for group in (0..file.groups()).filter(has_wanted) {
            let batch = file.read(group, &COLUMNS).await?;
            let cells = Cells { batch: &batch, key };
            for (row, hour) in cells.hours()?.into_iter().enumerate() {
                if hours.contains(&hour) {
                    parts.push((hour, cells.part(row)?));
                }
            }
        }
        Ok(parts)
    }
}

/// Rows of a file.
struct Cells<'b> {
    batch: &'b RecordBatch,
    key: &'b str,
}

impl Cells<'_> {
    fn unfit(&self, column: &str) -> Error {
        Error::invalid(format!("column {column} is not as expected")).at(self.key)
    }

    fn hours(&self) -> Result<Vec<i64>> {
        let column = self.batch.column_by_name("event_hour");
        let times = column.and_then(|c| c.as_primitive_opt::<TimestampMicrosecondType>());
        let times = times.ok_or_else(|| self.unfit("event_hour"))?;
        Ok(times.values().iter().map(|time| hour_of(*time)).collect())
    }

    fn longs(&self, name: &str) -> Result<&arrow::array::Int64Array> {
        let column = self.batch.column_by_name(name).and_then(|c| c.as_primitive_opt::<Int64Type>());
        column.ok_or_else(|| self.unfit(name))
    }

    fn text(&self, name: &str, row: usize) -> Result<Option<&str>> {
        let column = self.batch.column_by_name(name).and_then(|c| c.as_string_opt::<i32>());
        let column = column.ok_or_else(|| self.unfit(name))?;
        Ok(column.is_valid(row).then(|| column.value(row)))
    }

    fn part(&self, row: usize) -> Result<HourInput> {
        let count = |name: &str| Ok::<_, Error>(self.longs(name)?.value(row).unsigned_abs());
        let profile = self.text("profile", row)?.and_then(HourProfile::unpack);
        let unknown = self.text("unknown_columns", row)?.unwrap_or("[]");
        Ok(HourInput {
            profile: profile.ok_or_else(|| self.unfit("profile"))?,
            rows_in: count("rows_in")?,
            duplicates: count("duplicates")?,
            rejected: count("rejected")?,
            source_rows: count("source_rows")?,
            unknown_columns: serde_json::from_str(unknown).map_err(|_| self.unfit("unknown_columns"))?,
        })
    }
}
