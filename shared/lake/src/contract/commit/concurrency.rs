//! Several writers at once.

use estrella_core::schema::{CLEAN_EVENTS, FACT_USER_EVENTS};
use futures::future::try_join_all;

use super::Case;
use crate::commit::{Base, Commit, Operation, Outcome};
use crate::contract::{expect_error, write_rows};
use crate::error::{Error, ErrorKind, Result};
use crate::lake::Lake;

pub(super) async fn creation_is_a_race_without_losers(lake: &Lake) -> Result<()> {
    assert!(lake.table_if_exists(&CLEAN_EVENTS).await?.is_none());
    let tables = try_join_all((0..4).map(|_| lake.table(&CLEAN_EVENTS))).await?;
    assert!(tables.windows(2).all(|pair| pair[0].head == pair[1].head));
    assert_eq!(tables[0].snapshot_id(), None);
    assert!(tables[0].plan(None).await?.is_empty());
    assert!(tables[0].history().is_empty());
    assert_eq!(tables[0].ancestors_after(None), Some(vec![]));
    Ok(())
}

pub(super) async fn a_stale_base_conflicts(lake: &Lake) -> Result<()> {
    let case = Case::events(lake, "base");
    let first = case.append("a", 500, &[1]).await?;
    let commit = async |name: &str, date: i32, base: Option<Base>| -> Result<Outcome> {
        let files = vec![case.file(name, date, &[7]).await?];
        let commit = Commit { base, ..case.commit(name, Operation::Append(files)) };
        lake.commit(case.table, commit).await
    };
    let (base, whole) = (case.base([500]).await?, Base { snapshot_id: Some(first), partitions: None });
    case.append("b", 501, &[2]).await?;
    commit("other day", 500, base.clone()).await?;
    let head = lake.table(case.table).await?.snapshot_id();
    expect_error(commit("same day", 500, base.clone()).await, ErrorKind::Conflict);
    expect_error(commit("whole table", 500, Some(whole)).await, ErrorKind::Conflict);
    let empty = Base { snapshot_id: None, partitions: Some([500].into()) };
    expect_error(commit("empty table", 500, Some(empty)).await, ErrorKind::Conflict);
    assert_eq!(lake.table(case.table).await?.snapshot_id(), head, "nothing was committed");
    // A commit that is there already is no conflict.
    assert!(matches!(commit("other day", 500, base).await?, Outcome::AlreadyApplied { .. }));

    let base = case.base([500]).await?;
    let removed: Vec<_> =
        lake.table(case.table).await?.plan_partition(500).await?.into_iter().map(|f| f.key).collect();
    let added = vec![case.file("compact", 500, &[1, 7]).await?];
    lake.commit(case.table, case.commit("compact", Operation::RewriteFiles { removed, added })).await?;
    commit("after compaction", 500, base.clone()).await?;

    let base = case.base([500]).await?;
    lake.rollback(case.table, first).await?;
    expect_error(commit("after rollback", 500, base).await, ErrorKind::Conflict);
    Ok(())
}

pub(super) async fn writers_lose_nothing(lake: &Lake) -> Result<()> {
    const WRITERS: i32 = 8;
    const COMMITS: i32 = 3;
    let writer = |writer: i32| {
        let lake = lake.clone();
        tokio::spawn(async move {
            for n in 0..COMMITS {
                let id = writer * COMMITS + n;
                let name = format!("race-{id}");
                let file = write_rows(&**lake.store(), &FACT_USER_EVENTS, &name, Some(600), &[id]).await?;
                let operation = Operation::Append(vec![file]);
                let commit = Commit { key: name, operation, base: None, properties: Default::default() };
                lake.commit(&FACT_USER_EVENTS, commit).await?;
            }
            Ok::<_, Error>(())
        })
    };
    for done in
        try_join_all((0..WRITERS).map(writer)).await.map_err(|e| Error::bug("writer died").because(e))?
    {
        done?;
    }
    let table = lake.table(&FACT_USER_EVENTS).await?;
    let mut numbers: Vec<i32> = Vec::new();
    for row in crate::contract::first_column(&**lake.store(), &table.plan(None).await?).await? {
        numbers.push(row.parse().map_err(|e| Error::bug("row").because(e))?);
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (0..WRITERS * COMMITS).collect::<Vec<_>>());
    assert_eq!(table.history().len(), numbers.len());
    assert_eq!(table.property("total-records"), Some(numbers.len().to_string()));
    Ok(())
}
