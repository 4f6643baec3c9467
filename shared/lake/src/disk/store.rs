//! Objects as files in a folder.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use bytes::Bytes;

use super::walk::{Walk, modified_ms};
use super::{PRIVATE_PREFIX, install};
use crate::error::{Error, ErrorKind, Result};
use crate::ports::{ObjectInfo, ObjectStore, PAGE_OBJECTS, Page, Put, check_key};

/// Objects as files in a folder; a key is the path below it.
#[derive(Debug, Clone)]
pub struct DiskStore {
    root: PathBuf,
    /// `file://` and the root, as text.
    root_location: String,
}

impl DiskStore {
    /// Opens a folder, creating it when absent.
    ///
    /// Refuses paths with `#`, `?` or `%`, and those that are no UTF-8. Locations are written into the metadata
    /// as they are, spaces too, because that is what PyIceberg and DuckDB open; these characters would be
    /// taken apart as parts of a URI.
    pub fn open(root: &Path) -> Result<Self> {
        fs::create_dir_all(root).map_err(|error| Error::io("create folder", root, error))?;
        let root = root.canonicalize().map_err(|error| Error::io("open folder", root, error))?;
        let text = root.to_str().filter(|text| !text.contains(['#', '?', '%']));
        let text =
            text.ok_or_else(|| Error::invalid("folder's path cannot stand in a uri").at(root.display()))?;
        let root_location = format!("file://{}", text.trim_end_matches('/'));
        Ok(Self { root, root_location })
    }

    fn path(&self, key: &str) -> Result<PathBuf> {
        check_key(key)?;
        if key.split('/').any(|segment| segment.starts_with(PRIVATE_PREFIX)) {
            return Err(Error::invalid("key is reserved for scratch files").at(key));
        }
        Ok(self.root.join(key))
    }

    async fn with_path<T: Send + 'static>(
        &self,
        key: &str,
        work: impl FnOnce(&Path) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let path = self.path(key)?;
        blocking(move || work(&path)).await
    }
}

/// Runs work that blocks on the disk away from the async threads.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Error::bug("blocking task failed").because(error))?
}

#[async_trait]
impl ObjectStore for DiskStore {
    async fn get(&self, key: &str) -> Result<Bytes> {
        let read = |path: &Path| fs::read(path).map_err(|error| read_error(path, error));
        self.with_path(key, read).await.map(Bytes::from)
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Bytes> {
        self.with_path(key, move |path| read_range(path, range)).await
    }

    async fn size_bytes(&self, key: &str) -> Result<u64> {
        let size = |path: &Path| match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => Ok(metadata.len()),
            Ok(_) => Err(read_error(path, io::ErrorKind::IsADirectory.into())),
            Err(error) => Err(read_error(path, error)),
        };
        self.with_path(key, size).await
    }

    async fn modified_ms(&self, key: &str) -> Result<i64> {
        let modified = |path: &Path| match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => modified_ms(path, &metadata),
            Ok(_) => Err(read_error(path, io::ErrorKind::IsADirectory.into())),
            Err(error) => Err(read_error(path, error)),
        };
        self.with_path(key, modified).await
    }

    async fn put_if_absent(&self, key: &str, body: Bytes) -> Result<Put> {
        self.with_path(key, move |path| install::bytes(path, &body)).await
    }

    async fn put_file_if_absent(&self, key: &str, file: &Path) -> Result<Put> {
        let file = file.to_owned();
        self.with_path(key, move |path| install::file(&file, path)).await
    }

    async fn copy_if_absent(&self, from: &str, to: &str) -> Result<Put> {
        let from = self.path(from)?;
        self.with_path(to, move |to| install::copy(&from, to)).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ObjectInfo>> {
        let (root, prefix) = (self.root.clone(), prefix.to_owned());
        blocking(move || Walk::new(&root, &prefix, None, usize::MAX).run()).await
    }

    async fn list_page(&self, prefix: &str, after: Option<&str>) -> Result<Page> {
        let (root, prefix, after) = (self.root.clone(), prefix.to_owned(), after.map(str::to_owned));
        blocking(move || {
            let mut objects = Walk::new(&root, &prefix, after.as_deref(), PAGE_OBJECTS + 1).run()?;
            let has_more = objects.len() > PAGE_OBJECTS;
            objects.truncate(PAGE_OBJECTS);
            Ok(Page { objects, has_more })
        })
        .await
    }

    async fn delete(&self, key: &str) -> Result<()> {
        let remove = |path: &Path| match fs::remove_file(path) {
            Err(error) if !is_absent(&error) => Err(Error::io("remove file", path, error)),
            _ => Ok(()),
        };
        self.with_path(key, remove).await
    }

    fn location(&self, key: &str) -> String {
        format!("{}/{key}", self.root_location)
    }

    fn key_of(&self, location: &str) -> Result<String> {
        let root = self.root_location.trim_start_matches("file://");
        // Java engines write file:/path, some others the bare path.
        let path =
            location.strip_prefix("file://").or_else(|| location.strip_prefix("file:")).unwrap_or(location);
        let key = path.strip_prefix(root).and_then(|path| path.strip_prefix('/'));
        let key = key.ok_or_else(|| Error::invalid("location is outside of the lake").at(location))?;
        check_key(key)?;
        Ok(key.to_owned())
    }
}

/// Keys have no folders: what is above or below an object does not exist.
pub(super) fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::IsADirectory | io::ErrorKind::NotADirectory
    )
}

fn read_error(path: &Path, error: io::Error) -> Error {
    match is_absent(&error) {
        true => Error::new(ErrorKind::NotFound, "read file").at(path.display()).because(error),
        false => Error::io("read file", path, error),
    }
}

fn read_range(path: &Path, range: Range<u64>) -> Result<Bytes> {
    let fail = |error| read_error(path, error);
    let mut file = File::open(path).map_err(fail)?;
    let metadata = file.metadata().map_err(fail)?;
    if metadata.is_dir() {
        return Err(fail(io::ErrorKind::IsADirectory.into()));
    }
    let size = metadata.len();
    if range.start > range.end || range.end > size {
        let what = format!("bytes {range:?} are not in a file of {size} bytes");
        return Err(Error::invalid(what).at(path.display()));
    }
    let length = range.end - range.start;
    let mut body = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    file.seek(SeekFrom::Start(range.start)).map_err(fail)?;
    file.take(length).read_to_end(&mut body).map_err(fail)?;
    Ok(body.into())
}
