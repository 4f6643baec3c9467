//! Turns for writers, inside a process and between processes.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::PRIVATE_PREFIX;
use super::store::blocking;
use crate::error::{Error, Result};
use crate::ports::{CommitLock, TableId};

/// One lock file per table. Without it commits are as correct, but eight writers that only retry were seen
/// to starve each other.
#[derive(Debug)]
pub(super) struct Locks {
    folder: PathBuf,
    /// Inside the process a fair queue comes first, so that at most one thread per table waits for the file.
    queues: Mutex<HashMap<TableId, Arc<tokio::sync::Mutex<()>>>>,
}

impl Locks {
    pub(super) fn new(root: &std::path::Path) -> Self {
        Self { folder: root.join(format!("{PRIVATE_PREFIX}locks")), queues: Mutex::default() }
    }

    pub(super) async fn lock(&self, table: &TableId) -> Result<Option<CommitLock>> {
        let queue = {
            let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
            queues.entry(table.clone()).or_default().clone()
        };
        let turn = queue.lock_owned().await;
        let path = self.folder.join(table.to_string());
        let folder = self.folder.clone();
        blocking(move || {
            fs::create_dir_all(&folder).map_err(|error| Error::io("create folder", &folder, error))?;
            let file = File::options().create(true).truncate(false).write(true).open(&path);
            let file = file.map_err(|error| Error::io("open lock file", &path, error))?;
            match file.lock() {
                Ok(()) => Ok(Some(CommitLock::new((file, turn)))),
                // Some network file systems cannot lock; then the compare-and-swap has to do.
                Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(Some(CommitLock::new(turn))),
                Err(error) => Err(Error::io("lock file", &path, error)),
            }
        })
        .await
    }
}
