//! What each operation does.

use std::collections::{BTreeMap, BTreeSet};

use estrella_core::schema::{DIM_USERS, PROFILES};

use super::Case;
use crate::commit::{Commit, KEY_PROPERTY, Operation, Outcome};
use crate::contract::{expect_error, first_column};
use crate::error::{ErrorKind, Result};
use crate::lake::Lake;

pub(super) async fn append_is_idempotent(lake: &Lake) -> Result<()> {
    let case = Case::events(lake, "append");
    let files = vec![case.file("a", 100, &[1, 2, 3]).await?, case.file("b", 101, &[4]).await?];
    let properties = BTreeMap::from([("estrella.batch".to_owned(), "7".to_owned())]);
    let commit = Commit { properties, ..case.commit("x", Operation::Append(files)) };
    let first = lake.commit(case.table, commit.clone()).await?;
    assert!(matches!(first, Outcome::Committed { .. }));
    // Also after others have committed.
    case.append("other", 102, &[5]).await?;
    let again = lake.commit(case.table, commit).await?;
    assert_eq!(again, Outcome::AlreadyApplied { snapshot_id: first.snapshot_id() });
    assert_eq!(case.rows(100).await?, ["1", "2", "3"]);
    assert_eq!(case.rows(101).await?, ["4"]);

    let table = lake.table(case.table).await?;
    let history = table.history();
    let snapshot = history.iter().find(|s| s.snapshot_id == first.snapshot_id());
    let summary = snapshot.map(|s| s.summary.clone()).unwrap_or_default();
    assert_eq!(summary["estrella.batch"], "7");
    assert_eq!(summary[KEY_PROPERTY], "append/x");
    assert_eq!(summary["added-records"], "4");
    assert_eq!(summary["total-records"], "4");
    assert_eq!(table.property("total-records").as_deref(), Some("5"));
    assert_eq!(table.property("total-data-files").as_deref(), Some("3"));
    let added = table.added_files(first.snapshot_id()).await?;
    assert_eq!(
        added.iter().map(|file| (file.rows, file.partition_date)).collect::<Vec<_>>(),
        [(3, Some(100)), (1, Some(101)),]
    );
    Ok(())
}

pub(super) async fn empty_commits_carry_properties(lake: &Lake) -> Result<()> {
    for (n, operation) in [Operation::Append(vec![]), Operation::ReplaceAll(vec![])].into_iter().enumerate() {
        let properties = BTreeMap::from([("estrella.n".to_owned(), n.to_string())]);
        let commit = Commit { key: format!("empty/{n}"), operation, base: None, properties };
        assert!(matches!(lake.commit(&PROFILES, commit).await?, Outcome::Committed { .. }));
        let table = lake.table(&PROFILES).await?;
        assert_eq!(table.property("estrella.n"), Some(n.to_string()));
        assert_eq!(table.property("total-records").as_deref(), Some("0"));
        assert!(table.plan(None).await?.is_empty());
    }
    Ok(())
}

pub(super) async fn overwrite_replaces_partitions_only(lake: &Lake) -> Result<()> {
    let case = Case::events(lake, "overwrite");
    let files = vec![case.file("a", 200, &[1]).await?, case.file("a", 201, &[2]).await?];
    lake.commit(case.table, case.commit("a", Operation::Append(files))).await?;
    case.append("b", 200, &[3]).await?;
    let files = vec![case.file("c", 200, &[4]).await?];
    let dates = BTreeSet::from([200, 299]);
    lake.commit(case.table, case.commit("c", Operation::OverwritePartitions { dates, files })).await?;
    assert_eq!(case.rows(200).await?, ["4"]);
    assert_eq!(case.rows(201).await?, ["2"]);
    let dates = BTreeSet::from([200]);
    let operation = Operation::OverwritePartitions { dates, files: vec![] };
    let deleted = lake.commit(case.table, case.commit("d", operation)).await?.snapshot_id();
    assert!(case.rows(200).await?.is_empty());
    let head = lake.table(case.table).await?.history().into_iter().next();
    assert_eq!(head.map(|s| (s.snapshot_id, s.operation)), Some((deleted, "delete".to_owned())));
    let stray = vec![case.file("e", 202, &[5]).await?];
    let operation = Operation::OverwritePartitions { dates: BTreeSet::from([200]), files: stray };
    expect_error(lake.commit(case.table, case.commit("e", operation)).await, ErrorKind::InvalidInput);
    Ok(())
}

pub(super) async fn rewrite_keeps_rows_and_refuses_gone_files(lake: &Lake) -> Result<()> {
    let case = Case::events(lake, "rewrite");
    case.append("a", 300, &[1]).await?;
    case.append("b", 300, &[2]).await?;
    let removed: Vec<_> =
        lake.table(case.table).await?.plan_partition(300).await?.into_iter().map(|f| f.key).collect();
    let added = vec![case.file("ab", 300, &[1, 2]).await?];
    let rewrite = Operation::RewriteFiles { removed: removed.clone(), added };
    let total = lake.table(case.table).await?.property("total-records");
    lake.commit(case.table, case.commit("ab", rewrite)).await?;
    let table = lake.table(case.table).await?;
    assert_eq!(case.rows(300).await?, ["1", "2"]);
    assert_eq!(table.plan_partition(300).await?.len(), 1);
    assert_eq!(table.property("total-records"), total);
    assert_eq!(table.history().first().map(|s| s.operation.clone()).as_deref(), Some("replace"));

    let live = table.plan_partition(300).await?.into_iter().map(|f| f.key).collect();
    let fewer = Operation::RewriteFiles { removed: live, added: vec![case.file("fewer", 300, &[1]).await?] };
    expect_error(lake.commit(case.table, case.commit("fewer", fewer)).await, ErrorKind::InvalidInput);

    let added = vec![case.file("again", 300, &[1, 2]).await?];
    let rewrite = Operation::RewriteFiles { removed, added };
    expect_error(lake.commit(case.table, case.commit("again", rewrite)).await, ErrorKind::Conflict);
    assert_eq!(case.rows(300).await?, ["1", "2"]);
    Ok(())
}

pub(super) async fn replace_all_replaces_all(lake: &Lake) -> Result<()> {
    let case = Case { lake, table: &DIM_USERS, name: "replace" };
    for (n, numbers) in [&[1, 2][..], &[2, 3, 4], &[5]].into_iter().enumerate() {
        let files = vec![case.file(&n.to_string(), None, numbers).await?];
        let commit = case.commit(&n.to_string(), Operation::ReplaceAll(files));
        lake.commit(case.table, commit).await?;
        let table = lake.table(case.table).await?;
        let rows = first_column(&**lake.store(), &table.plan(None).await?).await?;
        assert_eq!(rows, numbers.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(table.property("total-records"), Some(numbers.len().to_string()));
    }
    Ok(())
}

pub(super) async fn rollback_moves_the_head(lake: &Lake) -> Result<()> {
    let case = Case::events(lake, "rollback");
    let good = case.append("good", 400, &[1]).await?;
    let bad = case.append("bad", 400, &[2]).await?;
    lake.rollback(case.table, good).await?;
    lake.rollback(case.table, good).await?;
    assert_eq!(case.rows(400).await?, ["1"]);
    let table = lake.table(case.table).await?;
    assert_eq!(table.snapshot_id(), Some(good));
    assert_eq!(table.ancestors_after(Some(bad)), None, "rolled back");
    assert_eq!(table.ancestors_after(Some(good)), Some(vec![]));
    // The rolled back key is free again.
    let again = case.append("bad", 400, &[2]).await?;
    assert_ne!(again, bad);
    assert_eq!(case.rows(400).await?, ["1", "2"]);
    let table = lake.table(case.table).await?;
    let newer = table.ancestors_after(Some(good)).unwrap_or_default();
    assert_eq!(newer.iter().map(|s| s.snapshot_id).collect::<Vec<_>>(), [again]);
    let error = expect_error(lake.rollback(case.table, 12345).await, ErrorKind::InvalidInput);
    assert!(error.to_string().contains(&good.to_string()), "{error}");
    let absent = &estrella_core::schema::DIM_BRANDS;
    expect_error(lake.rollback(absent, 1).await, ErrorKind::NotFound);
    Ok(())
}

pub(super) async fn many_small_manifests_are_merged(lake: &Lake) -> Result<()> {
    let case = Case { lake, table: &estrella_core::schema::DIM_PRODUCTS, name: "merge" };
    const COMMITS: i32 = 104;
    for n in 0..COMMITS {
        let files = vec![case.file(&n.to_string(), None, &[n]).await?];
        lake.commit(case.table, case.commit(&n.to_string(), Operation::Append(files))).await?;
    }
    let table = lake.table(case.table).await?;
    let files = table.plan(None).await?;
    assert_eq!(files.len(), 104);
    assert_eq!(first_column(&**lake.store(), &files).await?.len(), 104);
    let head = table.metadata().current_snapshot().cloned();
    let head = head.ok_or_else(|| crate::Error::bug("no head"))?;
    let manifests = crate::manifest::manifests(&table.inner, &head).await?;
    assert!(manifests.len() < 10, "{} manifests", manifests.len());
    Ok(())
}
