//! What every stage is given, in memory. For tests.

use std::io;
use std::sync::Arc;

use estrella_lake::fakes::{
    Faults, FaultyCatalog, FaultyStore, ManualClock, MemoryCatalog, MemoryStore, RecordingAlerts,
};
use estrella_lake::{Catalog, Lake, ObjectStore, Result};
use tempfile::TempDir;

use crate::{Config, Deps, NoProgress};

/// A lake and raw objects in memory, and a scratch folder that goes with it.
#[derive(Debug)]
pub struct Fakes {
    /// Objects of the lake.
    pub store: Arc<MemoryStore>,
    /// Heads of the tables.
    pub catalog: Arc<MemoryCatalog>,
    /// Raw objects.
    pub raw: Arc<MemoryStore>,
    /// The clock.
    pub clock: Arc<ManualClock>,
    /// Messages to humans.
    pub alerts: Arc<RecordingAlerts>,
    /// What an operator may set; two workers, whatever the machine.
    pub config: Config,
    scratch: TempDir,
}

impl Fakes {
    /// An empty lake.
    ///
    /// # Errors
    /// If the scratch folder cannot be made.
    pub fn new() -> io::Result<Self> {
        let clock: Arc<ManualClock> = Arc::default();
        Ok(Self {
            store: Arc::new(MemoryStore::with_clock(clock.clone())),
            catalog: Arc::default(),
            raw: Arc::default(),
            clock,
            alerts: Arc::default(),
            config: Config { workers: 2, ..Config::default() },
            scratch: tempfile::tempdir()?,
        })
    }

    /// Another lake with the same content.
    ///
    /// # Errors
    /// If the scratch folder cannot be made.
    pub async fn copy(&self) -> Result<Self> {
        let mut copy =
            Self::new().map_err(|e| estrella_lake::Error::unavailable(format!("scratch folder: {e}")))?;
        copy.config = self.config.clone();
        for (from, to) in [(&self.store, &copy.store), (&self.raw, &copy.raw)] {
            for object in from.list("").await? {
                to.put_if_absent(&object.key, from.get(&object.key).await?).await?;
            }
        }
        for table in self.catalog.tables().await? {
            if let Some(head) = self.catalog.head(&table).await? {
                copy.catalog.create(&table, &head.metadata_location).await?;
            }
        }
        Ok(copy)
    }

    /// What the stages are given.
    pub fn deps(&self) -> Deps {
        self.over(self.store.clone(), self.catalog.clone(), self.raw.clone())
    }

    /// The same with calls of stores and catalog that fail by one schedule.
    pub fn faulty(&self, faults: &Faults) -> Deps {
        let store = |inner: &Arc<MemoryStore>| Arc::new(FaultyStore::new(inner.clone(), faults.clone()));
        let catalog = Arc::new(FaultyCatalog::new(self.catalog.clone(), faults.clone()));
        self.over(store(&self.store), catalog, store(&self.raw))
    }

    /// Number of files left in the scratch folder.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn scratch_files(&self) -> io::Result<usize> {
        Ok(std::fs::read_dir(self.scratch.path())?.count())
    }

    fn over(
        &self,
        store: Arc<dyn ObjectStore>,
        catalog: Arc<dyn Catalog>,
        raw: Arc<dyn ObjectStore>,
    ) -> Deps {
        Deps {
            lake: Lake::new(store, catalog, self.clock.clone()),
            raw,
            scratch: self.scratch.path().to_owned(),
            config: self.config.clone(),
            progress: Arc::new(NoProgress),
            alerts: self.alerts.clone(),
        }
    }
}
