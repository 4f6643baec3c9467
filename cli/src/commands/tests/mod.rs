//! The commands on a tiny lake.

use std::path::Path;
use std::sync::Arc;

use arrow::array::TimestampMicrosecondArray;
use arrow::array::{ArrayRef, Date32Array, Decimal128Array, Int64Array, RecordBatch, StringArray};
use estrella_core::schema::{CLEAN_EVENTS, DIM_TIME, REJECTED_EVENTS, TableSchema, arrow_schema};
use estrella_lake::data::DataFileWriter;
use estrella_lake::{Commit, Lake, Operation};

use super::describe::describe;
use super::history::{State, history};
use super::open::{OpenLake, schema};
use super::query::Format;
use super::rejected;
use super::rejected::{RejectedArgs, rejected};
use super::rollback::rollback;
use super::tables::tables;
use crate::{Exit, LakeArgs};

mod queries;

use queries::query;

/// 2019-10-01, as days and as microseconds since the Unix epoch.
const DAY: i32 = 18_170;
const DAY_US: i64 = DAY as i64 * 86_400_000_000;

/// Three events in two commits, three refused rows, and a calendar without rows.
async fn tiny(dir: &Path) -> OpenLake {
    let lake = Lake::open_dir(dir).unwrap();
    append(&lake, dir, &CLEAN_EVENTS, "a", Some(DAY), events(&["view", "purchase"])).await;
    append(&lake, dir, &CLEAN_EVENTS, "b", Some(DAY), events(&["cart"])).await;
    let text = |values: [&str; 3]| Arc::new(StringArray::from(values.to_vec())) as ArrayRef;
    let refused = vec![
        text(["raw/b.csv", "raw/a.csv", "raw/a.csv"]),
        text(["1", "1", "1"]),
        Arc::new(Int64Array::from(vec![2, 7, 4])),
        text(["bad_price", "bad_price,missing_user_id", "bad_product_id"]),
        text(["r1", "r2\u{1b}[2J", "r3"]),
    ];
    append(&lake, dir, &REJECTED_EVENTS, "a", None, refused).await;
    lake.table(&DIM_TIME).await.unwrap();
    OpenLake::open(dir).await.unwrap()
}

fn events(types: &[&str]) -> Vec<ArrayRef> {
    let n = types.len();
    let text = |value: &str| Arc::new(StringArray::from(vec![value; n])) as ArrayRef;
    let long = |value: i64| Arc::new(Int64Array::from(vec![value; n])) as ArrayRef;
    let prices = Decimal128Array::from(vec![12_345; n]).with_precision_and_scale(12, 2).unwrap();
    vec![
        text("00"),
        Arc::new(TimestampMicrosecondArray::from(vec![DAY_US + 1_500_000; n]).with_timezone("UTC")),
        Arc::new(StringArray::from(types.to_vec())),
        long(7),
        long(8),
        Arc::new(prices),
        text("s"),
        long(2_053_013_555_631_882_655),
        text("a.b"),
        text("acme"),
        Arc::new(Date32Array::from(vec![DAY; n])),
    ]
}

async fn append(
    lake: &Lake,
    dir: &Path,
    table: &'static TableSchema,
    key: &str,
    date: Option<i32>,
    columns: Vec<ArrayRef>,
) {
    let mut writer = DataFileWriter::create(table, dir).unwrap();
    writer.write(&RecordBatch::try_new(arrow_schema(table), columns).unwrap()).unwrap();
    // The folder says another date than the file: only the file counts.
    let path = format!("{}/{}/data/event_date=2000-01-01/{key}.parquet", table.namespace, table.name);
    let file = writer.finish().unwrap().install(lake.store(), &path, date).await.unwrap();
    let operation = Operation::Append(vec![file]);
    let commit = Commit { key: key.to_owned(), operation, base: None, properties: Default::default() };
    lake.commit(table, commit).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_and_history_tell_what_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let lake = tiny(dir.path()).await;
    let tables = tables(&lake).await.unwrap();
    let rows: Vec<_> = tables.iter().map(|t| (t.name.as_str(), t.rows, t.files, t.snapshots)).collect();
    assert_eq!(
        rows,
        [("clean.rejected_events", 3, 1, 1), ("clean.events", 3, 2, 2), ("model.dim_time", 0, 0, 0)]
    );
    assert!(tables[1].last_commit_at.is_some() && tables[2].last_commit_at.is_none());

    let history = history(&lake.table(&CLEAN_EVENTS).await.unwrap());
    let rows: Vec<_> =
        history.iter().map(|s| (s.key.as_deref(), s.added_rows, s.total_rows, s.state)).collect();
    assert_eq!(
        rows,
        [(Some("b"), Some(1), Some(3), State::Current), (Some("a"), Some(2), Some(2), State::Past)]
    );

    let description = describe(&lake, "events").await.unwrap();
    assert_eq!((description.rows, description.partition), (3, Some("event_date")));
    assert_eq!(description.columns[5].r#type, "decimal(12,2)");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_can_be_taken_back() {
    let dir = tempfile::tempdir().unwrap();
    let lake = tiny(dir.path()).await;
    let before = history(&lake.table(&CLEAN_EVENTS).await.unwrap());
    let text = rollback(&lake, &CLEAN_EVENTS, before[1].snapshot_id).await.unwrap();
    assert!(text.contains("3 rows in 2 files") && text.contains("2 rows in 1 files"), "{text}");
    let after = history(&lake.table(&CLEAN_EVENTS).await.unwrap());
    assert_eq!([after[0].state, after[1].state], [State::RolledBack, State::Current]);
    assert_eq!(query(&lake, "SELECT count(*) n FROM events", Format::Csv, 1).await.unwrap().0, "n\n2\n");
    rollback(&lake, &CLEAN_EVENTS, before[0].snapshot_id).await.unwrap();
    assert_eq!(query(&lake, "SELECT count(*) n FROM events", Format::Csv, 1).await.unwrap().0, "n\n3\n");

    let error = rollback(&lake, &CLEAN_EVENTS, 5).await.unwrap_err();
    assert_eq!(error.exit(), Exit::BadInput);
    assert!(error.to_string().contains(&before[0].snapshot_id.to_string()));
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_rows_are_counted_and_shown() {
    let dir = tempfile::tempdir().unwrap();
    let lake = tiny(dir.path()).await;
    let args = |reason: Option<&str>, object: Option<&str>, limit| RejectedArgs {
        reason: reason.map(str::to_owned),
        object: object.map(str::to_owned),
        limit,
        lake: LakeArgs { lake: lake.dir.clone().unwrap() },
        json: false,
    };
    let all = rejected(&lake, &args(None, None, 20)).await.unwrap();
    assert_eq!(
        all.by_reason.iter().map(|(r, n)| (r.as_str(), *n)).collect::<Vec<_>>(),
        [("bad_price", 2), ("bad_product_id", 1), ("missing_user_id", 1)]
    );
    let places: Vec<_> = all.rows.iter().map(|row| (row.object.as_str(), row.line)).collect();
    assert_eq!(places, [("raw/a.csv", 4), ("raw/a.csv", 7), ("raw/b.csv", 2)]);
    let text = rejected::text(&all, Some(60));
    assert!(text.contains("3 of 3 rows") && !text.contains('\u{1b}'), "{text}");

    let some = rejected(&lake, &args(Some("bad_price"), None, 1)).await.unwrap();
    assert_eq!((some.rows.len(), some.matching_rows, some.rows[0].line), (1, 2, 7));
    let one = rejected(&lake, &args(None, Some("b.csv"), 20)).await.unwrap();
    assert_eq!((one.rows.len(), one.by_reason.len()), (1, 1));
    assert_eq!(rejected(&lake, &args(Some("bad"), None, 1)).await.unwrap_err().exit(), Exit::BadInput);
}

#[tokio::test]
async fn a_missing_lake_is_not_made() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("lake");
    assert_eq!(OpenLake::open(&missing).await.err().map(|error| error.exit()), Some(Exit::BadInput));
    assert!(!missing.exists());
    assert_eq!(schema("nope").unwrap_err().exit(), Exit::BadInput);
}
