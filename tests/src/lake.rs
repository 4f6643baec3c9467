//! A lake as its users see it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use estrella_core::schema::all_tables;
use serde_json::Value;
use tempfile::TempDir;

use crate::cli::{DONE, Ended, Running, estrella, start};

/// The tables whose rows follow from the events alone, not from when and how they came.
pub const STAR: [&str; 8] = [
    "clean.events",
    "model.fact_user_events",
    "model.dim_users",
    "model.dim_products",
    "model.dim_categories",
    "model.dim_brands",
    "model.dim_sessions",
    "model.dim_time",
];

/// A lake in a scratch folder, with room for input files beside it. When a test is done with it, it is checked.
#[derive(Debug)]
pub struct Lake {
    folder: TempDir,
    is_damaged: bool,
}

impl Default for Lake {
    fn default() -> Self {
        // A name that ordinary tools stumble over.
        let folder = tempfile::Builder::new().prefix("lake of tests ä ").tempdir().expect("a scratch folder");
        Self { folder, is_damaged: false }
    }
}

impl Lake {
    /// Says that the test damages the lake itself, so that it is not checked in the end.
    pub fn will_be_damaged(&mut self) {
        self.is_damaged = true;
    }

    /// Where the lake is.
    pub fn dir(&self) -> PathBuf {
        self.folder.path().join("lake")
    }

    /// The path of an input file.
    pub fn input(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes an input file.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.input(name);
        fs::write(&path, bytes).expect("disk takes it");
        path
    }

    /// Starts a load.
    pub fn start_run(&self, inputs: &[&Path]) -> Running {
        start(self.run_args(inputs))
    }

    /// Loads files.
    pub fn run(&self, inputs: &[&Path]) -> Ended {
        estrella(self.run_args(inputs))
    }

    /// Loads one file that is good, and returns the summary.
    #[track_caller]
    pub fn load(&self, name: &str, bytes: impl AsRef<[u8]>) -> Value {
        let input = self.write(name, bytes);
        self.run(&[&input]).expect(DONE).json()
    }

    fn run_args(&self, inputs: &[&Path]) -> Vec<String> {
        let text = |path: &Path| path.to_str().expect("a UTF-8 path").to_owned();
        let mut args = vec!["run".to_owned(), "--json".to_owned(), "--lake".to_owned(), text(&self.dir())];
        args.push("--input".to_owned());
        args.extend(inputs.iter().map(|path| text(path)));
        args
    }

    /// Calls a command that reads the lake.
    pub fn read(&self, args: &[&str]) -> Ended {
        let dir = self.dir();
        let dir = dir.to_str().expect("a UTF-8 path");
        estrella(args.iter().copied().chain(["--lake", dir]))
    }

    /// The ids of all snapshots, newest first, of every table that is there.
    pub fn snapshots(&self) -> BTreeMap<String, Vec<String>> {
        if !self.dir().join("catalog.db").exists() {
            return BTreeMap::new();
        }
        let tables = self.read(&["tables", "--json"]).expect(DONE).json();
        let names =
            tables.as_array().expect("an array").iter().map(|table| table["name"].as_str().expect("a name"));
        let known: Vec<String> = all_tables().iter().map(|table| table.full_name()).collect();
        names
            .map(|name| {
                assert!(known.iter().any(|table| table == name), "{name}");
                let history = self.read(&["history", name, "--json"]).expect(DONE).json();
                let rows = history.as_array().expect("an array").iter();
                (name.to_owned(), rows.map(|row| row["snapshot_id"].to_string()).collect())
            })
            .collect()
    }

    /// The lines of a query's result, without the header.
    #[track_caller]
    pub fn query(&self, sql: &str) -> Vec<String> {
        let result = self.read(&["query", sql, "--format", "csv"]).expect(DONE).stdout;
        result.lines().skip(1).map(str::to_owned).collect()
    }

    /// A whole number from the lake.
    #[track_caller]
    pub fn number(&self, sql: &str) -> u64 {
        match self.query(sql).as_slice() {
            [line] => line.parse().unwrap_or_else(|_| panic!("{sql}: {line}")),
            lines => panic!("{sql}: {lines:?}"),
        }
    }

    /// All rows of the tables in [`STAR`], sorted.
    pub fn star(&self) -> Star {
        let rows = |name: &&'static str| {
            let mut rows = self.query(&format!("SELECT * FROM {name}"));
            rows.sort_unstable();
            (*name, rows)
        };
        Star(STAR.iter().map(rows).collect())
    }
}

/// Whatever a test does to a lake, it leaves one that is sound.
impl Drop for Lake {
    fn drop(&mut self) {
        // A test that has failed says more than its lake.
        if !self.is_damaged && !thread::panicking() && self.dir().join("catalog.db").exists() {
            self.read(&["check"]).expect(DONE);
        }
    }
}

/// The rows of the tables in [`STAR`].
#[derive(Debug, PartialEq, Eq)]
pub struct Star(BTreeMap<&'static str, Vec<String>>);

impl Star {
    /// Asserts that all tables have the same rows. Shows the first difference, not all rows.
    #[track_caller]
    pub fn assert_same(&self, other: &Self, what: &str) {
        for (table, rows) in &self.0 {
            let others = &other.0[table];
            let differing = rows.iter().zip(others).find(|(a, b)| a != b);
            assert_eq!(differing, None, "{what}: {table} differs");
            assert_eq!(rows.len(), others.len(), "{what}: {table} has another number of rows");
        }
    }

    /// Rows of a table.
    pub fn rows(&self, table: &str) -> &[String] {
        &self.0[table]
    }
}
