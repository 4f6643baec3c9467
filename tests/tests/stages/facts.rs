//! Facts follow `clean.events`, whatever was rolled back or rewritten, and whatever is held back.

use super::*;

async fn ids(shop: &Shop, schema: &'static TableSchema) -> Vec<String> {
    let files = shop.table(schema).await.plan(None).await.unwrap();
    shop.read(schema, &files, |column| column == "event_id").await
}

#[tokio::test]
async fn facts_rolled_back_alone_are_healed_by_the_next_load() {
    let mut shop = Shop::new();
    shop.put("a.csv", &events(0..40)).await;
    shop.run().await;
    let first = shop.table(&FACT_USER_EVENTS).await.snapshot_id().unwrap();
    shop.put("b.csv", &events(20..70)).await;
    shop.run().await;
    shop.deps().lake.rollback(&FACT_USER_EVENTS, first).await.unwrap();
    estrella_load_facts::sync(&shop.deps()).await.unwrap();
    assert_eq!(ids(&shop, &FACT_USER_EVENTS).await, ids(&shop, &CLEAN_EVENTS).await);
    shop.deps().lake.rollback(&FACT_USER_EVENTS, first).await.unwrap();
    shop.put("c.csv", &events(60..90)).await;
    shop.run().await;
    shop.assert_as_delivered("facts rolled back").await;
}

/// Others may put the facts into other files, and do not say then what these reflect.
#[tokio::test]
async fn facts_that_others_compacted_are_not_appended_again() {
    let mut shop = Shop::new();
    shop.put("a.csv", &events((0..40).map(|n| 2 * n))).await;
    shop.run().await;
    let (deps, store) = (shop.deps(), shop.deps().lake.store().clone());
    let [planned] = shop.table(&FACT_USER_EVENTS).await.plan(None).await.unwrap().try_into().unwrap();
    let body = store.get(&planned.key).await.unwrap();
    let copy = "model/fact_user_events/data/compacted.parquet";
    store.put_if_absent(copy, body).await.unwrap();
    let file = ParquetFile::open(&store, copy).await.unwrap();
    let added = NewFile {
        key: copy.to_owned(),
        partition_date: planned.partition_date,
        size_bytes: file.size_bytes(),
        metadata: file.metadata().clone(),
    };
    let operation = Operation::RewriteFiles { removed: vec![planned.key], added: vec![added] };
    let commit = Commit { key: "theirs".into(), operation, base: None, properties: BTreeMap::new() };
    deps.lake.commit(&FACT_USER_EVENTS, commit).await.unwrap();
    estrella_load_facts::sync(&deps).await.unwrap();
    assert_eq!(ids(&shop, &FACT_USER_EVENTS).await, ids(&shop, &CLEAN_EVENTS).await);
    shop.put("b.csv", &events(20..70)).await;
    shop.run().await;
    shop.assert_as_delivered("compacted by others").await;
}

/// There and back, and there again: the facts always follow.
#[tokio::test]
async fn facts_follow_clean_events_through_any_rollback() {
    let mut shop = Shop::new();
    let mut heads = Vec::new();
    for (key, rows) in [("a.csv", events(0..40)), ("b.csv", events(20..70)), ("c.csv", events(60..90))] {
        shop.put(key, &rows).await;
        shop.run().await;
        heads.push(shop.table(&CLEAN_EVENTS).await.snapshot_id().unwrap());
    }
    for to in [1, 2, 0, 2, 1, 0, 1, 2] {
        shop.deps().lake.rollback(&CLEAN_EVENTS, heads[to]).await.unwrap();
        estrella_load_facts::sync(&shop.deps()).await.unwrap();
        assert_eq!(ids(&shop, &FACT_USER_EVENTS).await, ids(&shop, &CLEAN_EVENTS).await, "back to {to}");
    }
    estrella_load_dims::handle(&shop.deps()).await.unwrap();
    shop.assert_as_delivered("rolled back and forth").await;
    shop.deps().lake.rollback(&CLEAN_EVENTS, heads[0]).await.unwrap();
    shop.put("d.csv", &events(80..95)).await;
    shop.run().await;
    assert_eq!(
        ids(&shop, &FACT_USER_EVENTS).await,
        ids(&shop, &CLEAN_EVENTS).await,
        "loaded after a rollback"
    );
}

#[tokio::test(start_paused = true)]
async fn a_batch_held_back_is_nowhere_but_aside() {
    let mut shop = Shop::new();
    shop.put("good.csv", &events(0..40)).await;
    let rows: Vec<String> = (0..10).map(|n| event(3, n)).chain(bad(0..10)).collect();
    let broken = shop.put("broken.csv", &rows).await;
    let before = shop.copy().await;
    let loaded = shop.run().await;
    assert!(loaded[0].is_conserved());
    assert_eq!((loaded[0].blocked, &loaded[0].blocked_dates[..]), (10, &["2019-10-03".to_owned()][..]));
    assert_eq!(shop.runs().await, [[60, 40, 0, 10, 10]]);
    let files = shop.table(&RUNS).await.plan(None).await.unwrap();
    assert_eq!(shop.read(&RUNS, &files, |column| column == "status").await, ["blocked"]);
    assert_eq!(ids(&shop, &CLEAN_EVENTS).await.len(), 40);
    assert_eq!(ids(&shop, &FACT_USER_EVENTS).await.len(), 40);

    let store = shop.deps().lake.store().clone();
    assert_eq!(store.list("landed/blocked/").await.unwrap().len(), 1);
    let kept = store.list("landed/parts/").await.unwrap();
    let [part] = &kept[..] else { panic!("{kept:?}") };
    let of_day = format!("{}/event_date=2019-10-03/0-", estrella_extract::receipt_id(&broken));
    assert!(part.key.contains(&of_day), "{part:?}");
    let heads = shop.heads().await;
    assert!(shop.run().await.is_empty());
    assert_eq!(shop.heads().await, heads);
    crash_everywhere(&before, 3, 11).await;
}

/// Rules are changed between two attempts at one run, and the second is cut short after its commit: who completes it knows it
/// from what the first has stored.
#[tokio::test(start_paused = true)]
async fn a_run_is_loaded_as_it_was_judged_when_it_was_stored() {
    let mut shop = Shop::new();
    shop.put("a.csv", &events(0..40)).await;
    shop.extract().await;
    judge_by("product_id", "7", &shop).await;
    let first = judged_now(&shop.deps()).await;
    estrella_load_facts::handle(&first, &shop.fakes.faulty(&Faults::crash_after(1))).await.unwrap_err();
    judge_by("user_id", "5", &shop).await;
    let second = judged_now(&shop.deps()).await;
    assert_eq!(second.plan.run_id, first.plan.run_id);
    assert_ne!(second.batches, first.batches);
    for calls in 0.. {
        let shop = shop.copy().await;
        let died =
            estrella_load_facts::handle(&second, &shop.fakes.faulty(&Faults::crash_after(calls))).await;
        shop.run().await;
        let set_aside = shop.rows_of(&QUARANTINED_EVENTS).await.len();
        assert!(set_aside > 0);
        assert_eq!(ids(&shop, &FACT_USER_EVENTS).await.len() + set_aside, 40, "after {calls} calls");
        if died.is_ok() {
            break;
        }
    }
}

/// Sets rows aside from now on that have a value in a column.
async fn judge_by(column: &str, value: &str, shop: &Shop) {
    let rules = keys::rules("clean_events");
    let text = format!("Rules = [ ColumnValues \"{column}\" != {value} labels=[\"action\"=\"quarantine\"] ]");
    shop.fakes.store.delete(&rules).await.unwrap();
    shop.fakes.store.put_if_absent(&rules, text.into()).await.unwrap();
}

/// A discard dies at any of its calls, and the next run does what was left of it.
#[tokio::test(start_paused = true)]
async fn of_a_batch_that_is_thrown_away_nothing_stays_landed() {
    let mut shop = Shop::new();
    shop.put("a.csv", &[events((0..20).map(|n| 2 * n)), bad((0..20).map(|n| 2 * n))].concat()).await;
    shop.run().await;
    let [held] = estrella_release::blocked(&shop.deps()).await.unwrap().try_into().unwrap();
    let batch_id = held.cleaned.batch.batch_id;
    let decided = Decided { discard: true, by: "a test".into(), note: None };
    let mut ended_by_others = 0;
    for calls in 0.. {
        let shop = shop.copy().await;
        let deps = shop.fakes.faulty(&Faults::crash_after(calls));
        let died = estrella_release::decide(&batch_id, &decided, &deps).await.is_err();
        shop.run().await;
        let is_decided = estrella_release::blocked(&shop.deps()).await.unwrap().is_empty();
        let landed = || shop.fakes.store.list("landed/parts/");
        ended_by_others += usize::from(died && is_decided && landed().await.unwrap().is_empty());
        let again = estrella_release::decide(&batch_id, &decided, &shop.deps()).await.unwrap();
        assert_eq!(matches!(again, estrella_release::Decidedly::DiscardedBefore), is_decided);
        assert!(landed().await.unwrap().is_empty(), "after {calls} calls");
        let [.., last] = shop.runs().await[..] else { panic!("no run") };
        assert!(last[1] == 0 && ids(&shop, &FACT_USER_EVENTS).await.is_empty(), "after {calls} calls");
        if !died {
            break;
        }
    }
    assert!(ended_by_others > 0);
}
