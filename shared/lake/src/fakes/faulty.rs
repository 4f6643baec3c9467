//! Wrappers that fail by schedule.

use std::future::Future;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use super::faults::{Fault, Faults, Op, injected};
use crate::error::{ErrorKind, Result};
use crate::ports::{Catalog, CommitLock, Head, ObjectInfo, ObjectStore, Page, Put, Swap, TableId};

/// A store that fails by schedule.
#[derive(Debug)]
pub struct FaultyStore {
    inner: Arc<dyn ObjectStore>,
    faults: Faults,
}

/// A catalog that fails by schedule.
#[derive(Debug)]
pub struct FaultyCatalog {
    inner: Arc<dyn Catalog>,
    faults: Faults,
}

impl FaultyStore {
    /// Wraps a store.
    pub fn new(inner: Arc<dyn ObjectStore>, faults: Faults) -> Self {
        Self { inner, faults }
    }
}

impl FaultyCatalog {
    /// Wraps a catalog.
    pub fn new(inner: Arc<dyn Catalog>, faults: Faults) -> Self {
        Self { inner, faults }
    }
}

async fn call<T>(
    faults: &Faults,
    op: Op,
    conflict: Option<T>,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    match (faults.next(op), conflict) {
        (None, _) => work.await,
        (Some(Fault::Before(kind)), _) => Err(injected(kind, op)),
        (Some(Fault::After(kind)), _) => work.await.and_then(|_| Err(injected(kind, op))),
        (Some(Fault::Conflict), Some(conflict)) => Ok(conflict),
        // What a store answers when two conditional puts of a key meet, which a retry resolves.
        (Some(Fault::Conflict), None) => Err(injected(ErrorKind::Unavailable, op)),
    }
}

#[async_trait]
impl ObjectStore for FaultyStore {
    async fn get(&self, key: &str) -> Result<Bytes> {
        call(&self.faults, Op::Read, None, self.inner.get(key)).await
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Bytes> {
        call(&self.faults, Op::Read, None, self.inner.get_range(key, range)).await
    }

    async fn size_bytes(&self, key: &str) -> Result<u64> {
        call(&self.faults, Op::Read, None, self.inner.size_bytes(key)).await
    }

    async fn modified_ms(&self, key: &str) -> Result<i64> {
        call(&self.faults, Op::Read, None, self.inner.modified_ms(key)).await
    }

    async fn put_if_absent(&self, key: &str, body: Bytes) -> Result<Put> {
        call(&self.faults, Op::Write, None, self.inner.put_if_absent(key, body)).await
    }

    async fn put_file_if_absent(&self, key: &str, file: &Path) -> Result<Put> {
        call(&self.faults, Op::Write, None, self.inner.put_file_if_absent(key, file)).await
    }

    async fn copy_if_absent(&self, from: &str, to: &str) -> Result<Put> {
        call(&self.faults, Op::Write, None, self.inner.copy_if_absent(from, to)).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ObjectInfo>> {
        call(&self.faults, Op::List, None, self.inner.list(prefix)).await
    }

    async fn list_page(&self, prefix: &str, after: Option<&str>) -> Result<Page> {
        call(&self.faults, Op::List, None, self.inner.list_page(prefix, after)).await
    }

    async fn delete(&self, key: &str) -> Result<()> {
        call(&self.faults, Op::Delete, None, self.inner.delete(key)).await
    }

    fn location(&self, key: &str) -> String {
        self.inner.location(key)
    }

    fn key_of(&self, location: &str) -> Result<String> {
        self.inner.key_of(location)
    }
}

#[async_trait]
impl Catalog for FaultyCatalog {
    async fn head(&self, table: &TableId) -> Result<Option<Head>> {
        call(&self.faults, Op::Head, None, self.inner.head(table)).await
    }

    async fn create(&self, table: &TableId, metadata_location: &str) -> Result<Swap> {
        let created = self.inner.create(table, metadata_location);
        call(&self.faults, Op::Create, Some(Swap::Conflict), created).await
    }

    async fn swap(&self, table: &TableId, old: &Head, metadata_location: &str) -> Result<Swap> {
        let swapped = self.inner.swap(table, old, metadata_location);
        call(&self.faults, Op::Swap, Some(Swap::Conflict), swapped).await
    }

    async fn tables(&self) -> Result<Vec<TableId>> {
        call(&self.faults, Op::Head, None, self.inner.tables()).await
    }

    async fn lock(&self, table: &TableId) -> Result<Option<CommitLock>> {
        self.inner.lock(table).await
    }
}
