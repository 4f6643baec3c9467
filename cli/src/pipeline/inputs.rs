//! Which files to load.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use estrella_lake::{Error, Result};
use glob::{MatchOptions, glob_with};
use xxhash_rust::xxh3::Xxh3;

/// Endings of the files that are taken from a folder.
const ENDINGS: [&str; 4] = [".csv", ".csv.gz", ".parquet", ".gz"];
const HASH_BUFFER_BYTES: usize = 1 << 20;

/// A file to load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// As the user wrote it, for messages.
    pub shown: String,
    /// Absolute path.
    pub path: PathBuf,
    /// The path as a key, without the leading slash.
    pub key: String,
}

/// The files that `patterns` name: files, folders (all event files in them and below), or globs. Sorted, each once.
///
/// # Errors
/// `InvalidInput` naming the pattern that is wrong or names nothing.
pub fn find_inputs(patterns: &[String]) -> Result<Vec<Input>> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for pattern in patterns {
        let before = paths.len();
        let path = Path::new(pattern);
        if path.is_dir() {
            walk(path, &mut paths)?;
        } else if path.exists() {
            paths.push(path.to_owned());
        } else {
            // As in a shell, a star does not find hidden files.
            let options = MatchOptions { require_literal_leading_dot: true, ..MatchOptions::new() };
            let found = glob_with(pattern, options).map_err(|e| Error::invalid(e.to_string()).at(pattern))?;
            for entry in found {
                let path = entry.map_err(|e| Error::invalid(e.to_string()).at(pattern))?;
                if path.is_dir() { walk(&path, &mut paths)? } else { paths.push(path) }
            }
        }
        if paths.len() == before {
            return Err(Error::invalid(
                "no event file: expected a file, a folder or a glob of .csv, .csv.gz or .parquet",
            )
            .at(pattern));
        }
    }
    let mut inputs = paths.iter().map(|path| input(path)).collect::<Result<Vec<_>>>()?;
    inputs.sort_by(|a, b| a.path.cmp(&b.path));
    inputs.dedup_by(|a, b| a.path == b.path);
    Ok(inputs)
}

fn input(shown: &Path) -> Result<Input> {
    let path = shown.canonicalize().map_err(|e| Error::io("open", shown, e))?;
    let key = path.to_str().and_then(|text| text.strip_prefix('/'));
    let key = key.ok_or_else(|| Error::invalid("path is not UTF-8").at(path.display()))?.to_owned();
    Ok(Input { shown: shown.display().to_string(), path, key })
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let fault = |e| Error::io("list folder", folder, e);
    for entry in std::fs::read_dir(folder).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            walk(&path, found)?;
        } else if ENDINGS.iter().any(|ending| name.ends_with(ending)) {
            found.push(path);
        }
    }
    Ok(())
}

/// What stands for an object's version on disk: a hash of its content. With it goes the size in bytes.
pub(super) fn content_version(path: &Path) -> Result<(String, u64)> {
    let fault = |e| Error::io("read", path, e);
    let mut file = File::open(path).map_err(fault)?;
    let mut buffer = vec![0; HASH_BUFFER_BYTES];
    let (mut hash, mut size_bytes) = (Xxh3::new(), 0);
    loop {
        match file.read(&mut buffer).map_err(fault)? {
            0 => return Ok((format!("{:032x}", hash.digest128()), size_bytes)),
            read => {
                hash.update(&buffer[..read]);
                size_bytes += read as u64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_folders_and_globs_name_each_file_once() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["b.csv", "a.csv.gz", "notes.txt", ".hidden.csv", "sub/c.parquet"] {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, name).unwrap();
        }
        let pattern = |text: &str| dir.path().join(text).to_str().unwrap().to_owned();
        let names = |patterns: &[String]| -> Vec<String> {
            let inputs = find_inputs(patterns).unwrap();
            inputs.iter().map(|i| i.path.file_name().unwrap().to_str().unwrap().to_owned()).collect()
        };
        assert_eq!(names(&[pattern("")]), ["a.csv.gz", "b.csv", "c.parquet"]);
        assert_eq!(names(&[pattern("*.csv"), pattern("b.csv")]), ["b.csv"]);
        assert_eq!(names(&[pattern("notes.txt")]), ["notes.txt"]);
        assert!(find_inputs(&[pattern("nothing*")]).is_err());
        assert!(find_inputs(&[pattern("gone.csv")]).is_err());
    }

    #[test]
    fn equal_content_is_an_equal_version() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        std::fs::write(path("a"), "x").unwrap();
        std::fs::write(path("b"), "x").unwrap();
        std::fs::write(path("c"), "y").unwrap();
        assert_eq!(content_version(&path("a")).unwrap(), content_version(&path("b")).unwrap());
        assert_ne!(content_version(&path("a")).unwrap(), content_version(&path("c")).unwrap());
    }
}
