//! What verifying a table finds, and what it lets stand.

#![allow(clippy::unwrap_used, reason = "a panic in here is the report")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::Mutex;

use async_trait::async_trait;
use estrella_core::schema::CLEAN_EVENTS as EVENTS;
use estrella_lake::contract::write_rows;
use estrella_lake::fakes::memory_lake;
use estrella_lake::{
    Catalog, Check, Commit, Finding, Head, Keep, Lake, NewFile, Operation, Orphans, Result, Swap, TableId,
    Verified,
};

async fn file(lake: &Lake, name: &str, date: i32, numbers: &[i32]) -> NewFile {
    write_rows(&**lake.store(), &EVENTS, name, Some(date), numbers).await.unwrap()
}

async fn commit(lake: &Lake, key: &str, operation: Operation) {
    let commit = Commit { key: key.to_owned(), operation, base: None, properties: BTreeMap::new() };
    lake.commit(&EVENTS, commit).await.unwrap();
}

async fn append(lake: &Lake, name: &str, date: i32, numbers: &[i32]) -> NewFile {
    let file = file(lake, name, date, numbers).await;
    commit(lake, name, Operation::Append(vec![file.clone()])).await;
    file
}

/// Three commits: two files, one more, and the first day anew.
async fn lake() -> (Lake, NewFile) {
    let lake = memory_lake();
    let files = vec![file(&lake, "a", 1, &[1, 2, 3]).await, file(&lake, "b", 2, &[4, 5]).await];
    commit(&lake, "two", Operation::Append(files)).await;
    append(&lake, "c", 2, &[6]).await;
    let new = file(&lake, "d", 1, &[1, 7]).await;
    let operation = Operation::OverwritePartitions { dates: BTreeSet::from([1]), files: vec![new.clone()] };
    commit(&lake, "anew", operation).await;
    (lake, new)
}

async fn verify(lake: &Lake) -> Verified {
    lake.verify(&EVENTS).await.unwrap().unwrap()
}

/// The only finding.
#[track_caller]
fn only(verified: &Verified) -> &Finding {
    match verified.findings.as_slice() {
        [finding] => finding,
        findings => panic!("{findings:#?}"),
    }
}

/// Puts other bytes in the place of an object.
async fn replace(lake: &Lake, key: &str, change: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    let body = change(lake.store().get(key).await.unwrap().to_vec());
    lake.store().delete(key).await.unwrap();
    lake.store().put_if_absent(key, body.into()).await.unwrap();
}

async fn keys(lake: &Lake, part: &str) -> Vec<String> {
    let objects = lake.store().list("clean/events/metadata/").await.unwrap();
    objects.into_iter().map(|object| object.key).filter(|key| key.contains(part)).collect()
}

#[tokio::test]
async fn a_table_that_is_whole_has_no_findings() {
    let (lake, _) = lake().await;
    let verified = verify(&lake).await;
    assert_eq!(verified.findings, []);
    assert_eq!((verified.snapshots, verified.data_files, verified.rows), (3, 4, 8));
    assert!(verified.bounds > 0 && verified.manifests > 6);
    assert_eq!(verified.orphans, Orphans::default());

    let first = lake.table(&EVENTS).await.unwrap().history()[2].snapshot_id;
    lake.rollback(&EVENTS, first).await.unwrap();
    assert_eq!(self::verify(&lake).await.findings, [], "after a rollback");
    lake.expire(&EVENTS, Keep::NOTHING_MORE).await.unwrap();
    let expired = self::verify(&lake).await;
    assert_eq!((expired.findings, expired.snapshots, expired.data_files), (vec![], 1, 2));
    assert_eq!(memory_lake().verify(&EVENTS).await.unwrap(), None);
}

#[tokio::test]
async fn a_file_that_is_gone_is_found_in_the_head_and_in_older_snapshots() {
    let (lake, new) = lake().await;
    for key in [new.key.as_str(), "clean/events/data/day=1/a.parquet"] {
        let body = lake.store().get(key).await.unwrap();
        lake.store().delete(key).await.unwrap();
        let verified = verify(&lake).await;
        let found = only(&verified);
        assert_eq!(
            (found.check, found.table.as_str(), found.place.as_str()),
            (Check::Files, "clean.events", key)
        );
        assert_eq!(
            (found.expected.clone(), found.found.as_str()),
            (format!("{} bytes", body.len()), "no such file")
        );
        lake.store().put_if_absent(key, body).await.unwrap();
    }
}

#[tokio::test]
async fn a_file_that_was_cut_and_one_that_was_damaged_are_found() {
    let (lake, new) = lake().await;
    let whole = lake.store().get(&new.key).await.unwrap();
    replace(&lake, &new.key, |body| body[..body.len() - 1].to_vec()).await;
    let verified = verify(&lake).await;
    assert_eq!(only(&verified).check, Check::Files);
    assert_eq!(only(&verified).found, format!("{} bytes", whole.len() - 1));

    replace(&lake, &new.key, |_| vec![0; whole.len()]).await;
    let verified = self::verify(&lake).await;
    assert_eq!(only(&verified).check, Check::Counts);
    assert!(only(&verified).found.contains("parquet file cannot be read"), "{:?}", only(&verified));
}

#[tokio::test]
async fn counts_and_bounds_that_are_of_another_file_are_found() {
    let lake = memory_lake();
    let (mut few, more) = (file(&lake, "few", 1, &[2, 4]).await, file(&lake, "more", 1, &[2, 4, 6]).await);
    few.metadata = Arc::clone(&more.metadata);
    commit(&lake, "count", Operation::Append(vec![few])).await;
    let verified = verify(&lake).await;
    let rows = verified.findings.first().unwrap();
    assert_eq!((rows.check, rows.place.as_str()), (Check::Counts, "clean/events/data/day=1/few.parquet"));
    assert_eq!(
        (rows.expected.as_str(), rows.found.as_str()),
        ("2 rows, as in its footer", "3 in the manifest")
    );

    let lake = memory_lake();
    let (mut wide, narrow) = (file(&lake, "wide", 1, &[2, 8]).await, file(&lake, "narrow", 1, &[4, 6]).await);
    let around = NewFile { metadata: Arc::clone(&wide.metadata), ..narrow.clone() };
    commit(&lake, "around", Operation::Append(vec![around])).await;
    assert_eq!(self::verify(&lake).await.findings, [], "bounds may lie around the values");
    wide.metadata = narrow.metadata;
    commit(&lake, "inside", Operation::Append(vec![wide])).await;
    let verified = self::verify(&lake).await;
    assert!(verified.findings.iter().all(|f| f.check == Check::Bounds && f.place.ends_with("wide.parquet")));
    assert_eq!(verified.findings[0].expected, "least event_id \"2\", as in its footer");
}

#[tokio::test]
async fn a_file_that_is_appended_twice_is_found_and_so_are_its_keys() {
    let lake = memory_lake();
    let file = append(&lake, "a", 1, &[1, 2]).await;
    append(&lake, "b", 2, &[1, 2]).await;
    let one = lake.verify_key(&EVENTS, "event_id").await.unwrap();
    assert_eq!((one.rows, one.partitions, one.findings.len()), (4, 2, 0), "the same in two days is two rows");
    commit(&lake, "again", Operation::Append(vec![file.clone()])).await;
    let verified = verify(&lake).await;
    assert_eq!((only(&verified).check, &only(&verified).place), (Check::Files, &file.key));
    assert!(only(&verified).found.contains("named twice"));
    let keys = lake.verify_key(&EVENTS, "event_id").await.unwrap().findings;
    assert_eq!((keys.len(), keys[0].check, keys[0].place.as_str()), (1, Check::Keys, "1970-01-02"));
    assert!(keys[0].found.starts_with("2 more than once, as "), "{}", keys[0].found);
}

#[tokio::test]
async fn metadata_that_is_gone_or_says_something_else_is_found() {
    let (lake, _) = lake().await;
    let head = lake.catalog().head(&TableId::from(&EVENTS)).await.unwrap().unwrap();
    let head = lake.store().key_of(&head.metadata_location).unwrap();
    let whole = lake.store().get(&head).await.unwrap();

    let text = String::from_utf8(whole.to_vec()).unwrap();
    let total = "\"total-records\":\"5\"";
    assert!(text.contains(total), "{text}");
    replace(&lake, &head, |_| text.replace(total, "\"total-records\":\"9\"").into_bytes()).await;
    let verified = verify(&lake).await;
    assert!(
        verified.findings.iter().all(|finding| finding.check == Check::Totals),
        "{:#?}",
        verified.findings
    );
    // Two of the snapshots, in any order: the head and one before.
    let by_manifests = |f: &&Finding| f.expected == "total-records 5, as in its manifests" && f.found == "9";
    assert_eq!(verified.findings.iter().filter(by_manifests).count(), 2, "{:#?}", verified.findings);
    replace(&lake, &head, |_| whole.to_vec()).await;

    for part in ["-m.avro", "snap-"] {
        let key = keys(&lake, part).await.pop().unwrap();
        let body = lake.store().get(&key).await.unwrap();
        lake.store().delete(&key).await.unwrap();
        let verified = self::verify(&lake).await;
        assert!(
            verified.findings.iter().any(|f| f.check == Check::Files && f.place.ends_with(&key)),
            "{key}"
        );
        lake.store().put_if_absent(&key, body).await.unwrap();
    }
    assert_eq!(self::verify(&lake).await.findings, []);

    lake.store().delete(&head).await.unwrap();
    let verified = self::verify(&lake).await;
    assert_eq!((only(&verified).check, only(&verified).place.as_str()), (Check::Pointers, "head"));
}

#[tokio::test]
async fn what_nobody_names_is_counted_and_is_no_finding() {
    let (lake, _) = lake().await;
    let lost = file(&lake, "lost", 3, &[1]).await;
    let verified = verify(&lake).await;
    assert_eq!(verified.findings, []);
    assert_eq!(verified.orphans, Orphans { files: 1, size_bytes: lost.size_bytes });
}

/// A catalog that once shows a head that is not the head any more, as to one who looked a moment ago.
#[derive(Debug)]
struct Late {
    inner: Arc<dyn Catalog>,
    old: Mutex<Option<Head>>,
}

#[async_trait]
impl Catalog for Late {
    async fn head(&self, table: &TableId) -> Result<Option<Head>> {
        let old = self.old.lock().unwrap().take();
        if old.is_some() { Ok(old) } else { self.inner.head(table).await }
    }

    async fn create(&self, table: &TableId, metadata_location: &str) -> Result<Swap> {
        self.inner.create(table, metadata_location).await
    }

    async fn swap(&self, table: &TableId, old: &Head, metadata_location: &str) -> Result<Swap> {
        self.inner.swap(table, old, metadata_location).await
    }

    async fn tables(&self) -> Result<Vec<TableId>> {
        self.inner.tables().await
    }
}

#[tokio::test]
async fn what_expires_while_it_is_looked_at_is_no_finding() {
    let (lake, _) = lake().await;
    let old = lake.catalog().head(&TableId::from(&EVENTS)).await.unwrap();
    assert!(lake.expire(&EVENTS, Keep::NOTHING_MORE).await.unwrap().files > 0);
    let catalog = Late { inner: Arc::clone(lake.catalog()), old: Mutex::new(old) };
    let late = Lake::new(Arc::clone(lake.store()), Arc::new(catalog), Arc::clone(lake.clock()));
    let verified = verify(&late).await;
    assert_eq!((verified.snapshots, verified.findings), (3, vec![]));
    assert_eq!(self::verify(&late).await.snapshots, 1, "now it sees the head");
}
