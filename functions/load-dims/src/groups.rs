//! Aggregates by key, in memory as far as they fit.

use std::hash::Hash;
use std::path::Path;

use estrella_core::star::{Merge, SortKey};
use estrella_lake::Result;
use hashbrown::{Equivalent, HashMap};
use serde::{Serialize, de::DeserializeOwned};

use crate::Sizes;
use crate::runs::Runs;

/// Aggregates by key. When there are too many, they become a sorted run on disk.
pub(crate) struct Groups<K, V> {
    aggregates: HashMap<K, V>,
    limit: usize,
    runs: Runs<K, V>,
}

impl<K: SortKey, V: Merge + Serialize + DeserializeOwned> Groups<K, V> {
    /// Keeps up to `limit` aggregates in memory.
    pub(crate) fn new(limit: usize, sizes: Sizes, scratch: &Path) -> Self {
        // Its full size at once: a table that grows is copied over and over, and memory that is not used costs nothing.
        let aggregates = HashMap::with_capacity(limit);
        Self { aggregates, limit, runs: Runs::new(sizes.runs, scratch) }
    }

    /// Merges into the aggregate of a key, which may be borrowed.
    pub(crate) fn merge<Q>(&mut self, key: Q, value: V) -> Result<()>
    where
        Q: Hash + Equivalent<K> + Into<K>,
    {
        if let Some(aggregate) = self.aggregates.get_mut(&key) {
            aggregate.merge(value);
            return Ok(());
        }
        self.insert(key.into(), value)
    }

    /// Everything as runs, which takes less memory than sorting it in place.
    pub(crate) fn finish(mut self) -> Result<Runs<K, V>> {
        if !self.aggregates.is_empty() {
            self.spill()?;
        }
        Ok(self.runs)
    }

    #[inline(never)]
    fn insert(&mut self, key: K, value: V) -> Result<()> {
        if self.aggregates.len() >= self.limit {
            self.spill()?;
        }
        self.aggregates.insert(key, value);
        Ok(())
    }

    fn spill(&mut self) -> Result<()> {
        let mut sorted: Vec<_> = self.aggregates.iter().map(|record| (record.0.prefix(), record)).collect();
        sorted.sort_unstable_by(|(a, left), (b, right)| a.cmp(b).then_with(|| left.0.cmp(right.0)));
        self.runs.write(sorted.into_iter().map(|(_, record)| record))?;
        self.aggregates.clear();
        Ok(())
    }
}
