//! What expiring snapshots leaves.

use std::collections::BTreeSet;
use std::sync::Arc;

use estrella_core::schema::DIM_CATEGORIES;

use super::Case;
use crate::commit::{Expired, Keep, Operation};
use crate::contract::{expect_error, first_column};
use crate::error::{ErrorKind, Result};
use crate::fakes::ManualClock;
use crate::lake::Lake;
use crate::ports::Clock;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

pub(super) async fn only_what_nobody_names_goes(lake: &Lake) -> Result<()> {
    let case = Case::events(lake, "expire");
    case.append("old", 900, &[1, 2]).await?;
    let old = lake.table(case.table).await?.plan_partition(900).await?;
    let operation = Operation::OverwritePartitions {
        dates: BTreeSet::from([900]),
        files: vec![case.file("new", 900, &[3]).await?],
    };
    let head = lake.commit(case.table, case.commit("overwrite", operation)).await?.snapshot_id();
    let before = lake.table(case.table).await?;
    let everything = first_column(&**lake.store(), &before.plan(None).await?).await?;

    assert_eq!(
        lake.expire(case.table, Keep { since_ms: 0, at_least: 0 }).await?,
        Expired::default(),
        "all are younger"
    );
    let replaced_ms = before.history()[0].timestamp_ms;
    lake.expire(case.table, Keep { since_ms: replaced_ms, at_least: 1 }).await?;
    let kept: Vec<i64> = lake.table(case.table).await?.history().iter().map(|s| s.timestamp_ms).collect();
    assert!(kept.len() > 1, "it was the head until then");
    let older = kept.iter().filter(|ms| **ms < replaced_ms).count();
    assert!(older <= 1, "what was replaced before then is gone: {kept:?}");
    lake.expire(case.table, Keep { since_ms: i64::MAX, at_least: 2 }).await?;
    assert_eq!(lake.table(case.table).await?.history().len(), 2, "so many stay, whatever their age");

    let before = lake.table(case.table).await?;
    let expired = lake.expire(case.table, Keep::NOTHING_MORE).await?;
    assert_eq!(expired.snapshots, before.metadata().snapshots().len() as u64 - 1);
    assert!(expired.files > 0);
    let after = lake.table(case.table).await?;
    assert_eq!(after.snapshot_id(), Some(head));
    assert_eq!(after.history().len(), 1);
    assert_eq!(first_column(&**lake.store(), &after.plan(None).await?).await?, everything);
    expect_error(lake.store().get(&old[0].key).await, ErrorKind::NotFound);
    expect_error(lake.rollback(case.table, before.history()[1].snapshot_id).await, ErrorKind::InvalidInput);
    assert_eq!(
        lake.expire(case.table, Keep::NOTHING_MORE).await?,
        Expired::default(),
        "nothing is left to do"
    );

    case.append("later", 901, &[4]).await?;
    assert_eq!(case.rows(900).await?, ["3"]);
    assert_eq!(case.rows(901).await?, ["4"]);
    Ok(())
}

/// What was the head for days and was rolled back a minute ago is no ancestor, and old: all of it stays all the same.
pub(super) async fn what_was_the_head_lately_stays(lake: &Lake) -> Result<()> {
    let case = Case { lake, table: &DIM_CATEGORIES, name: "lately" };
    let append = async |name: &str, number: i32| -> Result<i64> {
        let files = vec![case.file(name, None, &[number]).await?];
        Ok(lake.commit(case.table, case.commit(name, Operation::Append(files))).await?.snapshot_id())
    };
    let rows = async || -> Result<Vec<String>> {
        first_column(&**lake.store(), &lake.table(case.table).await?.plan(None).await?).await
    };
    let first = append("first", 1).await?;
    let operation = Operation::ReplaceAll(vec![case.file("second", None, &[2]).await?]);
    let second = lake.commit(case.table, case.commit("second", operation)).await?.snapshot_id();
    lake.rollback(case.table, first).await?;
    // Has the first one's file too, unlike the second.
    let third = append("third", 3).await?;

    let clock = Arc::new(ManualClock::new(lake.clock().now_ms() + 10 * DAY_MS));
    let later = Lake::new(lake.store().clone(), lake.catalog().clone(), clock.clone());
    let week = || Keep { since_ms: clock.now_ms() - 7 * DAY_MS, at_least: 1 };
    later.rollback(case.table, second).await?;
    clock.advance_ms(60_000);
    let expired = later.expire(case.table, week()).await?;
    assert_eq!(expired, Expired { snapshots: 1, files: 1 }, "the first one and its list, no more");
    later.rollback(case.table, third).await?;
    assert_eq!(rows().await?, ["1", "3"], "the rollback is taken back");

    clock.advance_ms(8 * DAY_MS);
    assert_eq!(later.expire(case.table, week()).await?.snapshots, 1, "the second had its week");
    expect_error(later.rollback(case.table, second).await, ErrorKind::InvalidInput);
    assert_eq!(rows().await?, ["1", "3"]);

    append("fourth", 4).await?;
    later.rollback(case.table, third).await?;
    assert_eq!(later.expire(case.table, Keep::NOTHING_MORE).await?.snapshots, 1, "no more is no more");
    assert_eq!(later.table(case.table).await?.metadata().snapshots().len(), 1);
    assert_eq!(rows().await?, ["1", "3"]);
    Ok(())
}
