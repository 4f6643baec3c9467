//! Hours that are over are judged, and what is found is told once, whatever stops it.

use std::fmt::Write;

use estrella_contracts::{Decided, keys};
use estrella_core::schema::DRIFT_RESULTS;
use estrella_detect_drift::states::{Delivery, Kept, States};
use estrella_detect_drift::{Looked, handle};
use estrella_lake::fakes::Faults;
use estrella_lake::{Alert, ObjectStore, Severity};

use crate::chain::load;
use crate::rows::HEADER;
use crate::shop::Shop;

/// 2019-11-01 00:00 UTC, where the clock stands.
const NOW: i64 = 436_824;
const HOUR_MS: i64 = 3_600_000;
const WEEKS: i64 = 5;
/// Events of a usual hour, in sessions of three.
const USUAL: usize = 120;

/// Events of an hour: views, now and then a cart and a purchase. They differ a little from hour to hour.
fn hour(hour: i64, events: usize) -> String {
    let mut rows = String::new();
    let (date, of_day) = estrella_drift::date_and_hour(hour);
    for n in 0..events + (hour % 7) as usize {
        let kind = match n % 12 {
            5 => "cart",
            11 => "purchase",
            _ => "view",
        };
        let (minute, second, product) = (n * 60 / (events + 7), n % 60, n % 9);
        let cents = 500 + 37 * product + (hour as usize + n) % 11;
        let price = format!("{}.{:02}", cents / 100, cents % 100);
        // Writing to a String cannot fail.
        let _ = writeln!(
            rows,
            "{date} {of_day:02}:{minute:02}:{second:02} UTC,{kind},{product},1,a.b{product},brand{product},{price},{},{hour}-{}",
            n / 3,
            n / 3
        );
    }
    rows
}

/// Hours arrive in one object, and are loaded.
async fn arrive(shop: &mut Shop, name: &str, hours: impl Iterator<Item = (i64, usize)>) {
    let body = format!("{HEADER}\n{}", hours.map(|(at, events)| hour(at, events)).collect::<String>());
    let rows: Vec<String> = body.lines().skip(1).map(str::to_owned).collect();
    let object = shop.put(name, &rows).await;
    estrella_extract::handle(&object, &shop.deps()).await.unwrap();
    load(&shop.deps()).await.unwrap();
}

/// Five usual weeks up to now, judged.
async fn usual_weeks() -> Shop {
    let mut shop = Shop::new();
    arrive(&mut shop, "weeks.csv", (NOW - WEEKS * 168..NOW).map(|at| (at, USUAL))).await;
    shop.fakes.clock.advance_ms(6 * 60_000);
    let looked = look(&shop).await;
    assert!(looked.hours == 25 && looked.breaches == 0, "{looked:?}");
    assert!(shop.fakes.alerts.sent().is_empty());
    shop
}

async fn look(shop: &Shop) -> Looked {
    handle(&shop.deps()).await.unwrap()
}

fn later(shop: &Shop, hours: i64) {
    shop.fakes.clock.advance_ms(hours * HOUR_MS);
}

/// Hours of all results, with the monitors.
async fn results(shop: &Shop) -> Vec<String> {
    let files = shop.table(&DRIFT_RESULTS).await.plan(None).await.unwrap();
    let wanted = ["event_hour", "monitor", "segment", "outcome"];
    shop.read(&DRIFT_RESULTS, &files, |column| wanted.contains(&column)).await
}

async fn kept(shop: &Shop) -> Kept {
    States::new(&shop.deps()).newest().await.unwrap()
}

/// Changes what is kept, as an earlier look may have left it.
async fn keep(shop: &Shop, change: impl Fn(&mut Kept)) {
    let deps = shop.deps();
    let changed = |kept: &mut Kept| {
        change(kept);
        Ok(())
    };
    States::new(&deps).change(changed).await.unwrap();
}

/// A row of each of these days of October is too dear, and held back.
async fn hold_back(shop: &mut Shop, days: std::ops::RangeInclusive<u32>) {
    let rules = "Rules = [ Mean \"price\" < 100 ]".into();
    shop.fakes.store.put_if_absent(&keys::rules("clean_events"), rules).await.unwrap();
    let row = |day: u32| format!("2019-10-{day:02} 23:59:00 UTC,view,1,1,a.b,brand,900.00,1,s");
    let rows: Vec<String> = days.map(row).collect();
    let object = shop.put("dear.csv", &rows).await;
    estrella_extract::handle(&object, &shop.deps()).await.unwrap();
    load(&shop.deps()).await.unwrap();
}

fn subjects(shop: &Shop) -> Vec<String> {
    shop.fakes.alerts.sent().into_iter().map(|alert| alert.subject).collect()
}

#[tokio::test]
async fn silence_is_told_once_and_so_is_its_end() {
    let mut shop = usual_weeks().await;
    later(&shop, 1);
    assert_eq!(look(&shop).await.hours, 1, "an hour without rows");
    assert!(subjects(&shop).is_empty(), "a file may be late");
    later(&shop, 1);
    let looked = look(&shop).await;
    assert_eq!((looked.hours, looked.told.len()), (1, 1));
    assert_eq!(look(&shop).await, Looked::default(), "nothing is new");

    let told = shop.fakes.alerts.sent().remove(0);
    assert!(told.severity >= Severity::Warning && told.subject.contains("rows per hour"), "{}", told.subject);
    for part in ["2019-11-01 00:00 UTC", "estrella ack", "estrella query"] {
        assert!(told.body.contains(part), "{part}: {}", told.body);
    }
    let details: serde_json::Value = serde_json::from_str(told.details.as_deref().unwrap()).unwrap();
    assert_eq!(details["version"], 1);

    for (at, name) in [(NOW + 2, "c.csv"), (NOW + 3, "d.csv")] {
        later(&shop, 1);
        arrive(&mut shop, name, [(at, USUAL)].into_iter()).await;
        look(&shop).await;
    }
    assert_eq!(subjects(&shop).len(), 2, "{:?}", subjects(&shop));
    assert!(subjects(&shop)[1].contains("[recovered]"), "{:?}", subjects(&shop));
}

#[tokio::test]
async fn late_rows_make_an_hour_be_judged_again() {
    let mut shop = usual_weeks().await;
    later(&shop, 1);
    assert_eq!(look(&shop).await.breaches, 1);
    arrive(&mut shop, "late.csv", [(NOW, USUAL)].into_iter()).await;
    let looked = look(&shop).await;
    assert_eq!((looked.hours, looked.breaches), (1, 0));
    later(&shop, 1);
    look(&shop).await;
    assert!(subjects(&shop).is_empty(), "one hour of silence is none in a row: {:?}", subjects(&shop));
}

#[tokio::test]
async fn an_hour_that_is_not_over_waits() {
    let mut shop = usual_weeks().await;
    arrive(&mut shop, "early.csv", [(NOW, USUAL / 3)].into_iter()).await;
    assert_eq!(look(&shop).await.hours, 0);
    assert_eq!(kept(&shop).await.due.into_iter().collect::<Vec<_>>(), [NOW]);
    arrive(&mut shop, "rest.csv", [(NOW, USUAL)].into_iter()).await;
    assert_eq!(look(&shop).await.hours, 0);
    assert_eq!(kept(&shop).await.latest, Some(NOW - 1));
    later(&shop, 1);
    let looked = look(&shop).await;
    assert_eq!((looked.hours, looked.breaches), (1, 0));
    assert_eq!(kept(&shop).await.latest, Some(NOW), "though nothing has come since it is over");
}

/// One clock goes wrong, and everything else is looked at as before.
#[tokio::test]
async fn an_event_that_is_dated_ahead_blinds_nobody() {
    let mut shop = usual_weeks().await;
    let ahead = NOW + 10 * 24;
    arrive(&mut shop, "ahead.csv", [(ahead, 1)].into_iter()).await;
    assert_eq!(look(&shop).await.hours, 0);
    later(&shop, 2);
    let looked = look(&shop).await;
    assert_eq!((looked.hours, looked.told.len()), (2, 1), "silence is told");
    let waiting = kept(&shop).await;
    assert_eq!((waiting.latest, waiting.due.into_iter().collect::<Vec<_>>()), (Some(NOW - 1), vec![ahead]));
    later(&shop, ahead - NOW);
    look(&shop).await;
    let over = kept(&shop).await;
    assert_eq!((over.latest, over.due.len()), (Some(ahead), 0));
    assert!(over.judged[&ahead] > 0, "it is judged with its rows");
}

#[tokio::test]
async fn a_state_that_took_an_hour_ahead_for_the_newest_heals() {
    let shop = usual_weeks().await;
    let ahead = |kept: &mut Kept| {
        kept.latest = Some(NOW + 50_000);
        kept.due.extend(NOW + 10_000..=NOW + 50_000);
    };
    keep(&shop, ahead).await;
    later(&shop, 2);
    let looked = look(&shop).await;
    assert_eq!((looked.hours, looked.told.len()), (2, 1));
    let healed = kept(&shop).await;
    assert_eq!((healed.latest, healed.due.first()), (Some(NOW + 1), Some(&(NOW + 10_000))));
    assert_eq!(healed.due.len(), 10 * 7 * 24, "the nearest are remembered");
    assert_eq!(look(&shop).await, Looked::default(), "nothing is new");
    assert_eq!(kept(&shop).await.number, healed.number);
}

/// Silent hours, of which more are due than one step judges, are no hours with rows.
#[tokio::test]
async fn a_lake_is_done_with_after_two_days_of_silence() {
    let shop = usual_weeks().await;
    later(&shop, 40);
    assert_eq!(look(&shop).await.hours, 40);
    assert_eq!(kept(&shop).await.latest, Some(NOW - 1));
    later(&shop, 20);
    assert_eq!(look(&shop).await.hours, 0);
}

#[tokio::test(start_paused = true)]
async fn a_crash_at_any_call_loses_no_message_and_notes_no_result_twice() {
    let shop = usual_weeks().await;
    later(&shop, 2);
    let whole = shop_at(&shop, 2).await;
    look(&whole).await;
    let (told, expected) = (subjects(&whole), results(&whole).await);
    assert_eq!(told.len(), 1);
    let mut twice = 0;
    for calls in 0.. {
        let crashed = shop_at(&shop, 2).await;
        let done = handle(&crashed.fakes.faulty(&Faults::crash_after(calls))).await.is_ok();
        // Whoever queued a message is not about to send it any more.
        crashed.fakes.clock.advance_ms(6 * 60_000);
        look(&crashed).await;
        let sent = subjects(&crashed);
        assert!(!sent.is_empty() && sent.iter().all(|subject| *subject == told[0]), "{calls}: {sent:?}");
        twice += sent.len() - 1;
        assert_eq!(results(&crashed).await, expected, "{calls}");
        if done {
            break;
        }
    }
    assert!(twice <= 4, "only a crash after sending tells twice, not {twice}");
}

/// A copy whose clock stands so many hours after the end of the usual weeks.
async fn shop_at(shop: &Shop, hours: i64) -> Shop {
    let copy = shop.copy().await;
    copy.fakes.clock.advance_ms(hours * HOUR_MS + 6 * 60_000);
    copy
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn two_that_look_at_once_tell_once() {
    let shop = usual_weeks().await;
    for _ in 0..40 {
        let shop = shop_at(&shop, 2).await;
        let deps = [shop.deps(), shop.deps(), shop.deps()];
        let looks = deps.map(|deps| tokio::spawn(async move { handle(&deps).await }));
        for look in looks {
            look.await.unwrap().unwrap();
        }
        assert_eq!(subjects(&shop).len(), 1, "{:?}", subjects(&shop));
        let found = results(&shop).await;
        let mut distinct = found.clone();
        distinct.dedup();
        assert_eq!(found, distinct);
    }
}

/// Somebody queued a message and died; several find it later, at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn what_was_left_in_the_outbox_is_told_by_one() {
    let before = usual_weeks().await;
    let mut left = 0;
    for calls in 0..400 {
        let shop = shop_at(&before, 2).await;
        let died = handle(&shop.fakes.faulty(&Faults::crash_after(calls))).await.is_err();
        let queued = !States::new(&shop.deps()).newest().await.unwrap().outbox.is_empty();
        if !died || !queued || !subjects(&shop).is_empty() {
            continue;
        }
        left += 1;
        shop.fakes.clock.advance_ms(6 * 60_000);
        let deps = [shop.deps(), shop.deps(), shop.deps()];
        for look in deps.map(|deps| tokio::spawn(async move { handle(&deps).await })) {
            look.await.unwrap().unwrap();
        }
        assert_eq!(subjects(&shop).len(), 1, "{calls}: {:?}", subjects(&shop));
    }
    assert!(left > 0, "no crash left a message behind");
}

#[tokio::test]
async fn a_batch_that_is_held_back_is_told_once_whoever_loads_it() {
    let mut shop = usual_weeks().await;
    hold_back(&mut shop, 31..=31).await;
    look(&shop).await;
    look(&shop).await;
    let sent = shop.fakes.alerts.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(
        (sent[0].severity, sent[0].subject.as_str()),
        (Severity::Critical, "Estrella holds back 1 rows of 2019-10-31")
    );
    for part in ["Mean of price is 900", "estrella release", "estrella discard", "shop/dear.csv"] {
        assert!(sent[0].body.contains(part), "{part}: {}", sent[0].body);
    }
}

#[tokio::test]
async fn of_many_batches_held_back_some_are_listed_and_all_are_counted() {
    let mut shop = Shop::new();
    hold_back(&mut shop, 10..=21).await;
    look(&shop).await;
    let sent = shop.fakes.alerts.sent();
    let [told] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!(told.subject, "Estrella holds back 12 rows of 2019-10-10");
    assert!(told.body.contains("and 2 more"), "{}", told.body);
    assert_eq!(told.body.matches("  estrella release ").count(), 10, "{}", told.body);
    let details: serde_json::Value = serde_json::from_str(told.details.as_deref().unwrap()).unwrap();
    assert_eq!(details["batches"].as_array().unwrap().len(), 10);
    assert_eq!(details["count"], 12);
    assert_eq!(details["rows"], 12);
}

#[tokio::test]
async fn of_a_batch_that_is_decided_nobody_is_told_any_more() {
    for discard in [false, true] {
        let mut shop = Shop::new();
        hold_back(&mut shop, 30..=31).await;
        let held = estrella_release::blocked(&shop.deps()).await.unwrap();
        let decided = Decided { discard, by: "a test".into(), note: None };
        let first = &held[0].cleaned.batch;
        assert_eq!((held.len(), first.event_date.as_str()), (2, "2019-10-30"));
        estrella_release::decide(&first.batch_id, &decided, &shop.deps()).await.unwrap();
        look(&shop).await;
        look(&shop).await;
        assert_eq!(subjects(&shop), ["Estrella holds back 1 rows of 2019-10-31"], "discard: {discard}");
    }
}

#[tokio::test]
async fn wrong_settings_keep_nobody_from_hearing_of_all_else() {
    let mut shop = Shop::new();
    let (severity, body) = (Severity::Warning, "somebody died before it was sent".to_owned());
    let alert = Alert { severity, subject: "left behind".into(), body, details: None };
    let (alerts, verdicts) = (vec![alert], Vec::new());
    let left = Delivery { id: "left".into(), judged_at_ms: 0, queued_at_ms: 0, alerts, verdicts };
    keep(&shop, |kept| kept.outbox.push(left.clone())).await;
    hold_back(&mut shop, 31..=31).await;
    shop.fakes.store.put_if_absent(keys::MONITORS, "[monitors.volume]\nflor = 2\n".into()).await.unwrap();
    for _ in 0..2 {
        let error = handle(&shop.deps()).await.unwrap_err().to_string();
        assert!(error.contains("flor"), "{error}");
    }
    assert_eq!(subjects(&shop), ["left behind", "Estrella holds back 1 rows of 2019-10-31"]);
    assert!(kept(&shop).await.outbox.is_empty());
}

#[tokio::test]
async fn wrong_settings_are_told_with_their_line() {
    let shop = usual_weeks().await;
    shop.fakes.store.put_if_absent(keys::MONITORS, "[monitors.volume]\nflor = 2\n".into()).await.unwrap();
    let error = handle(&shop.deps()).await.unwrap_err().to_string();
    assert!(
        error.contains("config/monitors.toml") && error.contains('2') && error.contains("flor"),
        "{error}"
    );
}
