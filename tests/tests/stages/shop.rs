//! A lake in memory, the objects that were delivered to it, and its tables as text.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, TimestampMicrosecondType};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use estrella_contracts::{Loaded, ObjectRef};
use estrella_core::event::{date_of, format_date};
use estrella_core::schema::{
    ALL_TABLES, CLEAN_EVENTS, DIM_USERS, FACT_USER_EVENTS, REJECTED_EVENTS, RUNS, TableSchema,
};
use estrella_lake::data::ParquetFile;
use estrella_lake::{ObjectStore, PlannedFile, Table};
use estrella_runtime::Deps;
use estrella_runtime::fakes::Fakes;

use crate::chain::chain;
use crate::rows::{HEADER, fact, reasons, users};

/// Rows of each table, sorted, as text; without run ids, which hold the ids of snapshots.
pub(crate) type Tables = BTreeMap<String, Vec<String>>;

pub(crate) struct Shop {
    pub(crate) fakes: Fakes,
    pub(crate) objects: Vec<ObjectRef>,
    /// All rows of the objects, in the order of delivery.
    pub(crate) rows: Vec<(String, u64, String)>,
}

impl Shop {
    pub(crate) fn new() -> Self {
        Self { fakes: Fakes::new().unwrap(), objects: Vec::new(), rows: Vec::new() }
    }

    pub(crate) async fn copy(&self) -> Self {
        let fakes = self.fakes.copy().await.unwrap();
        Self { fakes, objects: self.objects.clone(), rows: self.rows.clone() }
    }

    pub(crate) fn deps(&self) -> Deps {
        self.fakes.deps()
    }

    /// An object arrives.
    pub(crate) async fn put(&mut self, key: &str, rows: &[String]) -> ObjectRef {
        let body = format!("{HEADER}\n{}\n", rows.join("\n"));
        let size_bytes = body.len() as u64;
        self.fakes.raw.put_if_absent(key, body.into()).await.unwrap();
        let object = ObjectRef { bucket: "shop".into(), key: key.into(), version: "1".into(), size_bytes };
        self.objects.push(object.clone());
        self.rows.extend((2..).zip(rows).map(|(line, row)| (key.to_owned(), line, row.clone())));
        object
    }

    pub(crate) async fn extract(&self) {
        for object in &self.objects {
            estrella_extract::handle(object, &self.deps()).await.unwrap();
        }
    }

    /// All objects from raw to star.
    pub(crate) async fn run(&self) -> Vec<Loaded> {
        chain(&self.objects, &self.deps()).await.unwrap()
    }

    pub(crate) async fn table(&self, schema: &'static TableSchema) -> Table {
        self.deps().lake.table(schema).await.unwrap()
    }

    pub(crate) async fn heads(&self) -> BTreeMap<String, Option<i64>> {
        let mut heads = BTreeMap::new();
        for schema in ALL_TABLES {
            heads.insert(schema.full_name(), self.table(schema).await.snapshot_id());
        }
        heads
    }

    pub(crate) async fn rows_of(&self, schema: &'static TableSchema) -> Vec<String> {
        let files = self.table(schema).await.plan(None).await.unwrap();
        self.read(schema, &files, |column| column != "run_id").await
    }

    pub(crate) async fn read(
        &self,
        schema: &TableSchema,
        files: &[PlannedFile],
        wanted: impl Fn(&str) -> bool,
    ) -> Vec<String> {
        let names = schema.columns.iter().map(|column| column.name).filter(|name| wanted(name));
        let names: Vec<&str> = names.collect();
        let mut rows = Vec::new();
        for planned in files {
            let store = self.deps().lake.store().clone();
            let file = ParquetFile::open(&store, &planned.key).await.unwrap();
            for group in 0..file.groups() {
                rows.extend(texts(&file.read(group, &names).await.unwrap()));
            }
        }
        rows.sort_unstable();
        rows
    }

    pub(crate) async fn tables(&self) -> Tables {
        let mut tables = Tables::new();
        for schema in ALL_TABLES {
            tables.insert(schema.full_name(), self.rows_of(schema).await);
        }
        tables
    }

    /// The tables that follow from the events alone.
    pub(crate) async fn star(&self) -> Tables {
        let mut tables = self.tables().await;
        tables.retain(|name, _| !name.starts_with("ops."));
        tables
    }

    /// Asserts that no state of any table that a reader could have loaded has a key twice.
    pub(crate) async fn assert_keys_were_always_unique(&self, what: &str) {
        for schema in ALL_TABLES {
            let table = self.table(schema).await;
            let mut files = Vec::new();
            for snapshot in table.history().into_iter().rev() {
                let added = table.added_files(snapshot.snapshot_id).await.unwrap();
                match snapshot.operation.as_str() {
                    "append" => {}
                    // Facts that were filled in keep the beginning of their file's name.
                    "replace" => files.retain(|file: &PlannedFile| {
                        let stem = file.key.split('.').next();
                        added.iter().all(|added| added.key.split('.').next() != stem)
                    }),
                    _ => files.clear(),
                }
                files.extend(added);
                let rows = self.read(schema, &files, |column| schema.key.contains(&column)).await;
                let distinct: HashSet<&String> = rows.iter().collect();
                assert_eq!(distinct.len(), rows.len(), "{what}: {} at {snapshot:?}", schema.full_name());
                assert_eq!(snapshot.summary["total-records"], rows.len().to_string(), "{what}: {snapshot:?}");
            }
        }
    }

    /// Asserts that the tables hold what the objects say.
    pub(crate) async fn assert_as_delivered(&self, what: &str) {
        let (good, refused): (Vec<_>, Vec<_>) =
            self.rows.iter().partition(|(_, _, row)| reasons(row).is_empty());
        let events: BTreeSet<&str> = good.iter().map(|(_, _, row)| row.as_str()).collect();

        let mut facts: Vec<String> = events.iter().map(|row| fact(row)).collect();
        facts.sort_unstable();
        let files = self.table(&FACT_USER_EVENTS).await.plan(None).await.unwrap();
        assert_eq!(
            self.read(&FACT_USER_EVENTS, &files, |column| column != "event_id").await,
            facts,
            "{what}"
        );
        let files = self.table(&CLEAN_EVENTS).await.plan(None).await.unwrap();
        assert_eq!(self.read(&CLEAN_EVENTS, &files, |_| true).await.len(), events.len(), "{what}");

        let object = |key: &str| self.deps().raw.location(key);
        let refused =
            refused.iter().map(|(key, line, row)| format!("{}|1|{line}|{}|{row}", object(key), reasons(row)));
        let mut refused: Vec<String> = refused.collect();
        refused.sort_unstable();
        assert_eq!(self.rows_of(&REJECTED_EVENTS).await, refused, "{what}");
        let files = self.table(&DIM_USERS).await.plan(None).await.unwrap();
        let of_events = |column: &str| {
            let known = DIM_USERS.position("first_seen_at").unwrap();
            column == "user_id" || DIM_USERS.position(column).unwrap() >= known
        };
        assert_eq!(self.read(&DIM_USERS, &files, of_events).await, users(&events), "{what}");

        let runs = self.runs().await;
        let sum = |at: usize| runs.iter().map(|run| run[at]).sum::<usize>();
        let expected = [self.rows.len(), events.len(), good.len() - events.len(), refused.len(), 0];
        assert_eq!([sum(0), sum(1), sum(2), sum(3), sum(4)], expected, "{what}");
    }

    /// rows_in, facts, duplicates, rejected, blocked of each run.
    pub(crate) async fn runs(&self) -> Vec<[usize; 5]> {
        let counts = |row: &String| {
            let cells: Vec<&str> = row.split('|').collect();
            // The rows lack the run's id, which is the first column.
            ["rows_in", "facts", "duplicates", "rejected", "blocked"]
                .map(|name| cells[RUNS.position(name).unwrap() - 1].parse().unwrap())
        };
        self.rows_of(&RUNS).await.iter().map(counts).collect()
    }
}

pub(crate) fn texts(batch: &RecordBatch) -> Vec<String> {
    let columns: Vec<Vec<String>> = batch.columns().iter().map(|column| cells(column)).collect();
    let row = |at: usize| {
        columns.iter().map(|column: &Vec<String>| column[at].as_str()).collect::<Vec<_>>().join("|")
    };
    (0..batch.num_rows()).map(row).collect()
}

pub(crate) fn cells(column: &dyn Array) -> Vec<String> {
    if let DataType::Timestamp(..) = column.data_type() {
        return column
            .as_primitive::<TimestampMicrosecondType>()
            .iter()
            .map(|time| time.map(clock).unwrap_or_default())
            .collect();
    }
    let options = FormatOptions::default();
    let format = ArrayFormatter::try_new(column, &options).unwrap();
    (0..column.len()).map(|row| format.value(row).to_string()).collect()
}

pub(crate) fn clock(micros: i64) -> String {
    let second = micros / 1_000_000 % 86_400;
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{} {hour:02}:{minute:02}:{second:02} UTC", format_date(date_of(micros)))
}
