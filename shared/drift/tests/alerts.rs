//! The simulation of `examples/alerts`, small: three things go wrong, each is told once and its end once, and nothing else.

#![allow(clippy::unwrap_used, reason = "a panic in here is the report")]

#[path = "../examples/alerts/incident.rs"]
mod incident;
#[path = "../examples/alerts/judge.rs"]
mod judge;
#[path = "../examples/alerts/run.rs"]
mod run;
#[path = "../examples/alerts/shop.rs"]
mod shop;

use incident::{Injected, Kind};
use run::{Plan, START};
use shop::Size;

const DAY: i64 = 24;
const WEEK: i64 = 7 * DAY;

fn plan(seed: u64, injected: Vec<Injected>) -> Plan {
    let size = Size { categories: 12, products: 20, brands: 60, sessions: 200.0 };
    Plan { size, seed, quiet_weeks: 5, weeks: 1, inflation: 0.05, injected }
}

#[test]
fn what_goes_wrong_is_told_once_and_so_is_its_end() {
    let first = START + 5 * WEEK;
    let at = |day: i64, hour: i64, kind| Injected { kind, from: first + day * DAY + hour, category: 1 };
    let injected = vec![
        at(0, 14, Kind::Outage),
        at(2, 9, Kind::PriceBug),
        at(3, 18, Kind::BrandFlood),
        at(5, 10, Kind::CartLost),
    ];
    let plan = plan(7, injected);
    let outcome = plan.run();
    let (lines, of_nothing) = judge::judge(&plan, &outcome);
    for line in &lines {
        let name = line.injected.kind.name();
        assert!(line.is_good(), "{name}: delay {:?}, {} messages", line.delay, line.messages);
        // Two hours, or those of the night too, which has too few rows to say that all is well.
        assert!((2..10).contains(&line.recoveries[0]), "{name}: {:?}", line.recoveries);
    }
    assert!(of_nothing.is_empty(), "{of_nothing:?}");
}

#[test]
fn the_same_seed_tells_the_same() {
    let told = |seed| {
        let from = START + WEEK + 4 * DAY + 10;
        let bot = Injected { kind: Kind::Bot, from, category: 0 };
        let outcome = Plan { quiet_weeks: 1, ..plan(seed, vec![bot]) }.run();
        (outcome.events, outcome.told.into_iter().map(|told| told.notice).collect::<Vec<_>>())
    };
    let (events, notices) = told(3);
    assert_eq!(told(3), (events, notices.clone()));
    assert_eq!(notices.len(), 2);
    assert_ne!(told(4).0, events);
}
