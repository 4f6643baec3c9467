//! Commits under injected faults: every one is applied exactly once or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use estrella_core::schema::FACT_USER_EVENTS as FACTS;
use estrella_lake::contract::{first_column, write_rows};
use estrella_lake::fakes::{Fault, Faults, FaultyCatalog, FaultyStore, ManualClock, Op, memory_lake};
use estrella_lake::{Clock, Commit, ErrorKind, KEY_PROPERTY, Lake, NewFile, Operation, Outcome, Result};

fn faulty(lake: &Lake, faults: &Faults) -> Lake {
    let store = Arc::new(FaultyStore::new(lake.store().clone(), faults.clone()));
    let catalog = Arc::new(FaultyCatalog::new(lake.catalog().clone(), faults.clone()));
    Lake::new(store, catalog, lake.clock().clone())
}

fn commit(key: &str, operation: Operation) -> Commit {
    Commit { key: key.to_owned(), operation, base: None, properties: BTreeMap::new() }
}

async fn file(lake: &Lake, name: &str, date: i32, numbers: &[i32]) -> Result<NewFile> {
    write_rows(&**lake.store(), &FACTS, name, Some(date), numbers).await
}

async fn append(lake: &Lake, name: &str, numbers: &[i32]) -> Result<Commit> {
    Ok(commit(name, Operation::Append(vec![file(lake, name, 0, numbers).await?])))
}

async fn rows(lake: &Lake, date: i32) -> Result<Vec<String>> {
    let Some(table) = lake.table_if_exists(&FACTS).await? else { return Ok(vec![]) };
    first_column(&**lake.store(), &table.plan_partition(date).await?).await
}

async fn keys(lake: &Lake) -> Result<Vec<String>> {
    let history = lake.table(&FACTS).await?.history();
    Ok(history.into_iter().rev().map(|snapshot| snapshot.summary[KEY_PROPERTY].clone()).collect())
}

#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_after_the_swap_commits_once() -> Result<()> {
    let lake = memory_lake();
    for (n, kind) in [ErrorKind::Unavailable, ErrorKind::Throttled].into_iter().enumerate() {
        let faults = Faults::script([(Op::Swap, Fault::After(kind))]);
        let commit = append(&lake, &n.to_string(), &[1]).await?;
        let outcome = faulty(&lake, &faults).commit(&FACTS, commit.clone()).await?;
        assert!(matches!(outcome, Outcome::Committed { .. }), "{outcome:?}");
        assert_eq!(lake.table(&FACTS).await?.snapshot_id(), Some(outcome.snapshot_id()));
        let again = lake.commit(&FACTS, commit).await?;
        assert_eq!(again, Outcome::AlreadyApplied { snapshot_id: outcome.snapshot_id() });
    }
    assert_eq!(keys(&lake).await?, ["0", "1"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn an_unknown_creation_creates_once() -> Result<()> {
    let lake = memory_lake();
    let faults = Faults::script([
        (Op::Create, Fault::After(ErrorKind::Unavailable)),
        (Op::Create, Fault::Before(ErrorKind::Throttled)),
    ]);
    let table = faulty(&lake, &faults).table(&FACTS).await?;
    assert_eq!(table.metadata().uuid(), lake.table(&FACTS).await?.metadata().uuid());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn lost_swaps_reuse_the_manifest_of_the_new_files() -> Result<()> {
    let lake = memory_lake();
    let faults = Faults::script([(Op::Swap, Fault::Conflict), (Op::Swap, Fault::Conflict)]);
    let commit = append(&lake, "a", &[1]).await?;
    faulty(&lake, &faults).commit(&FACTS, commit).await?;
    assert_eq!(rows(&lake, 0).await?, ["1"]);
    let metadata = lake.store().list("model/fact_user_events/metadata/").await?;
    let count = |end: &str| metadata.iter().filter(|object| object.key.ends_with(end)).count();
    assert_eq!(count("-m.avro"), 1, "one manifest");
    assert_eq!(metadata.iter().filter(|object| object.key.contains("/snap-")).count(), 3, "three attempts");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_service_that_stays_down_leaves_the_table_unchanged() -> Result<()> {
    let lake = memory_lake();
    lake.commit(&FACTS, append(&lake, "a", &[1]).await?).await?;
    let head = lake.table(&FACTS).await?.snapshot_id();
    let faults = Faults::script([(Op::Swap, Fault::Before(ErrorKind::Unavailable)); 100]);
    let commit = append(&lake, "b", &[2]).await?;
    let error = faulty(&lake, &faults).commit(&FACTS, commit).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.is_retryable());
    assert_eq!(lake.table(&FACTS).await?.snapshot_id(), head);
    let faults = Faults::script([(Op::Swap, Fault::Conflict); 100]);
    let commit = append(&lake, "c", &[3]).await?;
    let error = faulty(&lake, &faults).commit(&FACTS, commit).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(rows(&lake, 0).await?, ["1"]);
    Ok(())
}

/// The process dies after its first call, after its second, and so on; then another one finishes the work.
#[tokio::test(start_paused = true)]
async fn a_crash_at_any_call_is_healed_by_running_again() -> Result<()> {
    for calls in 0.. {
        let lake = memory_lake();
        let first = append(&lake, "first", &[1, 2]).await?;
        let dates = BTreeSet::from([0]);
        let files = vec![file(&lake, "second", 0, &[3]).await?];
        let second = commit("second", Operation::OverwritePartitions { dates, files });
        let dying = faulty(&lake, &Faults::crash_after(calls));
        let died = dying.commit(&FACTS, first.clone()).await.is_err()
            || dying.commit(&FACTS, second.clone()).await.is_err();
        let seen = rows(&lake, 0).await?;
        assert!(seen.is_empty() || seen == ["1", "2"] || seen == ["3"], "{seen:?} after {calls} calls");
        lake.commit(&FACTS, first).await?;
        lake.commit(&FACTS, second).await?;
        assert_eq!(rows(&lake, 0).await?, ["3"], "after {calls} calls");
        assert_eq!(keys(&lake).await?, ["first", "second"], "after {calls} calls");
        if !died {
            assert!(calls > 10, "the commits make more calls than that");
            return Ok(());
        }
    }
    Ok(())
}

/// What the table should hold: numbers by day, and the keys in order.
#[derive(Default)]
struct Oracle {
    days: BTreeMap<i32, BTreeSet<i32>>,
    keys: Vec<String>,
}

#[tokio::test(start_paused = true)]
async fn seeded_faults_agree_with_an_oracle() -> Result<()> {
    for seed in 0..60 {
        let lake = memory_lake();
        let shaky = faulty(&lake, &Faults::seeded(seed, 200));
        let mut oracle = Oracle::default();
        for n in 0..12 {
            let operation = next_operation(&lake, &mut oracle, seed, n).await?;
            let commit = commit(&n.to_string(), operation);
            oracle.keys.push(commit.key.clone());
            // As Step Functions does: run again while the error says so.
            while let Err(error) = shaky.commit(&FACTS, commit.clone()).await {
                assert!(error.is_retryable(), "seed {seed}: {error}");
            }
            for (day, numbers) in &oracle.days {
                let mut wanted: Vec<_> = numbers.iter().map(ToString::to_string).collect();
                wanted.sort_unstable();
                assert_eq!(rows(&lake, *day).await?, wanted, "seed {seed}, commit {n}, day {day}");
            }
        }
        assert_eq!(keys(&lake).await?, oracle.keys, "seed {seed}");
        let total: usize = oracle.days.values().map(BTreeSet::len).sum();
        assert_eq!(lake.table(&FACTS).await?.property("total-records"), Some(total.to_string()));
    }
    Ok(())
}

async fn next_operation(lake: &Lake, oracle: &mut Oracle, seed: u64, n: i32) -> Result<Operation> {
    let day = (n * 7 + seed as i32) % 3;
    let new = vec![file(lake, &format!("{n}"), day, &[n]).await?];
    Ok(match (seed as i32 + n) % 5 {
        0 => {
            oracle.days.insert(day, BTreeSet::from([n]));
            Operation::OverwritePartitions { dates: BTreeSet::from([day]), files: new }
        }
        1 => {
            let live = lake.table(&FACTS).await?.plan_partition(day).await?;
            let numbers: Vec<_> = oracle.days.entry(day).or_default().iter().copied().collect();
            let added = match numbers.is_empty() {
                true => vec![],
                false => vec![file(lake, &format!("{n}-compact"), day, &numbers).await?],
            };
            Operation::RewriteFiles { removed: live.into_iter().map(|file| file.key).collect(), added }
        }
        2 if n % 4 == 0 => {
            oracle.days.values_mut().for_each(BTreeSet::clear);
            oracle.days.insert(day, BTreeSet::from([n]));
            Operation::ReplaceAll(new)
        }
        _ => {
            oracle.days.entry(day).or_default().insert(n);
            Operation::Append(new)
        }
    })
}

#[tokio::test(start_paused = true)]
async fn rollback_survives_faults() -> Result<()> {
    for seed in 0..40 {
        let lake = memory_lake();
        let first = lake.commit(&FACTS, append(&lake, "a", &[1]).await?).await?;
        lake.commit(&FACTS, append(&lake, "b", &[2]).await?).await?;
        let shaky = faulty(&lake, &Faults::seeded(seed, 300));
        while let Err(error) = shaky.rollback(&FACTS, first.snapshot_id()).await {
            assert!(error.is_retryable(), "seed {seed}: {error}");
        }
        assert_eq!(rows(&lake, 0).await?, ["1"], "seed {seed}");
        assert_eq!(keys(&lake).await?, ["a"]);
    }
    Ok(())
}

#[tokio::test]
async fn a_clock_that_stands_still_or_goes_back_is_no_obstacle() -> Result<()> {
    let lake = memory_lake();
    lake.commit(&FACTS, append(&lake, "a", &[1]).await?).await?;
    let first = lake.table(&FACTS).await?.snapshot_id().unwrap();
    let earlier = ManualClock::new(lake.clock().now_ms() - 86_400_000);
    let lake = Lake::new(lake.store().clone(), lake.catalog().clone(), Arc::new(earlier));
    lake.commit(&FACTS, append(&lake, "b", &[2]).await?).await?;
    lake.rollback(&FACTS, first).await?;
    lake.commit(&FACTS, append(&lake, "c", &[3]).await?).await?;
    let times: Vec<_> = lake.table(&FACTS).await?.history().iter().map(|s| s.timestamp_ms).collect();
    assert_eq!(times, [ManualClock::default().now_ms(); 2]);
    Ok(())
}
