//! A small lake whose books the tests write themselves.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use estrella_contracts::{
    Batch, ChangesPart, CleanedBatch, Decision, JudgedBatch, JudgedRun, LandedPart, ObjectRef, Part, Plan,
    Receipt, SCHEMA_VERSION, keys,
};
use estrella_core::schema::{CLEAN_EVENTS, FACT_USER_EVENTS, RUNS, TableSchema};
use estrella_core::star::RowBuilder;
use estrella_lake::data::DataFileWriter;
use estrella_lake::{Commit, Lake, NewFile, Operation};
use estrella_load_facts::SOURCE_SNAPSHOT;
use estrella_runtime::{Config, Deps, LoggedAlerts, NoProgress};

pub(crate) const DAY: i32 = 18_170;
pub(crate) const DAY_US: i64 = DAY as i64 * 86_400_000_000;

pub(crate) fn deps(dir: &Path) -> Deps {
    let lake = Lake::open_dir(dir).unwrap();
    Deps {
        raw: Arc::clone(lake.store()),
        lake,
        scratch: dir.to_owned(),
        config: Config::default(),
        progress: Arc::new(NoProgress),
        alerts: Arc::new(LoggedAlerts),
    }
}

/// A row of `ops.runs`.
pub(crate) fn run(id: &str, rows_in: i64, facts: i64, duplicates: i64) -> RowBuilder {
    let mut row = RowBuilder::new(&RUNS);
    row.text(id);
    row.time(DAY_US);
    row.time(DAY_US + 1_500_000);
    row.text("done");
    for number in [1, 1, rows_in, facts, duplicates, 0, 0, 0, 0] {
        row.long(number);
    }
    row.optional_text(None);
    row.optional_text(None);
    row
}

/// Rows of `clean.events` or the facts, whose first columns are the same.
pub(crate) fn events(table: &'static TableSchema, ids: &[&str]) -> RowBuilder {
    let mut rows = RowBuilder::new(table);
    for id in ids {
        rows.text(id);
        rows.time(DAY_US);
        rows.text("view");
        rows.long(7);
        rows.long(8);
        rows.decimal(999);
        rows.text("s");
        rows.optional_long(None);
        rows.text("a.b");
        rows.text("acme");
        if table.name == FACT_USER_EVENTS.name {
            rows.text("unknown");
            rows.text("unknown");
            rows.int(0);
            rows.int(3);
        }
        rows.date(DAY);
    }
    rows
}

pub(crate) async fn file(
    deps: &Deps,
    table: &'static TableSchema,
    name: &str,
    mut rows: RowBuilder,
) -> NewFile {
    let mut writer = DataFileWriter::create(table, &deps.scratch).unwrap();
    writer.write(&rows.finish().unwrap()).unwrap();
    let key = format!("{}/{}/data/{name}.parquet", table.namespace, table.name);
    let date = table.partition.map(|_| DAY);
    writer.finish().unwrap().install(deps.lake.store(), &key, date).await.unwrap()
}

pub(crate) async fn append(
    deps: &Deps,
    table: &'static TableSchema,
    key: &str,
    file: NewFile,
    source: Option<i64>,
) -> i64 {
    let properties = source.map(|id| (SOURCE_SNAPSHOT.to_owned(), id.to_string())).into_iter().collect();
    let operation = Operation::Append(vec![file]);
    let commit = Commit { key: key.to_owned(), operation, base: None, properties };
    deps.lake.commit(table, commit).await.unwrap().snapshot_id()
}

/// One run with three events.
pub(crate) async fn lake(dir: &Path) -> Deps {
    let deps = deps(dir);
    let ids = ["a", "b", "c"];
    let clean = file(&deps, &CLEAN_EVENTS, "r1", events(&CLEAN_EVENTS, &ids)).await;
    let source = append(&deps, &CLEAN_EVENTS, "r1", clean, None).await;
    let facts = file(&deps, &FACT_USER_EVENTS, "r1", events(&FACT_USER_EVENTS, &ids)).await;
    append(&deps, &FACT_USER_EVENTS, "r1", facts, Some(source)).await;
    note(&deps, "r1", run("r1", 4, 3, 1)).await;
    deps
}

pub(crate) async fn note(deps: &Deps, name: &str, row: RowBuilder) {
    let file = file(deps, &RUNS, name, row).await;
    append(deps, &RUNS, name, file, None).await;
}

pub(crate) fn receipt(id: &str, rows_in: u64, parts: &[(&str, u64)]) -> Receipt {
    let part = |(key, rows): &(&str, u64)| LandedPart {
        event_date: "2019-10-01".to_owned(),
        key: (*key).to_owned(),
        rows: *rows,
        duplicates: 0,
    };
    Receipt {
        schema_version: SCHEMA_VERSION,
        receipt_id: id.to_owned(),
        object: ObjectRef {
            bucket: "file".to_owned(),
            key: format!("{id}.csv"),
            version: "1".to_owned(),
            size_bytes: 1,
        },
        format: "csv".to_owned(),
        rows_in,
        parts: parts.iter().map(part).collect(),
        changes: None::<ChangesPart>,
        rejected: None,
        rejected_by_reason: Default::default(),
        unknown_columns: Vec::new(),
        extracted_at_ms: None,
    }
}

pub(crate) async fn put(deps: &Deps, key: &str, body: impl Into<Bytes>) {
    deps.lake.store().put_if_absent(key, body.into()).await.unwrap();
}

pub(crate) async fn put_receipt(deps: &Deps, receipt: &Receipt) {
    put(deps, &keys::receipt(&receipt.receipt_id), serde_json::to_vec(receipt).unwrap()).await;
}

/// A run with batches of so many rows in, rows and duplicates.
pub(crate) fn judged(id: &str, batches: &[(u64, u64, u64)]) -> JudgedRun {
    let batch = |(n, (rows_in, rows, duplicates)): (usize, &(u64, u64, u64))| JudgedBatch {
        cleaned: CleanedBatch {
            batch: Batch {
                schema_version: SCHEMA_VERSION,
                batch_id: n.to_string(),
                event_date: "2019-10-01".to_owned(),
                parts: vec![Part {
                    receipt_id: "1".to_owned(),
                    key: "landed/1".to_owned(),
                    rows: *rows_in,
                    duplicates: 0,
                }],
                sources: Vec::new(),
            },
            files: Vec::new(),
            rows: *rows,
            duplicates: *duplicates,
            quarantined: 0,
            quarantine: None,
            profile_key: "landed/profiles/1.json".to_owned(),
        },
        decision: Decision::Pass,
        results: Vec::new(),
        metrics: Default::default(),
    };
    let batches: Vec<JudgedBatch> = batches.iter().enumerate().map(batch).collect();
    let plan = Plan {
        schema_version: SCHEMA_VERSION,
        run_id: id.to_owned(),
        planned_at_ms: 0,
        base_snapshot_id: None,
        batches: batches.iter().map(|batch| batch.cleaned.batch.clone()).collect(),
        rejected: Vec::new(),
        fruitless: Vec::new(),
        receipt_ids: vec![format!("object of {id}")],
        rows_in: batches.iter().map(|batch| batch.cleaned.batch.rows_in()).sum(),
        unfinished_runs: Vec::new(),
    };
    JudgedRun { schema_version: SCHEMA_VERSION, plan, batches, decided: None }
}
