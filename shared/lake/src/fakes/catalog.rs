//! Heads in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::error::Result;
use crate::ports::{Catalog, Head, Swap, TableId};

/// Heads in memory. Tokens count versions, as Glue's do. It has no lock, so that tests see lost swaps.
#[derive(Debug, Default)]
pub struct MemoryCatalog(Mutex<BTreeMap<TableId, (u64, String)>>);

impl MemoryCatalog {
    fn heads(&self) -> MutexGuard<'_, BTreeMap<TableId, (u64, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Catalog for MemoryCatalog {
    async fn head(&self, table: &TableId) -> Result<Option<Head>> {
        let heads = self.heads();
        let head = |(version, location): &(u64, String)| Head {
            metadata_location: location.clone(),
            token: version.to_string(),
        };
        Ok(heads.get(table).map(head))
    }

    async fn create(&self, table: &TableId, metadata_location: &str) -> Result<Swap> {
        let mut heads = self.heads();
        if heads.contains_key(table) {
            return Ok(Swap::Conflict);
        }
        heads.insert(table.clone(), (0, metadata_location.to_owned()));
        Ok(Swap::Done)
    }

    async fn swap(&self, table: &TableId, old: &Head, metadata_location: &str) -> Result<Swap> {
        match self.heads().get_mut(table) {
            Some((version, location)) if version.to_string() == old.token => {
                *version += 1;
                metadata_location.clone_into(location);
                Ok(Swap::Done)
            }
            _ => Ok(Swap::Conflict),
        }
    }

    async fn tables(&self) -> Result<Vec<TableId>> {
        Ok(self.heads().keys().cloned().collect())
    }
}
