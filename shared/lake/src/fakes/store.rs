//! Objects in memory.

use std::collections::BTreeMap;
use std::ops::{Bound, Range};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;

use super::ManualClock;
use crate::error::{Error, ErrorKind, Result};
use crate::ports::{Clock, ObjectInfo, ObjectStore, PAGE_OBJECTS, Page, Put, check_key};

/// Objects in memory, under locations like `memory:///key`. Their age is told by a clock that stands unless another is
/// given.
#[derive(Debug)]
pub struct MemoryStore {
    objects: Mutex<BTreeMap<String, Object>>,
    clock: Arc<dyn Clock>,
}

#[derive(Debug, Clone)]
struct Object {
    body: Bytes,
    modified_ms: i64,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::with_clock(Arc::new(ManualClock::default()))
    }
}

const SCHEME: &str = "memory:///";

impl MemoryStore {
    /// An empty store whose objects are as old as a clock says.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self { objects: Mutex::default(), clock }
    }

    fn objects(&self) -> MutexGuard<'_, BTreeMap<String, Object>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, key: &str) -> Result<Object> {
        check_key(key)?;
        self.objects()
            .get(key)
            .cloned()
            .ok_or_else(|| Error::new(ErrorKind::NotFound, "no such object").at(key))
    }
}

fn info((key, object): (&String, &Object)) -> ObjectInfo {
    let (size_bytes, modified_ms) = (object.body.len() as u64, object.modified_ms);
    ObjectInfo { key: key.clone(), size_bytes, modified_ms }
}

#[async_trait]
impl ObjectStore for MemoryStore {
    async fn get(&self, key: &str) -> Result<Bytes> {
        Ok(self.find(key)?.body)
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Bytes> {
        let body = self.find(key)?.body;
        let bounds = usize::try_from(range.start).ok().zip(usize::try_from(range.end).ok());
        let inside = bounds.filter(|(start, end)| start <= end && *end <= body.len());
        let outside = || Error::invalid(format!("bytes {range:?} are not in {} bytes", body.len())).at(key);
        inside.map(|(start, end)| body.slice(start..end)).ok_or_else(outside)
    }

    async fn size_bytes(&self, key: &str) -> Result<u64> {
        Ok(self.find(key)?.body.len() as u64)
    }

    async fn modified_ms(&self, key: &str) -> Result<i64> {
        Ok(self.find(key)?.modified_ms)
    }

    async fn put_if_absent(&self, key: &str, body: Bytes) -> Result<Put> {
        check_key(key)?;
        let mut objects = self.objects();
        if objects.contains_key(key) {
            return Ok(Put::Exists);
        }
        objects.insert(key.to_owned(), Object { body, modified_ms: self.clock.now_ms() });
        Ok(Put::Created)
    }

    async fn put_file_if_absent(&self, key: &str, file: &Path) -> Result<Put> {
        check_key(key)?;
        if !file.exists() && self.find(key).is_ok() {
            return Ok(Put::Exists);
        }
        let body = std::fs::read(file).map_err(|error| Error::io("read scratch file", file, error))?;
        let put = self.put_if_absent(key, body.into()).await?;
        std::fs::remove_file(file).map_err(|error| Error::io("remove scratch file", file, error))?;
        Ok(put)
    }

    async fn copy_if_absent(&self, from: &str, to: &str) -> Result<Put> {
        if self.find(to).is_ok() {
            return Ok(Put::Exists);
        }
        self.put_if_absent(to, self.find(from)?.body).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ObjectInfo>> {
        let objects = self.objects();
        let from_prefix = objects.range(prefix.to_owned()..).take_while(|(key, _)| key.starts_with(prefix));
        Ok(from_prefix.map(info).collect())
    }

    async fn list_page(&self, prefix: &str, after: Option<&str>) -> Result<Page> {
        let objects = self.objects();
        let from = after.filter(|after| *after >= prefix).map_or(Bound::Included(prefix), Bound::Excluded);
        let range = objects.range::<str, _>((from, Bound::Unbounded));
        let mut rest = range.take_while(|(key, _)| key.starts_with(prefix)).map(info);
        let objects = rest.by_ref().take(PAGE_OBJECTS).collect();
        Ok(Page { objects, has_more: rest.next().is_some() })
    }

    async fn delete(&self, key: &str) -> Result<()> {
        check_key(key)?;
        self.objects().remove(key);
        Ok(())
    }

    fn location(&self, key: &str) -> String {
        format!("{SCHEME}{key}")
    }

    fn key_of(&self, location: &str) -> Result<String> {
        let outside = || Error::invalid("location is outside of the lake").at(location);
        let key = location.strip_prefix(SCHEME).ok_or_else(outside)?;
        check_key(key)?;
        Ok(key.to_owned())
    }
}
