//! What is newest in a table, without reading about the rest.

use std::cmp::Reverse;

use iceberg::spec::ManifestFile;

use super::Table;
use super::plan::PlannedFile;
use crate::error::Result;
use crate::manifest::{days, load};
use crate::schema::field_id;

const MICROS_PER_DAY: i64 = 86_400_000_000;

impl Table {
    /// Files of the head that were committed last, the newest first. `InvalidInput` as for [`Table::plan`].
    pub async fn newest_files(&self, count: usize) -> Result<Vec<PlannedFile>> {
        let Some(snapshot) = self.metadata().current_snapshot() else { return Ok(Vec::new()) };
        let mut manifests = self.live_manifests(snapshot, None).await?;
        manifests.sort_by_key(|manifest| Reverse(manifest.sequence_number));
        let mut newest: Vec<(i64, PlannedFile)> = Vec::new();
        for manifest in manifests {
            // No entry of a manifest is younger than the manifest.
            if newest.len() == count && newest.last().is_none_or(|(age, _)| *age >= manifest.sequence_number)
            {
                break;
            }
            for (file, manifest) in load(&self.inner, vec![manifest]).await? {
                for entry in manifest.entries().iter().filter(|entry| entry.is_alive()) {
                    let age = entry.sequence_number().unwrap_or_default();
                    newest.push((age, self.planned(entry.data_file(), &file)?));
                }
            }
            newest.sort_by_key(|(age, _)| Reverse(*age));
            newest.truncate(count);
        }
        Ok(newest.into_iter().map(|(_, file)| file).collect())
    }

    /// The last possible `event_time` of the head's rows, in microseconds since the Unix epoch. None when the table has no
    /// such column, no rows, or files without bounds. `InvalidInput` as for [`Table::plan`].
    pub async fn latest_event_time_us(&self) -> Result<Option<i64>> {
        if self.schema.position("event_time").is_none() {
            return Ok(None);
        }
        let Some(snapshot) = self.metadata().current_snapshot() else { return Ok(None) };
        let mut manifests = Vec::new();
        for manifest in self.live_manifests(snapshot, None).await? {
            manifests.push((self.last_day(&manifest)?, manifest));
        }
        // What does not tell its days may have the last one.
        manifests.sort_by_key(|(day, _)| Reverse(day.map_or(i64::MAX, i64::from)));
        let mut latest: Option<i64> = None;
        for (day, manifest) in manifests {
            let is_older = |us: i64| day.is_some_and(|day| us.div_euclid(MICROS_PER_DAY) > i64::from(day));
            if latest.is_some_and(is_older) {
                break;
            }
            for (_, manifest) in load(&self.inner, vec![manifest]).await? {
                let live = manifest.entries().iter().filter(|entry| entry.is_alive());
                let times = live.filter_map(|entry| self.event_time_us(entry.data_file()));
                latest = latest.max(times.map(|(_, last)| last).max());
            }
        }
        Ok(latest)
    }

    /// The last day that a manifest can have files of, if it tells.
    fn last_day(&self, manifest: &ManifestFile) -> Result<Option<i32>> {
        let spec = self.metadata().partition_spec_by_id(manifest.partition_spec_id);
        let (Some(column), Some(spec)) = (self.schema.partition, spec) else { return Ok(None) };
        Ok(days(manifest, spec, field_id(self.schema, column)?).map(|(_, last)| last))
    }
}
