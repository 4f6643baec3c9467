//! The runs of one kind of record.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use estrella_core::star::{Merge, SortKey};
use estrella_lake::Result;
use serde::{Serialize, de::DeserializeOwned};

use crate::merge::Merged;
use crate::spill::{Run, RunWriter, SpillFile};

/// Sorted runs of records on disk, not more than a limit of them.
pub(crate) struct Runs<K, V> {
    runs: Vec<Run<(K, V)>>,
    limit: usize,
    file: Option<Arc<SpillFile>>,
    scratch: PathBuf,
}

impl<K: SortKey, V: Merge + Serialize + DeserializeOwned> Runs<K, V> {
    /// No runs yet. From `limit` on they are merged into one before there are more.
    pub(crate) fn new(limit: usize, scratch: &Path) -> Self {
        Self { runs: Vec::new(), limit, file: None, scratch: scratch.to_owned() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Writes a run. The records have the serialized form of a key and its value, and ascending keys.
    pub(crate) fn write<T: Serialize>(&mut self, sorted: impl Iterator<Item = T>) -> Result<()> {
        let file = match &self.file {
            Some(file) => Arc::clone(file),
            None => Arc::clone(self.file.insert(SpillFile::create(&self.scratch)?)),
        };
        if self.runs.len() >= self.limit {
            let mut merged = Merged::new(std::mem::take(&mut self.runs))?;
            let mut run = RunWriter::new(&file);
            while let Some(record) = merged.next()? {
                run.write(&record)?;
            }
            self.runs.push(run.finish()?);
        }
        let mut run = RunWriter::new(&file);
        for record in sorted {
            run.write(&record)?;
        }
        self.runs.push(run.finish()?);
        Ok(())
    }

    /// All records by ascending key.
    pub(crate) fn merged(self) -> Result<Merged<K, V>> {
        Merged::new(self.runs)
    }
}
