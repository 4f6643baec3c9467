//! Objects in a bucket.

mod write;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::builders::GetObjectFluentBuilder;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::Object;
use bytes::Bytes;
use estrella_lake::{Error, ErrorKind, ObjectInfo, ObjectStore, PAGE_OBJECTS, Page, Put, Result, check_key};

use crate::error::mapped;

/// A version that is told by its entity tag, for buckets that keep no versions.
const ETAG: &str = "etag:";

/// Objects in one bucket.
#[derive(Debug, Clone)]
pub struct S3Store {
    client: Client,
    bucket: String,
    /// What is read: the newest version if none is named.
    version: Option<String>,
}

impl S3Store {
    /// Objects of a bucket.
    pub fn new(config: &SdkConfig, bucket: &str) -> Self {
        // The bucket's name in the path works with every endpoint, and with names that have dots.
        let own_endpoint = config.endpoint_url().is_some();
        let config = aws_sdk_s3::config::Builder::from(config).force_path_style(own_endpoint).build();
        Self { client: Client::from_conf(config), bucket: bucket.to_owned(), version: None }
    }

    fn reading(&self, key: &str) -> Result<GetObjectFluentBuilder> {
        check_key(key)?;
        let get = self.client.get_object().bucket(&self.bucket).key(key);
        Ok(match self.version.as_deref().map(|version| (version.strip_prefix(ETAG), version)) {
            None => get,
            Some((Some(etag), _)) => get.if_match(format!("\"{etag}\"")),
            Some((None, version)) => get.version_id(version),
        })
    }

    /// The body, and whether it is only the range that was asked for.
    async fn body(&self, key: &str, get: GetObjectFluentBuilder) -> Result<(Bytes, bool)> {
        let place = || self.location(key);
        let found = get.send().await.map_err(|e| mapped("read object", place(), e))?;
        let is_part = found.content_range().is_some();
        let body = found.body.collect().await;
        let body = body.map_err(|e| Error::unavailable("read object").at(place()).because(e))?;
        Ok((body.into_bytes(), is_part))
    }

    async fn head(&self, key: &str) -> Result<HeadObjectOutput> {
        check_key(key)?;
        let mut head = self.client.head_object().bucket(&self.bucket).key(key);
        if let Some(version) = self.version.as_deref().filter(|version| !version.starts_with(ETAG)) {
            head = head.version_id(version);
        }
        head.send().await.map_err(|e| mapped("find object", self.location(key), e))
    }

    async fn exists(&self, key: &str) -> Result<bool> {
        match self.size_bytes(key).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn out_of_range(&self, key: &str, range: &Range<u64>) -> Error {
        Error::invalid(format!("bytes {range:?} are not in the object")).at(self.location(key))
    }
}

/// A listed object; none if S3 leaves out what it always tells.
fn info(object: &Object) -> Option<ObjectInfo> {
    Some(ObjectInfo {
        key: object.key()?.to_owned(),
        size_bytes: u64::try_from(object.size()?).ok()?,
        modified_ms: object.last_modified()?.to_millis().ok()?,
    })
}

fn half_told(prefix: &str) -> Error {
    Error::unavailable("S3 lists an object without key, size or time").at(prefix)
}

#[async_trait]
impl ObjectStore for S3Store {
    async fn get(&self, key: &str) -> Result<Bytes> {
        Ok(self.body(key, self.reading(key)?).await?.0)
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Bytes> {
        if range.start >= range.end {
            // S3 has no empty ranges.
            let fits = range.start == range.end && range.end <= self.size_bytes(key).await?;
            return if fits { Ok(Bytes::new()) } else { Err(self.out_of_range(key, &range)) };
        }
        let get = self.reading(key)?.range(format!("bytes={}-{}", range.start, range.end - 1));
        let (body, is_part) = self.body(key, get).await?;
        // What leaves the object is cut off silently. A server may also pass over the range and send everything.
        let wanted = if is_part { 0..range.end - range.start } else { range.clone() };
        let fits = if is_part { body.len() as u64 == wanted.end } else { body.len() as u64 >= wanted.end };
        if !fits {
            return Err(self.out_of_range(key, &range));
        }
        Ok(body.slice(wanted.start as usize..wanted.end as usize))
    }

    async fn size_bytes(&self, key: &str) -> Result<u64> {
        let size = self.head(key).await?.content_length().and_then(|size| u64::try_from(size).ok());
        size.ok_or_else(|| Error::unavailable("S3 tells no size").at(self.location(key)))
    }

    async fn modified_ms(&self, key: &str) -> Result<i64> {
        let modified = self.head(key).await?.last_modified().and_then(|time| time.to_millis().ok());
        modified.ok_or_else(|| Error::unavailable("S3 tells no time").at(self.location(key)))
    }

    async fn put_if_absent(&self, key: &str, body: Bytes) -> Result<Put> {
        check_key(key)?;
        self.put_bytes(key, body).await
    }

    async fn put_file_if_absent(&self, key: &str, file: &Path) -> Result<Put> {
        check_key(key)?;
        self.put_file(key, file).await
    }

    async fn copy_if_absent(&self, from: &str, to: &str) -> Result<Put> {
        check_key(from)?;
        check_key(to)?;
        self.copy(from, to).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ObjectInfo>> {
        let list = self.client.list_objects_v2().bucket(&self.bucket).prefix(prefix);
        let mut pages = list.into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| mapped("list objects", self.location(prefix), e))?;
            for object in page.contents() {
                found.push(info(object).ok_or_else(|| half_told(prefix))?);
            }
        }
        found.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        Ok(found)
    }

    async fn list_page(&self, prefix: &str, after: Option<&str>) -> Result<Page> {
        let list = self.client.list_objects_v2().bucket(&self.bucket).prefix(prefix);
        let list = list.set_start_after(after.map(str::to_owned)).max_keys(PAGE_OBJECTS as i32);
        let page = list.send().await.map_err(|e| mapped("list objects", self.location(prefix), e))?;
        let objects: Option<Vec<ObjectInfo>> = page.contents().iter().map(info).collect();
        let objects = objects.ok_or_else(|| half_told(prefix))?;
        Ok(Page { objects, has_more: page.is_truncated() == Some(true) })
    }

    async fn delete(&self, key: &str) -> Result<()> {
        check_key(key)?;
        let delete = self.client.delete_object().bucket(&self.bucket).key(key);
        delete.send().await.map_err(|e| mapped("remove object", self.location(key), e))?;
        Ok(())
    }

    fn location(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.bucket)
    }

    fn at_version(&self, version: &str) -> Option<Arc<dyn ObjectStore>> {
        Some(Arc::new(Self { version: Some(version.to_owned()), ..self.clone() }))
    }

    fn key_of(&self, location: &str) -> Result<String> {
        // Hadoop's engines write their own schemes.
        let path = ["s3://", "s3a://", "s3n://"].iter().find_map(|scheme| location.strip_prefix(scheme));
        let key = path.and_then(|path| path.strip_prefix(&self.bucket)?.strip_prefix('/'));
        let key = key.ok_or_else(|| Error::invalid("location is outside of the bucket").at(location))?;
        check_key(key)?;
        Ok(key.to_owned())
    }
}
