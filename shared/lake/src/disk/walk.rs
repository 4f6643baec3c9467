//! Walking folders in the order of keys.

use std::fs::{self, Metadata};
use std::io;
use std::path::Path;
use std::time::UNIX_EPOCH;

use super::PRIVATE_PREFIX;
use super::store::is_absent;
use crate::error::{Error, Result};
use crate::ports::{ObjectInfo, check_key};

/// Finds the first files whose keys begin with a prefix, by key.
pub(super) struct Walk<'a> {
    root: &'a Path,
    prefix: &'a str,
    after: Option<&'a str>,
    limit: usize,
    found: Vec<ObjectInfo>,
}

impl<'a> Walk<'a> {
    /// At most `limit` files, whose keys come after `after`.
    pub(super) fn new(root: &'a Path, prefix: &'a str, after: Option<&'a str>, limit: usize) -> Self {
        Self { root, prefix, after, limit, found: Vec::new() }
    }

    pub(super) fn run(mut self) -> Result<Vec<ObjectInfo>> {
        // Only the folder that the prefix leads into has to be walked.
        let folder = self.prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
        if !folder.is_empty() {
            check_key(folder)?;
        }
        self.folder(folder)?;
        Ok(self.found)
    }

    fn folder(&mut self, folder: &str) -> Result<()> {
        for key in self.entries(folder)? {
            if self.found.len() >= self.limit {
                return Ok(());
            }
            if let Some(inner) = key.strip_suffix('/') {
                self.folder(inner)?;
                continue;
            }
            let path = self.root.join(&key);
            match fs::metadata(&path) {
                Ok(metadata) => {
                    let (size_bytes, modified_ms) = (metadata.len(), modified_ms(&path, &metadata)?);
                    self.found.push(ObjectInfo { key, size_bytes, modified_ms });
                }
                // Gone since the folder was read.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(Error::io("list folder", &path, error)),
            }
        }
        Ok(())
    }

    /// The wanted entries of a folder by key; folders end with a slash, which is their place in the order of all keys.
    fn entries(&self, folder: &str) -> Result<Vec<String>> {
        let path = self.root.join(folder);
        let fail = |error| Error::io("list folder", &path, error);
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if is_absent(&error) => return Ok(Vec::new()),
            Err(error) => return Err(fail(error)),
        };
        let mut keys = Vec::new();
        for entry in entries {
            let entry = entry.map_err(fail)?;
            let name = entry.file_name();
            // A name that is no text cannot be a key.
            let Some(name) = name.to_str().filter(|name| !name.starts_with(PRIVATE_PREFIX)) else { continue };
            let mut key = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
            let is_folder = match entry.file_type() {
                // What a link leads to counts.
                Ok(kind) if kind.is_symlink() => entry.path().is_dir(),
                Ok(kind) => kind.is_dir(),
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(fail(error)),
            };
            if is_folder {
                key.push('/');
            }
            if self.wants(&key, is_folder) {
                keys.push(key);
            }
        }
        keys.sort_unstable();
        Ok(keys)
    }

    fn wants(&self, key: &str, is_folder: bool) -> bool {
        let leads_to = |wanted: &str| is_folder && wanted.starts_with(key);
        let has_prefix = key.starts_with(self.prefix) || leads_to(self.prefix);
        has_prefix && self.after.is_none_or(|after| key > after || leads_to(after))
    }
}

/// When a file was last written or linked, in milliseconds since the Unix epoch.
pub(super) fn modified_ms(path: &Path, metadata: &Metadata) -> Result<i64> {
    let modified = metadata.modified().map_err(|error| Error::io("read time of file", path, error))?;
    let ms = |time: std::time::Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    Ok(modified.duration_since(UNIX_EPOCH).map_or_else(|before| -ms(before.duration()), ms))
}
