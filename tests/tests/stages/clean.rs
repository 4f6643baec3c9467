//! Clean and check-quality: rows of many row groups, each once and in order.

use std::collections::HashSet;

use estrella_contracts::{CleanedBatch, Decision, Outcome};
use estrella_core::landing::Limits;
use estrella_core::profile::Profile;
use estrella_core::schema::CLEAN_EVENTS;
use estrella_lake::data::{DataFileWriter, ParquetFile};

use super::*;

/// From so many rows on, clean copies a row group instead of decoding it.
const COPIED_FROM: usize = 16 * 1024;

/// A row of a day at a second; `n` tells rows of one second apart.
fn at(day: i32, second: usize, n: usize) -> String {
    let time = clock(i64::from(18_170 + day) * 86_400_000_000 + second as i64 * 1_000_000);
    format!("{time},view,{},7,house.lamps,acme,1.50,{},s{}", 1 + n % 3, 1 + n, second % 17)
}

/// Rows of one second after the other.
fn ascending(seconds: std::ops::Range<usize>) -> Vec<String> {
    seconds.map(|second| at(0, second, 0)).collect()
}

fn limits(group_rows: usize) -> Limits {
    Limits { group_rows, ..Limits::default() }
}

/// All pending batches cleaned, and what must hold of any of them.
async fn cleaned(shop: &Shop) -> Vec<CleanedBatch> {
    let plan = estrella_plan::handle(&shop.deps()).await.unwrap();
    let mut batches = Vec::new();
    for batch in &plan.batches {
        let cleaned = estrella_clean::handle(batch, plan.base_snapshot_id, &shop.deps()).await.unwrap();
        let mut rows = 0;
        for key in &cleaned.files {
            let times: Vec<String> = columns(shop, key, &["event_time"]).await;
            assert!(times.is_sorted(), "{key}");
            rows += times.len() as u64;
        }
        let profile = shop.fakes.store.get(&cleaned.profile_key).await.unwrap();
        let profile: Profile = serde_json::from_slice(&profile).unwrap();
        assert_eq!((cleaned.rows, profile.rows()), (rows, rows));
        assert_eq!(cleaned.rows + cleaned.duplicates, batch.rows_in());
        let judged = estrella_check_quality::handle(cleaned.clone(), &shop.deps()).await.unwrap();
        assert_ne!(judged.decision, Decision::Block, "{:?}", judged.results);
        batches.push(cleaned);
    }
    batches
}

/// Columns of a data file in the order of the file, as text.
async fn columns(shop: &Shop, key: &str, names: &[&str]) -> Vec<String> {
    let file = open(shop, key).await;
    let mut rows = Vec::new();
    for group in 0..file.groups() {
        rows.extend(texts(&file.read(group, names).await.unwrap()));
    }
    rows
}

async fn open(shop: &Shop, key: &str) -> ParquetFile {
    ParquetFile::open(shop.deps().lake.store(), key).await.unwrap()
}

/// The rows that clean makes of objects, with their ids, sorted, and the sizes of the row groups.
async fn clean_rows(objects: &[Vec<String>], extracted: usize, written: usize) -> (Vec<String>, Vec<usize>) {
    let mut shop = Shop::new();
    shop.fakes.config.limits = limits(extracted);
    for (n, rows) in objects.iter().enumerate() {
        shop.put(&format!("{n}.csv"), rows).await;
    }
    shop.extract().await;
    shop.fakes.config.limits = limits(written);
    let all: Vec<&str> = CLEAN_EVENTS.columns.iter().map(|column| column.name).collect();
    let (mut rows, mut sizes) = (Vec::new(), Vec::new());
    for batch in cleaned(&shop).await {
        for key in &batch.files {
            rows.extend(columns(&shop, key, &all).await);
            let file = open(&shop, key).await;
            sizes.extend((0..file.groups()).map(|group| file.group_rows(group) as usize));
        }
    }
    rows.sort_unstable();
    (rows, sizes)
}

fn distinct(objects: &[Vec<String>]) -> usize {
    objects.iter().flatten().collect::<HashSet<_>>().len()
}

/// The second object repeats the last second of the first one and some rows of its own.
#[tokio::test]
async fn row_groups_that_are_copied_hold_what_decoding_them_gives() {
    let second = [ascending(16_999..34_000), ascending(20_000..20_003)].concat();
    let objects = [ascending(0..17_000), second, ascending(40_000..57_000)];
    let (copied, sizes) = clean_rows(&objects, 17_000, 500).await;
    assert_eq!(sizes.iter().filter(|rows| **rows >= COPIED_FROM).count(), 2, "{sizes:?}");
    assert!(sizes.iter().any(|rows| *rows <= 500), "{sizes:?}");
    let (decoded, sizes) = clean_rows(&objects, 1_000, 1_000).await;
    assert!(sizes.iter().all(|rows| *rows <= 1_000));
    assert_eq!(copied.len(), distinct(&objects));
    assert!(copied == decoded);
}

#[tokio::test]
async fn objects_interleaved_in_time_come_out_in_order_and_once() {
    let every_third = |from: usize| -> Vec<String> {
        (0..900).flat_map(|n| [at(0, from + 3 * n, 0), at(0, from + 3 * n, n % 2), at(0, 3 * n, 5)]).collect()
    };
    let objects = [every_third(0), every_third(1), every_third(2)];
    for group_rows in [7, 64, 100_000] {
        let (rows, _) = clean_rows(&objects, group_rows, group_rows).await;
        assert_eq!(rows.len(), distinct(&objects), "{group_rows}");
    }
}

/// Rows of one second fall into two row groups, with a duplicate in each.
#[tokio::test]
async fn duplicates_at_the_border_of_row_groups_are_found() {
    let rows: Vec<String> = (0..40).map(|n| at(0, 9, n % 13)).collect();
    for group_rows in [1, 5, 13, 14, 39, 40] {
        let objects = std::slice::from_ref(&rows);
        assert_eq!(clean_rows(objects, group_rows, group_rows).await.0.len(), 13, "{group_rows}");
    }
}

#[tokio::test]
async fn the_order_of_rows_does_not_matter() {
    let sorted: Vec<String> = (0..2_000).map(|n| at(0, n / 3, n)).collect();
    let mixed: Vec<String> = (0..2_000).map(|n| sorted[n * 1_237 % 2_000].clone()).collect();
    let reversed: Vec<String> = sorted.iter().rev().cloned().collect();
    let (expected, _) = clean_rows(&[sorted], 128, 128).await;
    assert_eq!(expected.len(), 2_000);
    for rows in [mixed, reversed] {
        assert!(clean_rows(&[rows], 128, 128).await.0 == expected);
    }
}

#[tokio::test]
async fn rows_of_the_table_are_duplicates_also_beside_copied_row_groups() {
    let mut shop = Shop::new();
    shop.fakes.config.limits = limits(17_000);
    shop.put("first.csv", &ascending(0..17_000)).await;
    shop.run().await;
    // The first row group shares one second with the table, the second one none.
    shop.put("second.csv", &ascending(16_999..51_000)).await;
    shop.extract().await;
    let [batch] = cleaned(&shop).await.try_into().unwrap();
    assert_eq!((batch.rows, batch.duplicates), (34_000, 1));
    shop.run().await;
    shop.put("again.csv", &ascending(10_000..30_000)).await;
    shop.extract().await;
    let [batch] = cleaned(&shop).await.try_into().unwrap();
    assert_eq!((batch.rows, batch.duplicates, batch.files.len()), (0, 20_000, 0));
    assert_eq!(shop.run().await[0].facts, 0);
}

#[tokio::test]
async fn an_object_may_hold_rows_of_many_dates() {
    let mut shop = Shop::new();
    let rows: Vec<String> = (0..3).flat_map(|n| (0..150).map(move |day| at(day, 60 - n, n))).collect();
    shop.fakes.config.limits = limits(1);
    let object = shop.put("many.csv", &rows).await;
    let receipt = estrella_extract::handle(&object, &shop.deps()).await.unwrap();
    assert!(receipt.parts.len() > 150, "some dates have several files");
    let loaded = shop.run().await;
    assert_eq!((loaded[0].facts, loaded[0].duplicates), (450, 0));
    shop.assert_keys_were_always_unique("many dates").await;
    assert!(shop.fakes.store.list("landed/parts/").await.unwrap().is_empty());
}

#[tokio::test]
async fn ids_that_repeat_in_the_files_are_found_whoever_wrote_them() {
    let mut shop = Shop::new();
    shop.put("a.csv", &ascending(0..50)).await;
    shop.extract().await;
    let [mut batch] = cleaned(&shop).await.try_into().unwrap();
    let rows = open(&shop, &batch.files[0]).await.read_all(&CLEAN_EVENTS, 0).await.unwrap();
    let deps = shop.deps();
    let mut writer = DataFileWriter::create(&CLEAN_EVENTS, &deps.scratch).unwrap();
    writer.write(&rows).unwrap();
    writer.write(&rows.slice(10, 5)).unwrap();
    let key = "clean/events/data/by-hand.parquet";
    writer.finish().unwrap().install(deps.lake.store(), key, Some(18_170)).await.unwrap();
    batch.files = vec![key.to_owned()];
    let judged = estrella_check_quality::handle(batch, &deps).await.unwrap();
    let unique = judged.results.iter().find(|result| result.name == "unique").unwrap();
    assert_eq!(
        (unique.outcome, unique.observed, judged.decision),
        (Outcome::Block, Some(5.0), Decision::Block)
    );
}

/// An event with an id of its own, so many microseconds after ten o'clock, as a row of an event file.
fn own(id: i64, micros: i64) -> String {
    let (second, micros) = (micros / 1_000_000, micros % 1_000_000);
    format!("2019-10-01T10:00:{second:02}.{micros:06}Z,view,1,7,house.lamps,acme,1.50,1,s0,{id}")
}

/// The same as a row of a change file.
fn own_change(id: i64, micros: i64) -> String {
    let (second, micros) = (micros / 1_000_000, micros % 1_000_000);
    format!("I,{id},s0,1,1,view,2019-10-01 10:00:{second:02}.{micros:06},1.50,2019-10-01 11:00:00\n")
}

impl Shop {
    /// An event file whose events have ids of their own.
    async fn put_own(&mut self, key: &str, rows: &[String]) {
        let body = format!("{HEADER},event_id\n{}\n", rows.join("\n"));
        let size_bytes = body.len() as u64;
        self.fakes.raw.put_if_absent(key, body.into()).await.unwrap();
        let object = ObjectRef { bucket: "shop".into(), key: key.into(), version: "1".into(), size_bytes };
        self.objects.push(object);
    }

    /// Events 0 to 5 in a file that has whole seconds, or 5 to 9 out of the shop's database, which has microseconds.
    async fn put_road(&mut self, is_file: bool) {
        if is_file {
            let rows: Vec<String> = (0..6).map(|n| own(n, n * 1_000_000)).collect();
            self.put_own("file.csv", &rows).await;
        } else {
            let rows: String = (5..10).map(|n| own_change(n, n * 1_000_000 + 123_456)).collect();
            self.put_changes("events/20191001-110000000.csv", &rows).await;
        }
    }
}

/// Event 5 ends one row group and begins another one, and between its times lies a part of a second.
#[tokio::test]
async fn an_event_that_comes_by_two_roads_counts_once_however_exact_its_times_are() {
    for group_rows in [1, 2, 3, 100] {
        for (is_file_first, rows) in [(true, 4), (false, 5)] {
            let what = format!("{group_rows} {is_file_first}");
            let mut shop = Shop::new();
            shop.fakes.config.limits = limits(group_rows);
            shop.put_road(is_file_first).await;
            shop.run().await;
            shop.put_road(!is_file_first).await;
            shop.extract().await;
            let [batch] = cleaned(&shop).await.try_into().unwrap();
            assert_eq!((batch.rows, batch.duplicates), (rows, 1), "{what}");
            shop.run().await;
            shop.assert_keys_were_always_unique(&what).await;
            assert_eq!(shop.rows_of(&FACT_USER_EVENTS).await.len(), 10, "{what}");
        }
    }
}

#[tokio::test]
async fn an_event_that_comes_by_two_roads_counts_once_within_a_batch_too() {
    for group_rows in [1, 2, 3, 100] {
        let mut shop = Shop::new();
        shop.fakes.config.limits = limits(group_rows);
        shop.put_road(true).await;
        shop.put_road(false).await;
        shop.extract().await;
        let [batch] = cleaned(&shop).await.try_into().unwrap();
        assert_eq!((batch.rows, batch.duplicates), (10, 1), "{group_rows}");
    }
    // In one object, at the border of its row groups.
    let mut shop = Shop::new();
    shop.fakes.config.limits = limits(3);
    let times = [(1, 0), (2, 1_000_000), (3, 5_000_000), (3, 5_500_000), (4, 6_500_000), (5, 7_500_000)];
    shop.put_own("border.csv", &times.map(|(id, micros)| own(id, micros))).await;
    shop.extract().await;
    let [batch] = cleaned(&shop).await.try_into().unwrap();
    assert_eq!((batch.rows, batch.duplicates), (5, 1));
}

/// Bytes of the objects below a prefix, by key.
async fn bodies(shop: &Shop, keys: impl IntoIterator<Item = String>) -> Vec<bytes::Bytes> {
    let mut bodies = Vec::new();
    for key in keys {
        bodies.push(shop.fakes.store.get(&key).await.unwrap());
    }
    bodies
}

#[tokio::test]
async fn a_landed_file_without_duplicates_becomes_a_data_file_as_it_is() {
    let mut shop = Shop::new();
    shop.fakes.config.limits = limits(100);
    shop.put("alone.csv", &ascending(0..50)).await;
    shop.extract().await;
    let copied = cleaned(&shop).await;
    let landed = copied[0].batch.parts.iter().map(|part| part.key.clone());
    assert_eq!(bodies(&shop, copied[0].files.clone()).await, bodies(&shop, landed).await);

    // Beside others, only a large file stays one of its own.
    shop.put("small.csv", &ascending(60..100)).await;
    shop.put("large.csv", &ascending(100..350)).await;
    shop.extract().await;
    let cleaned_again = cleaned(&shop).await;
    assert_eq!((cleaned_again[0].rows, cleaned_again[0].files.len()), (340, 2));
    let landed =
        cleaned_again[0].batch.parts.iter().filter(|part| part.rows == 250).map(|part| part.key.clone());
    let written = bodies(&shop, cleaned_again[0].files.clone()).await;
    assert_eq!(written[1..], bodies(&shop, landed).await);
}

#[tokio::test]
async fn a_landed_file_with_a_row_of_the_table_or_out_of_order_is_written_anew() {
    let mut shop = Shop::new();
    shop.fakes.config.limits = limits(100);
    shop.put("known.csv", &ascending(0..50)).await;
    shop.run().await;
    let mut mixed = ascending(150..300);
    mixed.extend(ascending(60..150));
    for (key, rows, kept) in [("again.csv", ascending(49..350), 300), ("mixed.csv", mixed, 240)] {
        let mut shop = shop.copy().await;
        shop.put(key, &rows).await;
        shop.extract().await;
        let written = cleaned(&shop).await;
        assert_eq!(written[0].rows, kept, "{key}");
        let landed = written[0].batch.parts.iter().map(|part| part.key.clone());
        assert_ne!(bodies(&shop, written[0].files.clone()).await, bodies(&shop, landed).await, "{key}");
        shop.run().await;
    }
}

/// Rules may change between two attempts at one batch: what the first one wrote is not taken for the second one's.
#[tokio::test]
async fn rows_set_aside_by_other_rules_are_other_files() {
    let mut shop = Shop::new();
    shop.put("a.csv", &(0..40).map(|n| event(1, n)).collect::<Vec<_>>()).await;
    shop.extract().await;
    let [cleaned] = cleaned(&shop).await.try_into().unwrap();
    let store = &shop.fakes.store;
    let mut files = Vec::new();
    for limit in [3_u32, 5, 3] {
        let rule = format!("Rules = [ ColumnValues \"price\" < {limit} labels=[\"action\"=\"quarantine\"] ]");
        store.delete(&keys::rules("clean_events")).await.unwrap();
        store.put_if_absent(&keys::rules("clean_events"), rule.into()).await.unwrap();
        let judged = estrella_check_quality::handle(cleaned.clone(), &shop.deps()).await.unwrap();
        assert_eq!(judged.decision, Decision::Warn, "{:?}", judged.results);
        // Prices are those of products 1 to 7, in turn, and some cents.
        let dear = (0..40_u32).filter(|n| 1 + n % 7 >= limit).count() as u64;
        assert_eq!((judged.cleaned.quarantined, judged.cleaned.rows), (dear, 40 - dear), "{limit}");
        let prices = columns(&shop, &judged.cleaned.files[0], &["price"]).await;
        assert_eq!(prices.len() as u64, 40 - dear);
        assert!(prices.iter().all(|price| price.parse::<f64>().unwrap() < f64::from(limit)), "{prices:?}");
        files.push((judged.cleaned.files, judged.cleaned.quarantine));
    }
    assert_ne!(files[0], files[1]);
    assert_eq!(files[0], files[2], "the same rows, the same files");
}
