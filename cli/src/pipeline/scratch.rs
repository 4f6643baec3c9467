//! A folder for the files that a run is writing.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use estrella_lake::{Error, Result};

const OWNER: &str = "owner.lock";

/// A folder of one process. It goes when the process ends; what a killed process left goes with the next one.
#[derive(Debug)]
pub(super) struct Scratch {
    folder: PathBuf,
    /// Locked as long as the owner lives.
    _owner: File,
}

impl Scratch {
    /// Makes a folder below `parent`, and removes those there whose owners are gone.
    pub(super) fn create(parent: &Path) -> Result<Self> {
        fs::create_dir_all(parent).map_err(|e| Error::io("create folder", parent, e))?;
        // Between making a folder and locking it, it looks abandoned: only one process at a time may look.
        let door = locked(&parent.join("door.lock"))?;
        sweep(parent)?;
        let folder = parent.join(uuid::Uuid::new_v4().to_string());
        fs::create_dir(&folder).map_err(|e| Error::io("create folder", &folder, e))?;
        let owner = locked(&folder.join(OWNER))?;
        drop(door);
        Ok(Self { folder, _owner: owner })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next run.
        let _left = fs::remove_dir_all(&self.folder);
    }
}

fn locked(path: &Path) -> Result<File> {
    let file = File::create(path).map_err(|e| Error::io("open", path, e))?;
    file.lock().map_err(|e| Error::io("lock", path, e))?;
    Ok(file)
}

fn sweep(parent: &Path) -> Result<()> {
    for entry in fs::read_dir(parent).map_err(|e| Error::io("list folder", parent, e))? {
        let folder = entry.map_err(|e| Error::io("list folder", parent, e))?.path();
        if !folder.is_dir() {
            continue;
        }
        let alive = File::open(folder.join(OWNER))
            .is_ok_and(|owner| matches!(owner.try_lock(), Err(TryLockError::WouldBlock)));
        if !alive {
            fs::remove_dir_all(&folder).map_err(|e| Error::io("remove folder", &folder, e))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_the_dead_go_and_those_of_the_living_stay() {
        let parent = tempfile::tempdir().unwrap();
        let alive = Scratch::create(parent.path()).unwrap();
        let dead = parent.path().join("dead");
        fs::create_dir(&dead).unwrap();
        fs::write(dead.join(OWNER), "").unwrap();
        fs::write(dead.join("half.parquet"), "x").unwrap();

        let other = Scratch::create(parent.path()).unwrap();
        assert!(!dead.exists());
        assert!(alive.folder().exists() && other.folder().exists());
        let gone = alive.folder().to_owned();
        drop(alive);
        assert!(!gone.exists() && other.folder().exists());
    }
}
