//! The way in: opens tables and commits to them.

use std::sync::Arc;
use std::time::Duration;

use estrella_core::schema::TableSchema;
use iceberg::MetadataLocation;
use iceberg::io::FileIO;

use crate::commit::{self, Backoff, Commit, Expired, Keep, Outcome};
use crate::error::{Error, Result};
use crate::iceberg_io::file_io;
use crate::ports::{Catalog, Clock, ObjectStore, Swap, TableId};
use crate::schema::new_metadata;
use crate::table::Table;

/// A lake: its objects, its catalog and its clock. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Lake {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) catalog: Arc<dyn Catalog>,
    clock: Arc<dyn Clock>,
    pub(crate) io: FileIO,
}

/// How often a table is created or looked up again before the catalog is blamed.
const CREATE_ATTEMPTS: u32 = 5;

impl Lake {
    /// A lake on the given ports.
    pub fn new(store: Arc<dyn ObjectStore>, catalog: Arc<dyn Catalog>, clock: Arc<dyn Clock>) -> Self {
        let io = file_io(&store);
        Self { store, catalog, clock, io }
    }

    /// A lake in a folder, with its catalog in `catalog.db`. Creates both where absent.
    #[cfg(feature = "disk")]
    pub fn open_dir(dir: &std::path::Path) -> Result<Self> {
        let store = crate::disk::DiskStore::open(dir)?;
        let catalog = crate::disk::SqliteCatalog::open(dir)?;
        Ok(Self::new(Arc::new(store), Arc::new(catalog), Arc::new(crate::SystemClock)))
    }

    /// The object store.
    pub fn store(&self) -> &Arc<dyn ObjectStore> {
        &self.store
    }

    /// The catalog.
    pub fn catalog(&self) -> &Arc<dyn Catalog> {
        &self.catalog
    }

    /// The clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Loads the head of a table; creates the table when absent, whoever else does so at the same time.
    pub async fn table(&self, schema: &'static TableSchema) -> Result<Table> {
        let mut backoff = Backoff::new(Duration::from_millis(20), Duration::from_secs(1));
        for attempt in 1.. {
            if let Some(table) = self.table_if_exists(schema).await? {
                return Ok(table);
            }
            match self.create(schema).await {
                // Whatever came of it, the catalog knows: look again.
                Ok(_) => {}
                Err(error) if error.is_retryable() && attempt < CREATE_ATTEMPTS => {
                    tracing::debug!(table = schema.full_name(), %error, "create table again");
                    backoff.wait().await;
                }
                Err(error) => return Err(error),
            }
            if attempt == CREATE_ATTEMPTS {
                break;
            }
        }
        Err(Error::bug("catalog neither has the table nor lets it be created").at(schema.full_name()))
    }

    /// Loads the head of a table, if the table exists.
    pub async fn table_if_exists(&self, schema: &'static TableSchema) -> Result<Option<Table>> {
        match self.catalog.head(&TableId::from(schema)).await? {
            Some(head) => Table::load(schema, self.store.clone(), self.io.clone(), head).await.map(Some),
            None => Ok(None),
        }
    }

    /// Commits exactly once: repeated with the same key, it finds the first commit and changes nothing.
    ///
    /// `Conflict` when the content has to be computed again (see [`Base`](crate::Base)) or a file to be
    /// removed is gone. `Throttled` and `Unavailable` leave the outcome open: commit again with the same key.
    pub async fn commit(&self, schema: &'static TableSchema, commit: Commit) -> Result<Outcome> {
        commit::run(self, schema, &commit).await
    }

    /// Makes a retained snapshot the head again. Its files are still there, so nothing is copied. What was the head until
    /// then stays as long as [`Keep`] says, so this can be taken back.
    ///
    /// `NotFound` when the table does not exist, `InvalidInput` naming the known ids when the snapshot does not.
    pub async fn rollback(&self, schema: &'static TableSchema, snapshot_id: i64) -> Result<()> {
        commit::rollback(self, schema, snapshot_id).await
    }

    /// Forgets the snapshots that are not to be kept, and removes the files that only they named. The head stays, and
    /// so does what a branch or a tag names. Readers of a forgotten snapshot fail.
    ///
    /// A table that does not exist has none. `Conflict` when other writers keep being faster.
    pub async fn expire(&self, schema: &'static TableSchema, keep: Keep) -> Result<Expired> {
        commit::expire(self, schema, keep).await
    }

    async fn create(&self, schema: &'static TableSchema) -> Result<Swap> {
        let location = self.store.location(&format!("{}/{}", schema.namespace, schema.name));
        let metadata = new_metadata(schema, location.clone(), self.clock.now_ms())?;
        let file = MetadataLocation::new_with_metadata(location, &metadata);
        metadata.write_to(&self.io, &file).await?;
        self.catalog.create(&TableId::from(schema), &file.to_string()).await
    }
}
