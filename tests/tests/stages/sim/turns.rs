//! Several processes that take turns at every call they make of a store or catalog, by the dice.

use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use estrella_lake::{Catalog, Head, ObjectInfo, ObjectStore, Page, Put, Result, Swap, TableId};
use tokio::sync::Notify;

use super::story::Dice;

/// Whose turn it is. A process keeps its turn between two calls, so that one runs at a time.
#[derive(Debug)]
pub(crate) struct Turns {
    state: Mutex<State>,
    passed_on: Notify,
}

#[derive(Debug)]
struct State {
    dice: Dice,
    alive: Vec<usize>,
    whose: usize,
}

impl Turns {
    pub(crate) fn new(processes: usize, seed: u64) -> Self {
        let mut dice = Dice(seed);
        let whose = dice.below(processes.max(1) as u64) as usize;
        let state = State { dice, alive: (0..processes).collect(), whose };
        Self { state: Mutex::new(state), passed_on: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Comes before a call: the turn may go to somebody else first.
    async fn call(&self, process: usize) {
        let has_passed_on = {
            let mut state = self.state();
            let passes_on = state.whose == process && state.dice.below(4) == 0;
            if passes_on {
                state.pass_on();
            }
            passes_on
        };
        if has_passed_on {
            self.passed_on.notify_waiters();
        }
        self.wait(process).await;
    }

    /// Waits for the turn.
    pub(crate) async fn wait(&self, process: usize) {
        loop {
            // Made before the look: what is passed on between the two is heard.
            let passed_on = self.passed_on.notified();
            if self.state().whose == process {
                return;
            }
            passed_on.await;
        }
    }

    /// A process has ended.
    pub(crate) fn end(&self, process: usize) {
        let mut state = self.state();
        state.alive.retain(|alive| *alive != process);
        if state.whose == process {
            state.pass_on();
        }
        drop(state);
        self.passed_on.notify_waiters();
    }
}

impl State {
    fn pass_on(&mut self) {
        if !self.alive.is_empty() {
            self.whose = self.alive[self.dice.below(self.alive.len() as u64) as usize];
        }
    }
}

/// A store or catalog as one of the processes sees it.
#[derive(Debug)]
pub(crate) struct InTurns<T: ?Sized> {
    pub(crate) inner: Arc<T>,
    pub(crate) turns: Arc<Turns>,
    pub(crate) process: usize,
}

#[async_trait::async_trait]
impl ObjectStore for InTurns<dyn ObjectStore> {
    async fn get(&self, key: &str) -> Result<Bytes> {
        self.turns.call(self.process).await;
        self.inner.get(key).await
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Bytes> {
        self.turns.call(self.process).await;
        self.inner.get_range(key, range).await
    }

    async fn size_bytes(&self, key: &str) -> Result<u64> {
        self.turns.call(self.process).await;
        self.inner.size_bytes(key).await
    }

    async fn modified_ms(&self, key: &str) -> Result<i64> {
        self.turns.call(self.process).await;
        self.inner.modified_ms(key).await
    }

    async fn put_if_absent(&self, key: &str, body: Bytes) -> Result<Put> {
        self.turns.call(self.process).await;
        self.inner.put_if_absent(key, body).await
    }

    async fn put_file_if_absent(&self, key: &str, file: &Path) -> Result<Put> {
        self.turns.call(self.process).await;
        self.inner.put_file_if_absent(key, file).await
    }

    async fn copy_if_absent(&self, from: &str, to: &str) -> Result<Put> {
        self.turns.call(self.process).await;
        self.inner.copy_if_absent(from, to).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ObjectInfo>> {
        self.turns.call(self.process).await;
        self.inner.list(prefix).await
    }

    async fn list_page(&self, prefix: &str, after: Option<&str>) -> Result<Page> {
        self.turns.call(self.process).await;
        self.inner.list_page(prefix, after).await
    }

    async fn delete(&self, key: &str) -> Result<()> {
        self.turns.call(self.process).await;
        self.inner.delete(key).await
    }

    fn location(&self, key: &str) -> String {
        self.inner.location(key)
    }

    fn key_of(&self, location: &str) -> Result<String> {
        self.inner.key_of(location)
    }
}

#[async_trait::async_trait]
impl Catalog for InTurns<dyn Catalog> {
    async fn head(&self, table: &TableId) -> Result<Option<Head>> {
        self.turns.call(self.process).await;
        self.inner.head(table).await
    }

    async fn create(&self, table: &TableId, metadata_location: &str) -> Result<Swap> {
        self.turns.call(self.process).await;
        self.inner.create(table, metadata_location).await
    }

    async fn swap(&self, table: &TableId, old: &Head, metadata_location: &str) -> Result<Swap> {
        self.turns.call(self.process).await;
        self.inner.swap(table, old, metadata_location).await
    }

    async fn tables(&self) -> Result<Vec<TableId>> {
        self.turns.call(self.process).await;
        self.inner.tables().await
    }
}
