//! Histories, row by row.

use std::path::Path;
use std::sync::Arc;

use estrella_core::changes::{Change, ChangeKey, Value, Version, history};
use estrella_lake::data::ParquetFile;
use estrella_lake::{ObjectStore, PlannedFile, Result};

use super::{Log, files};
use crate::Sizes;
use crate::merge::Merged;
use crate::runs::Runs;

/// A row's key and its versions.
pub(crate) type Historied = (Box<[Value]>, Vec<Version>);

/// The histories of the rows of a table, by ascending key.
pub(crate) struct Histories {
    changes: Merged<ChangeKey, Change>,
    has_history: Vec<bool>,
}

/// Reads changes from files of a log and sorts them, on disk as far as they do not fit. `keep` tells which rows are
/// wanted.
pub(crate) async fn histories(
    log: &Log,
    files: Vec<PlannedFile>,
    store: &Arc<dyn ObjectStore>,
    sizes: Sizes,
    scratch: &Path,
    keep: impl Fn(&[Value]) -> bool,
) -> Result<Histories> {
    let mut runs = Runs::new(sizes.runs, scratch);
    let mut waiting: Vec<(ChangeKey, Change)> = Vec::new();
    let mut number = 0;
    for planned in files {
        let file = ParquetFile::open(store, &planned.key).await?;
        for group in 0..file.groups() {
            for keyed in files::read(&file, group, &log.source, log.table.schema()).await? {
                if keep(&keyed.key) {
                    number += 1;
                    waiting.push((ChangeKey { key: keyed.key, number }, keyed.change));
                }
                if waiting.len() >= sizes.changes {
                    spill(&mut waiting, &mut runs)?;
                }
            }
        }
    }
    spill(&mut waiting, &mut runs)?;
    Ok(Histories { changes: runs.merged()?, has_history: log.source.has_history() })
}

fn spill(waiting: &mut Vec<(ChangeKey, Change)>, runs: &mut Runs<ChangeKey, Change>) -> Result<()> {
    if waiting.is_empty() {
        return Ok(());
    }
    waiting.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    runs.write(waiting.drain(..))
}

impl Histories {
    /// The next row with its versions, oldest first; none of a row that was only ever deleted.
    pub(crate) fn next(&mut self) -> Result<Option<Historied>> {
        while let Some((ChangeKey { key, .. }, change)) = self.changes.next()? {
            let mut changes = vec![change];
            while self.changes.peek().is_some_and(|next| next.key == key) {
                changes.extend(self.changes.next()?.map(|(_, change)| change));
            }
            let versions = history(changes, &self.has_history);
            if !versions.is_empty() {
                return Ok(Some((key, versions)));
            }
        }
        Ok(None)
    }
}
