//! The calendar.

use std::ops::RangeInclusive;

use estrella_core::event::date_of;
use estrella_core::schema::DIM_TIME;
use estrella_core::star::{RowReader, calendar};
use estrella_lake::data::ParquetFile;
use estrella_lake::{Error, Result, Table};

use crate::build::{Build, Content};
use crate::output::Output;

/// Days since the Unix epoch.
type Days = RangeInclusive<i32>;

/// Writes all days from the first to the last event if there are more than the calendar has. `times` are those
/// of the new events, in microseconds since the Unix epoch.
pub(crate) async fn write(
    build: &Build<'_>,
    dim: &Table,
    times: Option<(i64, i64)>,
) -> Result<Option<Content>> {
    let existing = if build.rebuild { None } else { days(build, dim).await? };
    let new = times.map(|(first, last)| date_of(first)..=date_of(last));
    let all = span(existing.clone(), new);
    if all == existing && !build.rebuild {
        return Ok(None);
    }
    let mut output = Output::new(build, dim, false);
    if let Some(days) = all {
        // Whole days to a row group.
        let step = (build.sizes.group_rows / 24).max(1);
        for first in days.clone().step_by(step) {
            let last = first.saturating_add(step as i32 - 1).min(*days.end());
            let group = calendar(first, last).map_err(|e| Error::invalid("calendar").because(e))?;
            output.write(&group).await?;
        }
    }
    output.finish().await.map(Some)
}

async fn days(build: &Build<'_>, dim: &Table) -> Result<Option<Days>> {
    let mut all = None;
    for planned in dim.plan(None).await? {
        let file = ParquetFile::open(build.store, &planned.key).await?;
        for group in 0..file.groups() {
            let batch = file.read(group, &["hour_start"]).await?;
            let hours = RowReader::new(&DIM_TIME, &batch).times("hour_start");
            let hours =
                hours.map_err(|e| Error::invalid("rows do not fit the table").at(file.key()).because(e))?;
            let ends = hours.iter().min().zip(hours.iter().max());
            all = span(all, ends.map(|(first, last)| date_of(*first)..=date_of(*last)));
        }
    }
    Ok(all)
}

fn span(a: Option<Days>, b: Option<Days>) -> Option<Days> {
    match (a, b) {
        (Some(a), Some(b)) => Some(*a.start().min(b.start())..=*a.end().max(b.end())),
        (a, b) => a.or(b),
    }
}
