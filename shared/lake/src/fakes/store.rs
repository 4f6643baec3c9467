//! Objects in memory.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;

use crate::error::{Error, ErrorKind, Result};
use crate::ports::{ObjectInfo, ObjectStore, Put, check_key};

/// Objects in memory, under locations like `memory:///key`.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<BTreeMap<String, Bytes>>);

const SCHEME: &str = "memory:///";

impl MemoryStore {
    fn objects(&self) -> MutexGuard<'_, BTreeMap<String, Bytes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, key: &str) -> Result<Bytes> {
        check_key(key)?;
        self.objects()
            .get(key)
            .cloned()
            .ok_or_else(|| Error::new(ErrorKind::NotFound, "no such object").at(key))
    }
}

#[async_trait]
impl ObjectStore for MemoryStore {
    async fn get(&self, key: &str) -> Result<Bytes> {
        self.find(key)
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Bytes> {
        let body = self.find(key)?;
        let bounds = usize::try_from(range.start).ok().zip(usize::try_from(range.end).ok());
        let inside = bounds.filter(|(start, end)| start <= end && *end <= body.len());
        let outside = || Error::invalid(format!("bytes {range:?} are not in {} bytes", body.len())).at(key);
        inside.map(|(start, end)| body.slice(start..end)).ok_or_else(outside)
    }

    async fn size_bytes(&self, key: &str) -> Result<u64> {
        Ok(self.find(key)?.len() as u64)
    }

    async fn put_if_absent(&self, key: &str, body: Bytes) -> Result<Put> {
        check_key(key)?;
        let mut objects = self.objects();
        if objects.contains_key(key) {
            return Ok(Put::Exists);
        }
        objects.insert(key.to_owned(), body);
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
        self.put_if_absent(to, self.find(from)?).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ObjectInfo>> {
        let objects = self.objects();
        let from_prefix = objects.range(prefix.to_owned()..).take_while(|(key, _)| key.starts_with(prefix));
        let info =
            |(key, body): (&String, &Bytes)| ObjectInfo { key: key.clone(), size_bytes: body.len() as u64 };
        Ok(from_prefix.map(info).collect())
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
