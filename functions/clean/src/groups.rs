//! Row groups of landed files and of the table, with their time ranges.

use std::ops::RangeInclusive;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::TimestampMicrosecondType;
use estrella_contracts::Batch;
use estrella_core::landing::PROFILES_ENTRY;
use estrella_core::profile::Profile;
use estrella_lake::data::ParquetFile;
use estrella_lake::{Error, Result, Table};
use estrella_runtime::Deps;

use crate::contested::in_whole_seconds;

/// A row group.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) file: Arc<ParquetFile>,
    pub(crate) index: usize,
    /// Least and greatest event_time.
    pub(crate) times: RangeInclusive<i64>,
    /// Measures of its rows; landed files carry them.
    pub(crate) profile: Option<Profile>,
}

impl Group {
    /// The whole seconds that its rows are in: within them rows are compared.
    pub(crate) fn seconds(&self) -> RangeInclusive<i64> {
        in_whole_seconds(&self.times)
    }

    pub(crate) fn rows(&self) -> usize {
        self.file.group_rows(self.index) as usize
    }

    /// The identities of its rows, in order; none where `wanted` does not want the row's time.
    pub(crate) async fn identities(&self, wanted: impl Fn(i64) -> bool) -> Result<Vec<Option<u128>>> {
        let batch = self.file.read(self.index, &["event_time", "event_id"]).await?;
        let column = |name: &str| {
            batch
                .column_by_name(name)
                .ok_or_else(|| Error::invalid(format!("no column {name}")).at(self.file.key()))
        };
        let times = column("event_time")?;
        let times = times.as_primitive_opt::<TimestampMicrosecondType>().ok_or_else(|| {
            Error::invalid("event_time is no timestamp in microseconds").at(self.file.key())
        })?;
        let ids = column("event_id")?;
        let ids = ids
            .as_string_opt::<i32>()
            .ok_or_else(|| Error::invalid("event_id is no text").at(self.file.key()))?;
        let identity =
            |(time, id): (&i64, _)| if wanted(*time) { self.parse_id(id).map(Some) } else { Ok(None) };
        times.values().iter().zip(ids).map(identity).collect()
    }

    fn parse_id(&self, id: Option<&str>) -> Result<u128> {
        id.and_then(estrella_core::event::parse_event_id)
            .ok_or_else(|| Error::invalid("event_id is not 32 hex digits").at(self.file.key()))
    }
}

/// The row groups of a batch, by time.
pub(crate) async fn landed_groups(batch: &Batch, deps: &Deps) -> Result<Vec<Group>> {
    let mut found = Vec::new();
    for part in &batch.parts {
        let file = ParquetFile::open(deps.lake.store(), &part.key).await?;
        let profiles = profiles(&file)?;
        if profiles.len() != file.groups() {
            return Err(Error::invalid("landed file has not one profile per row group").at(&part.key));
        }
        let groups = all_groups(file)?;
        found.extend(groups.into_iter().zip(profiles).map(|(group, p)| Group { profile: Some(p), ..group }));
    }
    found.sort_by(|a, b| {
        let order = |g: &Group| (*g.times.start(), *g.times.end(), g.index);
        order(a).cmp(&order(b)).then_with(|| a.file.key().cmp(b.file.key()))
    });
    Ok(found)
}

/// Whether neighbours by time are a whole file whose rows are in the order of time.
pub(crate) fn is_whole_and_sorted(groups: &[Group]) -> bool {
    let in_order =
        |pair: &[Group]| pair[0].index < pair[1].index && pair[0].times.end() <= pair[1].times.start();
    groups.first().is_some_and(|first| groups.len() == first.file.groups()) && groups.windows(2).all(in_order)
}

/// The table's row groups of a date that have a second in common with landed ones.
pub(crate) async fn table_groups(
    table: &Table,
    date: i32,
    landed: &[Group],
    deps: &Deps,
) -> Result<Vec<Group>> {
    let landed: Vec<_> = landed.iter().map(Group::seconds).collect();
    let meets = |seconds: &RangeInclusive<i64>| {
        landed.iter().any(|other| other.start() <= seconds.end() && seconds.start() <= other.end())
    };
    let mut found = Vec::new();
    for planned in table.plan_partition(date).await? {
        let seconds = planned.event_time_us.map(|(least, greatest)| in_whole_seconds(&(least..=greatest)));
        if seconds.is_some_and(|seconds| !meets(&seconds)) {
            continue;
        }
        let groups = all_groups(ParquetFile::open(deps.lake.store(), &planned.key).await?)?;
        found.extend(groups.into_iter().filter(|group| meets(&group.seconds())));
    }
    Ok(found)
}

fn all_groups(file: ParquetFile) -> Result<Vec<Group>> {
    let file = Arc::new(file);
    let column = file.column("event_time")?;
    let groups = (0..file.groups()).map(|index| {
        // Without statistics a row group may hold any time.
        let (least, greatest) = file.long_bounds(index, column).unwrap_or((i64::MIN, i64::MAX));
        Group { file: Arc::clone(&file), index, times: least..=greatest, profile: None }
    });
    Ok(groups.collect())
}

fn profiles(file: &ParquetFile) -> Result<Vec<Profile>> {
    let entries = file.metadata().file_metadata().key_value_metadata();
    let text = entries
        .and_then(|entries| entries.iter().find(|entry| entry.key == PROFILES_ENTRY))
        .and_then(|entry| entry.value.as_deref())
        .ok_or_else(|| Error::invalid("landed file has no profiles").at(file.key()))?;
    serde_json::from_str(text)
        .map_err(|e| Error::invalid("profiles cannot be read").at(file.key()).because(e))
}
