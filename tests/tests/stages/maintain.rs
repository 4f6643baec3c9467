//! Maintenance between loads: small files become few, and nobody notices but for the number of files.

use std::collections::BTreeMap;

use estrella_contracts::keys;
use estrella_core::schema::{ALL_TABLES, CLEAN_EVENTS, FACT_USER_EVENTS, QUARANTINED_EVENTS, RUNS};
use estrella_lake::fakes::Faults;
use estrella_lake::{Compaction, Lake, ObjectStore};

use crate::chain::{assert_same, judged, judged_now, load};
use crate::rows::{bad, event, events};
use crate::shop::Shop;

const HOURS: i64 = 3_600_000;
const COMPACTION: Compaction =
    Compaction { target_bytes: 1 << 20, min_files: 4, max_bytes: 1 << 30, group_rows: 64 };

/// So many loads, each of some events of both days and a refused row.
async fn shop_of(loads: u32) -> Shop {
    let mut shop = Shop::new();
    shop.fakes.config.compaction = COMPACTION;
    for n in 0..loads {
        shop.put(&format!("{n}.csv"), &[events(n * 10..n * 10 + 14), bad(n..n + 1)].concat()).await;
        shop.run().await;
    }
    shop
}

async fn files(shop: &Shop) -> BTreeMap<String, usize> {
    let mut files = BTreeMap::new();
    for schema in ALL_TABLES {
        files.insert(schema.full_name(), shop.table(schema).await.plan(None).await.unwrap().len());
    }
    files
}

async fn assert_sound(lake: &Lake) {
    for schema in ALL_TABLES {
        let verified = lake.verify(schema).await.unwrap().unwrap_or_default();
        assert!(verified.findings.is_empty(), "{:?}", verified.findings);
    }
}

#[tokio::test]
async fn small_files_become_few() {
    let shop = shop_of(5).await;
    let (before, rows) = (files(&shop).await, shop.tables().await);
    assert_eq!(before[&CLEAN_EVENTS.full_name()], 10, "one per load and day");
    let done = estrella_maintain::handle(&shop.deps()).await.unwrap();
    let after = files(&shop).await;
    for (table, few) in [(&CLEAN_EVENTS, 2), (&FACT_USER_EVENTS, 2), (&RUNS, 1)] {
        assert_eq!(after[&table.full_name()], few, "{}", table.full_name());
    }
    assert!(done.files_compacted > 20, "{done:?}");
    assert_same(&shop.tables().await, &rows, "compacted");
    assert_sound(&shop.deps().lake).await;

    let heads = shop.heads().await;
    let again = estrella_maintain::handle(&shop.deps()).await.unwrap();
    assert_eq!(again, estrella_maintain::Maintained::default());
    assert_eq!(shop.heads().await, heads, "a quiet lake is left alone");
}

#[tokio::test]
async fn dimensions_have_nothing_to_do_after_a_compaction() {
    let mut shop = shop_of(5).await;
    estrella_maintain::handle(&shop.deps()).await.unwrap();
    let loaded = estrella_load_dims::handle(&shop.deps()).await.unwrap();
    assert!(loaded.tables_changed.is_empty() && !loaded.rebuilt && loaded.events_read == 0, "{loaded:?}");
    shop.put("more.csv", &events(100..110)).await;
    shop.run().await;
    shop.assert_as_delivered("loaded on compacted tables").await;
}

#[tokio::test]
async fn a_run_planned_before_a_compaction_is_committed_after_it() {
    for is_cleaned_before in [false, true] {
        let mut shop = shop_of(5).await;
        shop.put("late.csv", &[events(40..70), bad(9..10)].concat()).await;
        shop.extract().await;
        let run = if is_cleaned_before {
            let run = judged_now(&shop.deps()).await;
            estrella_maintain::handle(&shop.deps()).await.unwrap();
            run
        } else {
            let plan = estrella_plan::handle(&shop.deps()).await.unwrap();
            estrella_maintain::handle(&shop.deps()).await.unwrap();
            judged(plan, &shop.deps()).await.unwrap()
        };
        assert_ne!(
            shop.table(&CLEAN_EVENTS).await.snapshot_id(),
            run.plan.base_snapshot_id,
            "it was compacted"
        );
        estrella_load_facts::handle(&run, &shop.deps()).await.unwrap();
        assert!(load(&shop.deps()).await.unwrap().is_empty(), "nothing is left to load");
        shop.run().await;
        shop.assert_as_delivered("planned before").await;
        assert_sound(&shop.deps().lake).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_crash_at_any_call_is_made_good_by_the_next_maintenance() {
    let before = shop_of(5).await;
    let rows = before.tables().await;
    let mut crashed = 0;
    for calls in (0..).step_by(3) {
        let shop = before.copy().await;
        let deps = shop.fakes.faulty(&Faults::crash_after(calls));
        let is_whole = estrella_maintain::handle(&deps).await.is_ok();
        assert_same(&shop.tables().await, &rows, &format!("crashed after {calls} calls"));
        // Facts are filled in and dimensions loaded, whatever state files are in.
        estrella_load_dims::handle(&shop.deps()).await.unwrap();
        estrella_maintain::handle(&shop.deps()).await.unwrap();
        assert_same(&shop.tables().await, &rows, &format!("maintained after {calls} calls"));
        assert_eq!(files(&shop).await[&FACT_USER_EVENTS.full_name()], 2, "after {calls} calls");
        if is_whole {
            break;
        }
        crashed += 1;
    }
    assert!(crashed > 50, "maintenance makes more calls than that");
}

/// What a run that stopped half-way has written and not yet committed is needed for its completion, however late.
#[tokio::test]
async fn a_run_that_stopped_half_way_is_completed_after_weeks() {
    let mut shop = shop_of(2).await;
    shop.fakes.config.keep_snapshots = 1;
    shop.put("late.csv", &[events(40..70), bad(9..12)].concat()).await;
    shop.extract().await;
    let mut stopped = 0;
    for calls in (0..).step_by(2) {
        let shop = shop.copy().await;
        let deps = shop.fakes.faulty(&Faults::crash_after(calls));
        if load(&deps).await.is_ok() {
            break;
        }
        for _ in 0..3 {
            shop.fakes.clock.advance_ms(10 * 24 * HOURS);
            estrella_maintain::handle(&shop.deps()).await.unwrap();
        }
        shop.run().await;
        shop.assert_as_delivered(&format!("stopped after {calls} calls")).await;
        stopped += 1;
    }
    assert!(stopped > 30, "a load makes more calls than that");
}

/// What a rule has set aside is in a file that only the run's document names until it is committed.
#[tokio::test]
async fn rows_set_aside_by_a_run_that_stopped_half_way_are_not_taken_for_orphans() {
    let mut shop = shop_of(2).await;
    let rule = r#"Rules = [ ColumnValues "price" < 5 labels=["action"="quarantine"] ]"#;
    shop.fakes.store.put_if_absent(&keys::rules("clean_events"), rule.into()).await.unwrap();
    shop.put("late.csv", &events(40..70)).await;
    shop.extract().await;
    // Prices are those of products 1 to 7, in turn, and some cents.
    let dear = (40..70_u32).filter(|n| 1 + n % 7 >= 5).count();
    for calls in (0..).step_by(3) {
        let shop = shop.copy().await;
        let is_done = load(&shop.fakes.faulty(&Faults::crash_after(calls))).await.is_ok();
        shop.fakes.clock.advance_ms(10 * 24 * HOURS);
        estrella_maintain::handle(&shop.deps()).await.unwrap();
        shop.run().await;
        let set_aside = shop.rows_of(&QUARANTINED_EVENTS).await.len();
        assert_eq!(set_aside, dear, "stopped after {calls} calls");
        if is_done {
            break;
        }
    }
}

/// An hour's file of a large shop is a row group that is copied as it stands.
#[tokio::test]
async fn row_groups_are_spliced_where_no_others_are_among_them() {
    let mut shop = Shop::new();
    shop.fakes.config.compaction = Compaction { group_rows: 4, ..COMPACTION };
    for hour in 0..6 {
        let rows: Vec<String> = (0..5).map(|n| event(1, hour * 3 + n % 3 + 100 * n)).collect();
        shop.put(&format!("{hour}.csv"), &rows).await;
        shop.run().await;
    }
    let rows = shop.star().await;
    estrella_maintain::handle(&shop.deps()).await.unwrap();
    assert_eq!(files(&shop).await[&CLEAN_EVENTS.full_name()], 1);
    assert_same(&shop.star().await, &rows, "spliced");
    assert_sound(&shop.deps().lake).await;
}
