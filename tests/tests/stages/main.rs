//! The stages in the order of the command line, over a lake in memory: whatever stops them and however often they
//! are called, the tables hold what the rows of the objects say, once.

mod chain;
mod changes;
mod clean;
mod extract;
mod facts;
mod maintain;
mod monitors;
mod rows;
mod shop;
mod sim;

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use estrella_contracts::{Decided, ObjectRef, Plan, keys};
use estrella_core::schema::{CLEAN_EVENTS, FACT_USER_EVENTS, QUARANTINED_EVENTS, RUNS, TableSchema};
use estrella_lake::data::ParquetFile;
use estrella_lake::fakes::Faults;
use estrella_lake::{Commit, ErrorKind, NewFile, ObjectStore, Operation};

use chain::{assert_same, chain as run_chain, crash_everywhere, judged, judged_now, shop_with_two_waiting};
use rows::{HEADER, bad, event, events};
use shop::{Shop, clock, texts};

#[tokio::test(start_paused = true)]
async fn a_crash_at_any_call_is_healed_by_running_again() {
    let shop = shop_with_two_waiting().await;
    let whole = shop.copy().await;
    whole.run().await;
    whole.assert_as_delivered("uninterrupted").await;
    assert!(crash_everywhere(&shop, 0, 3).await > 100, "a run makes more calls than that");
}

#[tokio::test(start_paused = true)]
async fn any_schedule_of_faults_leads_to_the_same_tables() {
    let before = shop_with_two_waiting().await;
    for seed in 0..12 {
        let shop = before.copy().await;
        let deps = shop.fakes.faulty(&Faults::seeded(seed, 15));
        let mut runs = 0;
        while let Err(error) = run_chain(&shop.objects, &deps).await {
            assert!(error.is_retryable(), "seed {seed}: {error}");
            runs += 1;
            assert!(runs < 500, "seed {seed}: {error}");
        }
        shop.assert_as_delivered(&format!("seed {seed}")).await;
        shop.assert_keys_were_always_unique(&format!("seed {seed}")).await;
    }
}

#[tokio::test]
async fn delivered_again_in_any_order_objects_change_no_table() {
    let mut shop = shop_with_two_waiting().await;
    shop.run().await;
    let heads = shop.heads().await;
    for _ in 0..3 {
        shop.objects.rotate_left(1);
        assert!(shop.run().await.is_empty());
        assert_eq!(shop.heads().await, heads);
    }
    shop.assert_as_delivered("delivered again").await;
}

#[tokio::test]
async fn one_run_or_several_in_any_order_make_the_same_tables() {
    let objects = [
        ("a.csv", events(0..40)),
        ("b.csv", [events(20..70), bad(0..3)].concat()),
        ("c.csv", [bad(2..5), events(50..90), events(50..55)].concat()),
    ];
    let mut together = Shop::new();
    for (key, rows) in &objects {
        together.put(key, rows).await;
    }
    together.run().await;
    together.assert_as_delivered("together").await;
    let expected = together.star().await;
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut shop = Shop::new();
        for at in order {
            let (key, rows) = &objects[at];
            shop.put(key, rows).await;
            shop.run().await;
        }
        let what = format!("{order:?}");
        assert_same(&shop.star().await, &expected, &what);
        shop.assert_as_delivered(&what).await;
    }
}

#[tokio::test]
async fn of_two_runs_planned_on_one_base_the_second_is_planned_again() {
    let mut shop = shop_with_two_waiting().await;
    let late = shop.objects.pop().unwrap();
    shop.extract().await;
    let first = judged_now(&shop.deps()).await;
    shop.objects.push(late);
    shop.extract().await;
    let second = judged_now(&shop.deps()).await;
    assert_eq!(first.plan.base_snapshot_id, second.plan.base_snapshot_id);

    estrella_load_facts::handle(&first, &shop.deps()).await.unwrap();
    let heads = shop.heads().await;
    let refused = estrella_load_facts::handle(&second, &shop.deps()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Conflict, "{refused}");
    assert_eq!(shop.heads().await, heads);

    shop.run().await;
    shop.assert_as_delivered("planned again").await;
    shop.assert_keys_were_always_unique("planned again").await;
}

/// A run without a new row moves the table too: its receipts are applied, and another run may hold them as well.
#[tokio::test]
async fn a_run_that_adds_no_row_is_in_the_way_as_well() {
    let mut shop = Shop::new();
    shop.put("good.csv", &events(0..20)).await;
    shop.run().await;
    for (key, rows) in [("refused.csv", bad(0..4)), ("known.csv", events(5..10))] {
        shop.put(key, &rows).await;
        shop.extract().await;
        let first = judged_now(&shop.deps()).await;
        shop.put(&format!("after {key}"), &events(30..35)).await;
        shop.extract().await;
        let second = judged_now(&shop.deps()).await;
        assert_eq!(first.plan.base_snapshot_id, second.plan.base_snapshot_id);
        estrella_load_facts::handle(&first, &shop.deps()).await.unwrap();
        let refused = estrella_load_facts::handle(&second, &shop.deps()).await.map_err(|error| error.kind());
        assert_eq!(refused.unwrap_err(), ErrorKind::Conflict, "{key}");
        shop.run().await;
        shop.assert_as_delivered(key).await;
    }
}

/// The counts of a run that was refused once must not come back when the second attempt is cut short.
#[tokio::test(start_paused = true)]
async fn a_run_planned_again_and_cut_short_counts_what_was_committed() {
    let mut shop = Shop::new();
    shop.put("a.csv", &events(0..40)).await;
    shop.extract().await;
    let early = judged_now(&shop.deps()).await;
    // Others load rows that the run holds as well.
    let object = shop.put("b.csv", &events(20..60)).await;
    let receipt = estrella_extract::handle(&object, &shop.deps()).await.unwrap();
    let plan = estrella_plan::handle(&shop.deps()).await.unwrap();
    let other = judged(only(plan, &receipt.receipt_id), &shop.deps()).await.unwrap();
    estrella_load_facts::handle(&other, &shop.deps()).await.unwrap();
    let refused = estrella_load_facts::handle(&early, &shop.deps()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Conflict);

    crash_everywhere(&shop, 0, 5).await;
    shop.run().await;
    shop.assert_as_delivered("planned again").await;
}

/// A plan as if only one receipt were pending.
fn only(mut plan: Plan, receipt_id: &str) -> Plan {
    plan.receipt_ids.retain(|id| id == receipt_id);
    for batch in &mut plan.batches {
        batch.parts.retain(|part| part.receipt_id == receipt_id);
        batch.batch_id = format!("{}-{receipt_id}", batch.event_date);
    }
    plan.batches.retain(|batch| !batch.parts.is_empty());
    plan.rejected.retain(|rejected| rejected.receipt_id == receipt_id);
    plan.rows_in = plan.batches.iter().map(estrella_contracts::Batch::rows_in).sum::<u64>()
        + plan.rejected.iter().map(|rejected| rejected.part.rows).sum::<u64>();
    plan.run_id = format!("only-{receipt_id}");
    plan
}
