//! What a table is made of.

use std::collections::HashSet;
use std::sync::Arc;

use iceberg::spec::SnapshotRef;
use xxhash_rust::xxh3::xxh3_128;

use crate::error::Result;
use crate::manifest::{CONCURRENT_LOADS, load, manifests};
use crate::ports::ObjectStore;
use crate::table::Table;

/// The keys of all that a state of a table names: data, manifests, manifest lists, metadata and statistics. Held as
/// hashes, some 20 bytes each.
#[derive(Debug)]
pub(crate) struct Named {
    store: Arc<dyn ObjectStore>,
    hashes: HashSet<u128>,
}

impl Named {
    /// What a table names, with all its retained snapshots.
    pub(crate) async fn by(table: &Table) -> Result<Self> {
        let mut named = Self::by_snapshots(table, table.metadata().snapshots()).await?;
        let metadata = table.metadata();
        let log = metadata.metadata_log().iter().map(|log| &log.metadata_file);
        let statistics = metadata.statistics_iter().map(|file| &file.statistics_path);
        let of_partitions = metadata.partition_statistics_iter().map(|file| &file.statistics_path);
        for location in log.chain(statistics).chain(of_partitions).chain([&table.head.metadata_location]) {
            named.add(location);
        }
        Ok(named)
    }

    async fn by_snapshots(table: &Table, snapshots: impl Iterator<Item = &SnapshotRef>) -> Result<Self> {
        let mut named = Self { store: table.store.clone(), hashes: HashSet::new() };
        for snapshot in snapshots {
            named.add(snapshot.manifest_list());
            let own = manifests(&table.inner, snapshot).await?;
            // Most manifests are shared by many snapshots.
            let new: Vec<_> = own.into_iter().filter(|m| named.add(&m.manifest_path)).collect();
            for some in new.chunks(CONCURRENT_LOADS) {
                for (_, manifest) in load(&table.inner, some.to_vec()).await? {
                    for entry in manifest.entries().iter().filter(|entry| entry.is_alive()) {
                        named.add(entry.data_file().file_path());
                    }
                }
            }
        }
        Ok(named)
    }

    /// Whether an object is named.
    pub(crate) fn contains(&self, key: &str) -> bool {
        self.hashes.contains(&xxh3_128(key.as_bytes()))
    }

    /// Adds what is named by its location, and tells whether it is new. Places outside of the lake are nobody's to remove.
    fn add(&mut self, location: &str) -> bool {
        let key = self.store.key_of(location).unwrap_or_else(|_| location.to_owned());
        self.hashes.insert(xxh3_128(key.as_bytes()))
    }
}
