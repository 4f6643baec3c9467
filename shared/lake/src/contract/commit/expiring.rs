//! What expiring snapshots leaves.

use std::collections::BTreeSet;

use super::Case;
use crate::commit::{Expired, Keep, Operation};
use crate::contract::{expect_error, first_column};
use crate::error::{ErrorKind, Result};
use crate::lake::Lake;

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
