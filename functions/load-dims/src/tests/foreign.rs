//! Tables that others worked on.

use std::collections::BTreeSet;

use arrow::array::{RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use estrella_core::schema::{DIM_USERS, FACT_USER_EVENTS, TableSchema};
use estrella_lake::Operation;

use super::shop::{Fact, SMALL, Shop, facts};
use crate::load;

async fn assert_same_as_one_load(shop: &Shop, facts: &[&[Fact]]) {
    let whole = Shop::with(facts).await;
    load(&whole.deps, SMALL).await.unwrap();
    assert_eq!(shop.dims().await, whole.dims().await);
}

/// Puts the rows of a table into one file, in the order of `order`.
async fn rewrite(shop: &mut Shop, table: &'static TableSchema, order: impl Fn(u32, u32) -> u32) {
    let rows = shop.rows(table).await;
    let count = rows.num_rows() as u32;
    let rows = take_record_batch(&rows, &UInt32Array::from_iter_values((0..count).map(|i| order(i, count))));
    let planned = shop.deps.lake.table(table).await.unwrap().plan(None).await.unwrap();
    let added =
        shop.file(table, planned[0].partition_date, std::iter::once::<RecordBatch>(rows.unwrap())).await;
    let removed = planned.into_iter().map(|file| file.key).collect();
    shop.commit(table, Operation::RewriteFiles { removed, added: vec![added] }).await;
}

fn one_day(seed: u64, count: usize) -> Vec<Fact> {
    facts(seed, count).into_iter().map(|fact| Fact { hour: fact.hour % 24 + 24, ..fact }).collect()
}

#[tokio::test]
async fn facts_that_were_rolled_back_lead_to_a_rebuild() {
    let (first, second, third) = (facts(1, 200), facts(2, 100), facts(3, 50));
    let mut shop = Shop::new();
    let snapshot = shop.append(&first).await;
    load(&shop.deps, SMALL).await.unwrap();
    shop.append(&second).await;
    load(&shop.deps, SMALL).await.unwrap();
    shop.deps.lake.rollback(&FACT_USER_EVENTS, snapshot).await.unwrap();
    assert!(load(&shop.deps, SMALL).await.unwrap().rebuilt);
    assert_same_as_one_load(&shop, &[&first]).await;
    shop.append(&third).await;
    assert!(!load(&shop.deps, SMALL).await.unwrap().rebuilt);
    assert_same_as_one_load(&shop, &[&first, &third]).await;
}

#[tokio::test]
async fn facts_that_were_overwritten_lead_to_a_rebuild() {
    let (first, second) = (one_day(1, 200), one_day(2, 100));
    let mut shop = Shop::with(&[&first]).await;
    load(&shop.deps, SMALL).await.unwrap();
    let files = shop.files(&second).await;
    let dates = BTreeSet::from([1]);
    shop.commit(&FACT_USER_EVENTS, Operation::OverwritePartitions { dates, files }).await;
    assert!(load(&shop.deps, SMALL).await.unwrap().rebuilt);
    assert_same_as_one_load(&shop, &[&second]).await;
    shop.commit(&FACT_USER_EVENTS, Operation::ReplaceAll(Vec::new())).await;
    let emptied = load(&shop.deps, SMALL).await.unwrap();
    assert!(emptied.rebuilt && emptied.rows.values().all(|rows| *rows == 0));
}

#[tokio::test]
async fn compacted_facts_are_not_read_again() {
    let (first, second) = (one_day(1, 200), one_day(2, 100));
    let mut shop = Shop::with(&[&first]).await;
    load(&shop.deps, SMALL).await.unwrap();
    rewrite(&mut shop, &FACT_USER_EVENTS, |i, _| i).await;
    let loaded = load(&shop.deps, SMALL).await.unwrap();
    assert!(loaded.tables_changed.is_empty() && !loaded.rebuilt && loaded.events_read == 0);
    let snapshots = shop.snapshots().await;
    assert!(load(&shop.deps, SMALL).await.unwrap().tables_changed.is_empty());
    assert_eq!(shop.snapshots().await, snapshots);
    // Added, then compacted before the next load.
    shop.append(&second).await;
    rewrite(&mut shop, &FACT_USER_EVENTS, |i, _| i).await;
    let loaded = load(&shop.deps, SMALL).await.unwrap();
    assert_eq!((loaded.rebuilt, loaded.events_read), (false, 100));
    assert_same_as_one_load(&shop, &[&first, &second]).await;
}

#[tokio::test]
async fn a_compacted_dimension_goes_on() {
    let (first, second) = (facts(1, 200), facts(2, 100));
    let mut shop = Shop::with(&[&first]).await;
    load(&shop.deps, SMALL).await.unwrap();
    rewrite(&mut shop, &DIM_USERS, |i, _| i).await;
    let snapshots = shop.snapshots().await;
    load(&shop.deps, SMALL).await.unwrap();
    assert_eq!(shop.snapshots().await, snapshots);
    shop.append(&second).await;
    assert!(!load(&shop.deps, SMALL).await.unwrap().rebuilt);
    assert_same_as_one_load(&shop, &[&first, &second]).await;
}

#[tokio::test]
async fn a_dimension_in_another_order_is_rebuilt() {
    let (first, second) = (facts(1, 200), facts(2, 100));
    let mut shop = Shop::with(&[&first]).await;
    load(&shop.deps, SMALL).await.unwrap();
    rewrite(&mut shop, &DIM_USERS, |i, count| count - 1 - i).await;
    shop.append(&second).await;
    assert!(load(&shop.deps, SMALL).await.unwrap().rebuilt);
    assert_same_as_one_load(&shop, &[&first, &second]).await;
}

#[tokio::test]
async fn a_dimension_that_somebody_changed_is_rebuilt() {
    let first = facts(1, 200);
    let mut shop = Shop::with(&[&first]).await;
    load(&shop.deps, SMALL).await.unwrap();
    shop.commit(&DIM_USERS, Operation::ReplaceAll(Vec::new())).await;
    assert!(load(&shop.deps, SMALL).await.unwrap().rebuilt);
    assert_same_as_one_load(&shop, &[&first]).await;
}
