//! Files that appear whole or not at all, and never replace another.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use tempfile::{NamedTempFile, TempPath};

use super::PRIVATE_PREFIX;
use crate::clock::SystemClock;
use crate::error::{Error, ErrorKind, Result};
use crate::ports::{Clock, Put};

/// Writes `body` to a scratch file beside `to` and gives it that name unless it is taken.
pub(super) fn bytes(to: &Path, body: &[u8]) -> Result<Put> {
    let mut scratch = scratch_beside(to)?;
    let written = scratch.write_all(body).and_then(|()| scratch.as_file().sync_all());
    written.map_err(|error| Error::io("write file", to, error))?;
    persist(scratch.into_temp_path(), to)
}

/// Gives a finished scratch file the name `to` unless it is taken, from another file system through a copy.
pub(super) fn file(from: &Path, to: &Path) -> Result<Put> {
    if !from.exists() && to.is_file() {
        return Ok(Put::Exists);
    }
    create_folder(to)?;
    // Opened for writing because some systems refuse to flush a file opened for reading.
    let synced = File::options().append(true).open(from).and_then(|file| file.sync_all());
    synced.map_err(|error| Error::io("flush scratch file", from, error))?;
    let put = match no_clobber(from, to) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => copy_bytes(from, to)?,
        result => {
            let put = result.map_err(|error| Error::io("install file", to, error))?;
            sync_folder(to)?;
            put
        }
    };
    match fs::remove_file(from) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::io("remove scratch file", from, error))
        }
        _ => Ok(put),
    }
}

/// Gives the file `from` a second name unless it is taken. Objects never change, so two names may share the content.
pub(super) fn copy(from: &Path, to: &Path) -> Result<Put> {
    if to.is_file() {
        return Ok(Put::Exists);
    }
    if !from.is_file() {
        return Err(Error::new(ErrorKind::NotFound, "copy file").at(from.display()));
    }
    create_folder(to)?;
    // A link is as old as the file, but its name is new, and what is old is taken for left behind.
    let now = UNIX_EPOCH + Duration::from_millis(SystemClock.now_ms().unsigned_abs());
    let touched = File::options().append(true).open(from).and_then(|file| file.set_modified(now));
    touched.map_err(|error| Error::io("touch file", from, error))?;
    match fs::hard_link(from, to) {
        Ok(()) => sync_folder(to).map(|()| Put::Created),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(Put::Exists),
        // Some file systems have no links.
        Err(_) => copy_bytes(from, to),
    }
}

fn copy_bytes(from: &Path, to: &Path) -> Result<Put> {
    let mut scratch = scratch_beside(to)?;
    let copied = File::open(from).and_then(|mut file| io::copy(&mut file, &mut scratch));
    let copied = copied.and_then(|_| scratch.as_file().sync_all());
    copied.map_err(|error| Error::io("copy file", to, error))?;
    persist(scratch.into_temp_path(), to)
}

fn persist(scratch: TempPath, to: &Path) -> Result<Put> {
    let put = match scratch.persist_noclobber(to) {
        Ok(()) => Put::Created,
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Put::Exists,
        Err(error) => return Err(Error::io("install file", to, error.error)),
    };
    sync_folder(to)?;
    Ok(put)
}

/// Renames without replacing. The scratch file stays when the name is taken or the rename fails.
fn no_clobber(from: &Path, to: &Path) -> io::Result<Put> {
    let mut path = TempPath::try_from_path(from)?;
    path.disable_cleanup(true);
    match path.persist_noclobber(to) {
        Ok(()) => Ok(Put::Created),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(Put::Exists),
        Err(error) => Err(error.error),
    }
}

fn scratch_beside(to: &Path) -> Result<NamedTempFile> {
    let folder = create_folder(to)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(PRIVATE_PREFIX);
    #[cfg(unix)]
    {
        // Scratch files are private by default; this one becomes a file that others may read.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder).map_err(|error| Error::io("create scratch file", folder, error))
}

fn create_folder(to: &Path) -> Result<&Path> {
    let folder = to.parent().ok_or_else(|| Error::bug("file without a folder").at(to.display()))?;
    fs::create_dir_all(folder).map_err(|error| Error::io("create folder", folder, error))?;
    Ok(folder)
}

/// Makes the new name survive a power failure, before a catalog refers to it. With the catalog's own, a commit
/// flushes ten times: measured 2 ms of 3 on an idle disk, 40 ms beside a compiler that kept the disk busy.
fn sync_folder(to: &Path) -> Result<()> {
    let Some(folder) = to.parent().filter(|_| cfg!(unix)) else { return Ok(()) };
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|error| Error::io("flush folder", folder, error))
}
