//! What is told of a small lake, and what is read for it.

use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use estrella_contracts::keys;
use estrella_core::schema::{CLEAN_EVENTS, RUNS};
use estrella_lake::{Lake, ObjectInfo, ObjectStore, Page, Put, Result};
use estrella_runtime::Deps;

use super::{Status, gather};
use crate::books::fixture::{DAY, append, events, file, lake, note, put, put_receipt, receipt, run};

async fn status(deps: &Deps, runs: usize) -> Status {
    let mut tables = Vec::new();
    for schema in [&CLEAN_EVENTS, &RUNS] {
        tables.extend(deps.lake.table_if_exists(schema).await.unwrap());
    }
    gather("./lake", &tables, runs, deps).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_runs_and_what_waits_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let deps = lake(dir.path()).await;
    note(&deps, "r2", run("r2", 1, 0, 1)).await;
    put_receipt(&deps, &receipt("waits", 7, &[("landed/parts/waits/1.parquet", 7)])).await;
    put_receipt(&deps, &receipt("loaded", 9, &[])).await;
    put(&deps, &keys::applied("loaded"), "{}").await;

    let status = status(&deps, 1).await;
    let events = &status.tables[0];
    assert_eq!((events.name.as_str(), events.rows, events.files), ("clean.events", Some(3), Some(1)));
    assert_eq!(events.newest_event_hour.as_deref(), Some("2019-10-01T00:00:00Z"));
    assert!(events.last_commit_at.is_some() && events.age_seconds < Some(600));
    assert_eq!(status.tables[1].newest_event_hour, None);
    assert_eq!((status.pending.objects, status.pending.rows), (1, 7));
    assert_eq!(status.pending.dates.iter().collect::<Vec<_>>(), ["2019-10-01"]);
    assert_eq!((status.blocked.len(), status.incidents.len()), (0, 0));
    let runs: Vec<_> = status.runs.iter().map(|run| (run.run_id.as_str(), run.duration_ms)).collect();
    assert_eq!(runs, [("r2", 1_500)], "the last one");
}

/// Notes the data files that are opened.
#[derive(Debug)]
struct Watched {
    inner: Arc<dyn ObjectStore>,
    opened: Mutex<Vec<String>>,
}

impl Watched {
    fn note(&self, key: &str) {
        if key.ends_with(".parquet") {
            self.opened.lock().unwrap().push(key.to_owned());
        }
    }
}

#[async_trait]
impl ObjectStore for Watched {
    async fn get(&self, key: &str) -> Result<Bytes> {
        self.note(key);
        self.inner.get(key).await
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Bytes> {
        self.note(key);
        self.inner.get_range(key, range).await
    }

    async fn size_bytes(&self, key: &str) -> Result<u64> {
        self.note(key);
        self.inner.size_bytes(key).await
    }

    async fn modified_ms(&self, key: &str) -> Result<i64> {
        self.inner.modified_ms(key).await
    }

    async fn put_if_absent(&self, key: &str, body: Bytes) -> Result<Put> {
        self.inner.put_if_absent(key, body).await
    }

    async fn put_file_if_absent(&self, key: &str, file: &Path) -> Result<Put> {
        self.inner.put_file_if_absent(key, file).await
    }

    async fn copy_if_absent(&self, from: &str, to: &str) -> Result<Put> {
        self.inner.copy_if_absent(from, to).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ObjectInfo>> {
        self.inner.list(prefix).await
    }

    async fn list_page(&self, prefix: &str, after: Option<&str>) -> Result<Page> {
        self.inner.list_page(prefix, after).await
    }

    async fn delete(&self, key: &str) -> Result<()> {
        self.inner.delete(key).await
    }

    fn location(&self, key: &str) -> String {
        self.inner.location(key)
    }

    fn key_of(&self, location: &str) -> Result<String> {
        self.inner.key_of(location)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_data_file_is_opened_but_those_of_the_last_runs() {
    let dir = tempfile::tempdir().unwrap();
    let mut deps = lake(dir.path()).await;
    for n in 0..20 {
        let name = format!("n{n}");
        let new = file(&deps, &CLEAN_EVENTS, &name, events(&CLEAN_EVENTS, &[&name])).await;
        assert_eq!(new.partition_date, Some(DAY));
        append(&deps, &CLEAN_EVENTS, &name, new, None).await;
        note(&deps, &name, run(&name, 1, 1, 0)).await;
    }
    let watched = Arc::new(Watched { inner: Arc::clone(deps.lake.store()), opened: Mutex::default() });
    let store: Arc<dyn ObjectStore> = watched.clone();
    deps.lake = Lake::new(store, Arc::clone(deps.lake.catalog()), Arc::clone(deps.lake.clock()));
    let status = status(&deps, 3).await;
    assert_eq!(status.tables[0].files, Some(21));
    assert_eq!(status.runs.len(), 3);
    let mut opened = watched.opened.lock().unwrap().clone();
    opened.sort();
    opened.dedup();
    assert_eq!(opened, ["n17", "n18", "n19"].map(|name| format!("ops/runs/data/{name}.parquet")));
}
