//! Row groups whose times meet, which have to be merged; the others follow one another.

use std::sync::Arc;

use estrella_core::schema::TableSchema;

use crate::data::ParquetFile;
use crate::error::Result;

/// The column whose bounds tell the order of row groups, if a table is sorted by it.
const TIME: &str = "event_time";

/// A row group.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) file: Arc<ParquetFile>,
    pub(super) index: usize,
    /// Least and greatest time; unknown where the table is sorted otherwise or the footer does not say.
    times: Option<(i64, i64)>,
}

impl Group {
    /// The row groups of a file.
    pub(super) fn all(table: &TableSchema, file: ParquetFile) -> Result<Vec<Self>> {
        let file = Arc::new(file);
        let column = if table.sort == [TIME] { Some(file.column(TIME)?) } else { None };
        let group = |index| Self {
            times: column.and_then(|column| file.long_bounds(index, column)),
            file: file.clone(),
            index,
        };
        Ok((0..file.groups()).map(group).collect())
    }

    pub(super) fn rows(&self) -> u64 {
        self.file.group_rows(self.index)
    }
}

/// Clusters in the order of time. Rows of one do not come between those of another.
pub(super) fn clusters(mut groups: Vec<Group>) -> Vec<Vec<Group>> {
    if groups.iter().any(|group| group.times.is_none()) {
        return vec![groups];
    }
    groups.sort_by_key(|group| group.times);
    let mut clusters: Vec<Vec<Group>> = Vec::new();
    let mut last = i64::MAX;
    for group in groups {
        let (start, end) = group.times.unwrap_or_default();
        match clusters.last_mut() {
            Some(cluster) if start < last => {
                cluster.push(group);
                last = last.max(end);
            }
            _ => {
                clusters.push(vec![group]);
                last = end;
            }
        }
    }
    clusters
}
