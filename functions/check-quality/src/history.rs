//! What rules measured of earlier batches.

use arrow::array::AsArray;
use arrow::datatypes::{Float64Type, TimestampMicrosecondType};
use estrella_core::event::MICROS_PER_HOUR;
use estrella_core::schema::PROFILES;
use estrella_dqdl::{Last, Season};
use estrella_lake::data::ParquetFile;
use estrella_lake::{Error, PlannedFile, Result, Table};
use estrella_runtime::Deps;
use futures::{StreamExt, TryStreamExt, stream};
use iceberg::expr::Reference;
use iceberg::spec::Datum;

/// Files read at once: there is one per run.
const FILES_AT_ONCE: usize = 16;
/// Hours of a day and of a week.
const DAY: i64 = 24;
const WEEK: i64 = 7 * DAY;
/// How far is looked back, in hours: further only if that is not enough.
const BACK: [i64; 3] = [2 * DAY, 2 * WEEK, 10 * WEEK];

/// A value that was measured: when, what, how much.
type Measured = (i64, String, f64);

/// Values by hour, the latest first.
#[derive(Debug, Default)]
pub(crate) struct History {
    hour: i64,
    measured: Vec<Measured>,
}

impl History {
    /// What batches up to an hour have left, as far as it is asked for. Batches that are held back leave nothing.
    pub(crate) async fn read(hour: i64, wanted: &[Last], deps: &Deps) -> Result<Self> {
        let mut history = Self { hour, measured: Vec::new() };
        if wanted.is_empty() {
            return Ok(history);
        }
        let Some(table) = deps.lake.table_if_exists(&PROFILES).await? else { return Ok(history) };
        for back in BACK {
            history.measured = between(&table, hour - back, hour, deps).await?;
            history.measured.sort_by_key(|(at, ..)| std::cmp::Reverse(*at));
            if wanted.iter().all(|last| history.has_enough(*last)) {
                break;
            }
        }
        Ok(history)
    }

    /// One earlier number of rows, if there was any.
    pub(crate) fn of_rows(name: &str, rows: Option<u64>) -> Self {
        let measured = rows.into_iter().map(|rows| (0, name.to_owned(), rows as f64)).collect();
        Self { hour: 0, measured }
    }

    /// Whether every metric that is known has so many values.
    fn has_enough(&self, last: Last) -> bool {
        let mut names: Vec<&str> = self.measured.iter().map(|(_, name, _)| name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let k = last.k as usize;
        !names.is_empty() && names.iter().all(|name| self.of(name, k, last.season).len() >= k)
    }

    /// The latest values of a metric, the latest first.
    pub(crate) fn of(&self, name: &str, k: usize, season: Season) -> Vec<f64> {
        let is_of_season = |at: i64| match season {
            Season::Any => true,
            Season::HourOfWeek => (self.hour - at) % WEEK == 0,
            Season::HourOfDay => (self.hour - at) % DAY == 0,
            Season::DayOfWeek => (self.hour.div_euclid(DAY) - at.div_euclid(DAY)) % 7 == 0,
        };
        let own = self.measured.iter().filter(|(at, of, _)| of == name && is_of_season(*at));
        own.take(k).map(|(.., value)| *value).collect()
    }
}

async fn between(table: &Table, first: i64, last: i64, deps: &Deps) -> Result<Vec<Measured>> {
    let hour = |at: i64| Datum::timestamptz_micros(at * MICROS_PER_HOUR);
    let column = || Reference::new("last_hour");
    let wanted = column().greater_than_or_equal_to(hour(first));
    let wanted = wanted.and(column().less_than_or_equal_to(hour(last)));
    let read = |file: PlannedFile| async move { read_file(&file.key, first..=last, deps).await };
    let files = table.plan(Some(wanted)).await?;
    let read: Vec<Vec<Measured>> =
        stream::iter(files).map(read).buffered(FILES_AT_ONCE).try_collect().await?;
    Ok(read.into_iter().flatten().collect())
}

async fn read_file(key: &str, hours: std::ops::RangeInclusive<i64>, deps: &Deps) -> Result<Vec<Measured>> {
    let file = ParquetFile::open(deps.lake.store(), key).await?;
    let mut measured = Vec::new();
    for group in 0..file.groups() {
        let batch = file.read(group, &["last_hour", "metric", "segment", "value"]).await?;
        let unfit = |name: &str| Error::invalid(format!("column {name} is not as expected")).at(key);
        let text = |name: &str| {
            batch.column_by_name(name).and_then(|c| c.as_string_opt::<i32>()).ok_or_else(|| unfit(name))
        };
        let (metrics, segments) = (text("metric")?, text("segment")?);
        let times = batch.column_by_name("last_hour");
        let times = times.and_then(|c| c.as_primitive_opt::<TimestampMicrosecondType>());
        let times = times.ok_or_else(|| unfit("last_hour"))?;
        let values = batch.column_by_name("value").and_then(|c| c.as_primitive_opt::<Float64Type>());
        let values = values.ok_or_else(|| unfit("value"))?;
        for (row, segment) in segments.iter().enumerate() {
            let hour = times.value(row).div_euclid(MICROS_PER_HOUR);
            if segment == Some(OF_RULES) && hours.contains(&hour) {
                measured.push((hour, metrics.value(row).to_owned(), values.value(row)));
            }
        }
    }
    Ok(measured)
}

/// The segment of `ops.profiles` under which load-facts notes what rules measured.
const OF_RULES: &str = "rule";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seasons_are_those_of_the_batch() {
        let row = |at: i64, value: f64| (at, "clean_events:RowCount".to_owned(), value);
        let measured = vec![row(999, 1.0), row(976, 2.0), row(832, 3.0), row(664, 4.0), row(640, 5.0)];
        let history = History { hour: 1000, measured };
        let of = |k, season| history.of("clean_events:RowCount", k, season);
        assert_eq!(of(2, Season::Any), [1.0, 2.0]);
        assert_eq!(of(9, Season::HourOfDay), [2.0, 3.0, 4.0, 5.0]);
        assert_eq!(of(9, Season::HourOfWeek), [3.0, 4.0]);
        // Hours 999 and 1000 are of one day.
        assert_eq!(of(9, Season::DayOfWeek), [1.0, 3.0, 4.0]);
        assert!(history.of("raw:RowCount", 9, Season::Any).is_empty());
    }
}
