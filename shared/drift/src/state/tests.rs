//! Incidents, told by verdicts that are made by hand.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{HourVerdict, MonitorResult, Outcome, Season, Settings, Severity};

/// What one monitor says: its name, and how loud.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Says {
    Warning(&'static str),
    Critical(&'static str),
    Muted(&'static str),
    /// As far off as a warning, on too few rows.
    Unsure(&'static str),
    /// Too few rows to say anything.
    Silent(&'static str),
    Outage,
}
use Says::{Critical, Muted, Outage, Silent, Unsure, Warning};

fn result(says: Says) -> MonitorResult {
    let (monitor, outcome, severity) = match says {
        Warning(monitor) => (monitor, Outcome::Breach, Severity::Warning),
        Critical(monitor) => (monitor, Outcome::Breach, Severity::Critical),
        Muted(monitor) => (monitor, Outcome::Muted, Severity::Warning),
        Unsure(monitor) => (monitor, Outcome::Ok, Severity::Warning),
        Silent(monitor) => (monitor, Outcome::Learning, Severity::Warning),
        Outage => ("volume", Outcome::Breach, Severity::Critical),
    };
    MonitorResult {
        monitor: monitor.to_owned(),
        column: String::new(),
        segment: None,
        test: "robust_z".to_owned(),
        outcome,
        severity,
        is_hard: says == Outage,
        statistic: 9.0,
        p_value: 1e-9,
        p_adjusted: 1e-8,
        effect: 3.0,
        effect_floor: 2.0,
        observed: if says == Outage { 0.0 } else { 30.0 },
        expected: 100.0,
        unit: "rows".to_owned(),
        contributors: Vec::new(),
    }
}

fn verdict(hour: i64, says: &[Says]) -> HourVerdict {
    HourVerdict {
        hour,
        rows: 100,
        expected_rows: Some(120.0),
        season: Season::HourOfWeek,
        reference_hours: vec![hour - 168],
        results: says.iter().map(|says| result(*says)).collect(),
    }
}

/// What is told, hour by hour from 1000 on.
fn told(state: &mut State, hours: &[&[Says]]) -> Vec<(i64, NoticeKind)> {
    told_from(state, 1000, hours)
}

fn told_from(state: &mut State, from: i64, hours: &[&[Says]]) -> Vec<(i64, NoticeKind)> {
    let mut told = Vec::new();
    for (hour, says) in (from..).zip(hours) {
        let notices = step(state, &verdict(hour, says), &Settings::default());
        told.extend(notices.into_iter().map(|notice| (hour - from, notice.kind)));
    }
    told
}

const CLEAN: &[Says] = &[];
const PRICE: &[Says] = &[Warning("price")];
use NoticeKind::{Escalated, Opened, Recovered};

#[test]
fn one_hour_is_not_told_and_two_are_once() {
    let mut state = State::default();
    assert_eq!(told(&mut state, &[PRICE, CLEAN, PRICE, CLEAN, CLEAN]), []);
    assert!(state.incidents().is_empty());
    let mut state = State::default();
    assert_eq!(
        told(&mut state, &[PRICE, PRICE, PRICE, PRICE, CLEAN, CLEAN, CLEAN]),
        [(1, Opened), (5, Recovered)]
    );
    let incident = &state.incidents()[0];
    assert_eq!((incident.opened_hour, incident.told_hour, incident.last_breach_hour), (1000, 1001, 1003));
    assert_eq!((incident.recovered_hour, incident.status), (Some(1004), Status::Recovered));
    assert_eq!((incident.hours, incident.rows, incident.expected_rows), (4, 400, 480));
    assert_eq!((incident.fingerprint.as_str(), incident.id.len()), ("price", 8));
}

#[test]
fn two_hours_of_different_monitors_are_not_told() {
    assert_eq!(told(&mut State::default(), &[PRICE, &[Warning("null_brand")], PRICE, CLEAN]), []);
}

#[test]
fn an_outage_is_told_at_once() {
    let mut state = State::default();
    assert_eq!(told(&mut state, &[CLEAN, &[Outage], &[Outage], CLEAN, CLEAN]), [(1, Opened), (4, Recovered)]);
    assert_eq!(state.incidents()[0].severity, Severity::Critical);
}

#[test]
fn one_clean_hour_is_no_recovery() {
    let mut state = State::default();
    assert_eq!(told(&mut state, &[PRICE, PRICE, CLEAN, PRICE, CLEAN, CLEAN]), [(1, Opened), (5, Recovered)]);
    assert_eq!(state.incidents()[0].last_breach_hour, 1003);
}

#[test]
fn an_hour_that_is_not_heard_is_no_clean_one() {
    let mut state = State::default();
    let muted: &[Says] = &[Muted("price")];
    assert_eq!(told(&mut state, &[PRICE, PRICE, muted, muted, muted]), [(1, Opened)]);
    let mut learning = verdict(1005, CLEAN);
    learning.season = Season::Learning;
    assert!(step(&mut state, &learning, &Settings::default()).is_empty());
    assert_eq!(told_from(&mut state, 1006, &[CLEAN, CLEAN]), [(1, Recovered)]);
}

#[test]
fn a_night_of_few_rows_is_no_recovery() {
    let mut state = State::default();
    let (unsure, silent): (&[Says], &[Says]) = (&[Unsure("price")], &[Silent("price")]);
    let hours = [PRICE, PRICE, unsure, unsure, silent, silent, CLEAN, unsure, CLEAN, CLEAN];
    assert_eq!(told(&mut state, &hours), [(1, Opened), (9, Recovered)]);
    assert_eq!(state.incidents()[0].recovered_hour, Some(1008));
    // Of many monitors some always have few rows.
    let bad: &[Says] = &[Warning("a"), Warning("b"), Warning("c")];
    let few: &[Says] = &[Silent("a")];
    let most: &[Says] = &[Silent("a"), Unsure("b")];
    assert_eq!(told(&mut State::default(), &[bad, bad, most, most, few, few]), [(1, Opened), (5, Recovered)]);
    // Of monitors that have no part in it nobody needs to know.
    let other: &[Says] = &[Silent("null_brand"), Unsure("brand_mix")];
    assert_eq!(told(&mut State::default(), &[PRICE, PRICE, other, other]), [(1, Opened), (3, Recovered)]);
}

#[test]
fn a_gap_between_clean_hours_is_no_recovery() {
    let mut state = State::default();
    assert_eq!(told(&mut state, &[PRICE, PRICE, CLEAN]), [(1, Opened)]);
    assert_eq!(told_from(&mut state, 1004, &[CLEAN]), []);
    assert_eq!(told_from(&mut state, 1003, &[CLEAN]), [(0, Recovered)]);
}

#[test]
fn what_comes_later_joins_silently_and_keeps_it_open() {
    let mut state = State::default();
    let both: &[Says] = &[Warning("price"), Warning("null_brand")];
    let null: &[Says] = &[Warning("null_brand")];
    let hours = [PRICE, PRICE, both, both, null, null, CLEAN, CLEAN];
    assert_eq!(told(&mut state, &hours), [(1, Opened), (7, Recovered)]);
    assert_eq!(state.incidents().len(), 1);
    assert_eq!(state.incidents()[0].monitors.len(), 2);
    assert_eq!(state.incidents()[0].fingerprint, "price");
}

#[test]
fn what_becomes_critical_is_told_once_more() {
    let mut state = State::default();
    let critical: &[Says] = &[Critical("price")];
    let hours = [PRICE, PRICE, critical, PRICE, critical, critical, critical, CLEAN, CLEAN];
    assert_eq!(told(&mut state, &hours), [(1, Opened), (5, Escalated), (8, Recovered)]);
    let other: &[Says] = &[Warning("price"), Outage];
    assert_eq!(told(&mut State::default(), &[PRICE, PRICE, other]), [(1, Opened), (2, Escalated)]);
}

#[test]
fn what_comes_back_within_a_day_is_the_same_and_silent() {
    let mut state = State::default();
    assert_eq!(told(&mut state, &[PRICE, PRICE, CLEAN, CLEAN]), [(1, Opened), (3, Recovered)]);
    let again: &[Says] = &[Warning("price"), Warning("null_brand")];
    assert_eq!(told_from(&mut state, 1010, &[again, again, again, CLEAN, CLEAN]), []);
    assert_eq!(state.incidents().len(), 1);
    assert_eq!(
        (state.incidents()[0].last_breach_hour, state.incidents()[0].recovered_hour),
        (1012, Some(1013))
    );
    // Another monitor is another incident, and the same one after the cool-down is, too.
    let other: &[Says] = &[Warning("brand_mix")];
    assert_eq!(told_from(&mut state, 1020, &[other, other, CLEAN, CLEAN]), [(1, Opened), (3, Recovered)]);
    assert_eq!(told_from(&mut state, 1060, &[PRICE, PRICE]), [(1, Opened)]);
    assert_eq!(state.incidents().len(), 3);
    assert!(state.incidents().is_sorted_by_key(|incident| std::cmp::Reverse(incident.opened_hour)));
}

#[test]
fn what_comes_back_and_stays_is_told_when_the_cool_down_is_over() {
    let mut state = State::default();
    told(&mut state, &[PRICE, PRICE, CLEAN, CLEAN]);
    let stays = [PRICE; 30];
    assert_eq!(told_from(&mut state, 1010, &stays), [(17, Opened)]);
    assert_eq!(told_from(&mut state, 1040, &[CLEAN, CLEAN]), [(1, Recovered)]);
}

#[test]
fn what_comes_back_worse_is_told() {
    let mut state = State::default();
    told(&mut state, &[PRICE, PRICE, CLEAN, CLEAN]);
    let worse: &[Says] = &[Critical("price")];
    assert_eq!(told_from(&mut state, 1010, &[worse, worse, CLEAN, CLEAN]), [(1, Escalated), (3, Recovered)]);
}

#[test]
fn an_acknowledged_incident_is_silent_unless_something_critical_joins() {
    let mut state = State::default();
    told(&mut state, &[PRICE, PRICE]);
    let id = state.incidents()[0].id.clone();
    let acknowledged = state.ack(&id, "ann", Some("known"), false).unwrap();
    assert_eq!((acknowledged.status, acknowledged.note.as_deref()), (Status::Acknowledged, Some("known")));
    let mut silent = state.clone();
    let joined: &[Says] = &[Warning("price"), Warning("null_brand")];
    assert_eq!(told_from(&mut silent, 1002, &[joined, joined, CLEAN, CLEAN]), []);
    assert_eq!(silent.incidents()[0].status, Status::Recovered);
    assert_eq!(told_from(&mut silent, 1010, &[PRICE, PRICE, CLEAN, CLEAN]), []);
    let outage: &[Says] = &[Warning("price"), Outage];
    assert_eq!(
        told_from(&mut state, 1002, &[outage, outage, CLEAN, CLEAN]),
        [(0, Escalated), (3, Recovered)]
    );
    assert!(
        matches!(state.ack("nothing", "ann", None, false), Err(StateError::NoSuchIncident(id)) if id == "nothing")
    );
}

#[test]
fn a_late_hour_confirms_the_one_after_it() {
    let mut state = State::default();
    assert_eq!(told_from(&mut state, 1001, &[PRICE]), []);
    assert_eq!(told_from(&mut state, 1000, &[PRICE]), [(0, Opened)]);
    assert_eq!(state.incidents()[0].opened_hour, 1000);
    assert_eq!(told_from(&mut state, 1002, &[CLEAN, CLEAN]), [(1, Recovered)]);
}

#[test]
fn rows_that_come_late_take_an_outage_back() {
    let mut state = State::default();
    assert_eq!(told(&mut state, &[&[Outage], CLEAN]), [(0, Opened)]);
    let notices = step(&mut state, &verdict(1000, CLEAN), &Settings::default());
    assert_eq!((notices.len(), notices[0].kind, notices[0].incident.hours), (1, Recovered, 0));
    assert!(!state.excluded(1000));
}

#[test]
fn a_state_survives_json_and_fields_that_it_does_not_know() {
    let mut state = State::default();
    told(&mut state, &[CLEAN, PRICE, &[Warning("price"), Outage], CLEAN]);
    state.mute("null_*", 2000, "ann", None).unwrap();
    let mut json = serde_json::to_value(&state).unwrap();
    assert_eq!(serde_json::from_value::<State>(json.clone()).unwrap(), state);
    json["later"] = true.into();
    json["incidents"][0]["later"] = 1.into();
    json["hours"]["1001"]["later"] = 1.into();
    assert_eq!(serde_json::from_value::<State>(json).unwrap(), state);
    assert_eq!(serde_json::from_str::<State>("{}").unwrap(), State::default());
}

#[test]
fn a_state_is_bounded() {
    let mut state = State::default();
    for hour in (0..20_000).step_by(2) {
        let says: &[Says] = if hour % 100 < 4 { PRICE } else { CLEAN };
        step(&mut state, &verdict(hour, says), &Settings::default());
        step(&mut state, &verdict(hour + 1, says), &Settings::default());
    }
    for n in 0..500 {
        state.mute(&format!("m{n}"), 30_000, "ann", None).unwrap();
    }
    assert!(state.incidents().len() <= 17 && state.mutes().len() == MAX_MUTES);
    let bytes = serde_json::to_string(&state).unwrap().len();
    assert!(bytes < 120_000, "{bytes}");
    let before = state.clone();
    assert!(step(&mut state, &verdict(100, &[Outage]), &Settings::default()).is_empty());
    assert_eq!(state, before);
}

fn says() -> impl Strategy<Value = Vec<Says>> {
    let one = prop_oneof![
        4 => Just(Warning("price")),
        2 => Just(Warning("null_brand")),
        1 => Just(Critical("price")),
        1 => Just(Critical("view_to_cart")),
        1 => Just(Muted("price")),
        1 => Just(Unsure("price")),
        1 => Just(Silent("null_brand")),
        1 => Just(Outage),
    ];
    prop_oneof![3 => Just(Vec::new()), 2 => prop::collection::vec(one, 1..3)].prop_map(|mut says| {
        says.dedup_by_key(|says| result(*says).monitor);
        says
    })
}

fn run(hours: &BTreeMap<i64, Vec<Says>>, blocks: &[i64], block: i64) -> (State, Vec<(NoticeKind, String)>) {
    let mut state = State::default();
    let mut told = Vec::new();
    for from in blocks {
        for (hour, says) in hours.range(from * block..(from + 1) * block) {
            let notices = step(&mut state, &verdict(*hour, says), &Settings::default());
            told.extend(notices.into_iter().map(|notice| (notice.kind, notice.incident.id)));
        }
    }
    told.sort();
    (state, told)
}

proptest! {
    #[test]
    fn any_verdict_again_changes_nothing_and_tells_nothing(
        hours in prop::collection::vec((0i64..30, says()), 1..40),
        again in prop::collection::vec(any::<prop::sample::Index>(), 1..4),
    ) {
        let mut state = State::default();
        let mut last = BTreeMap::new();
        for (hour, says) in hours {
            step(&mut state, &verdict(hour, &says), &Settings::default());
            last.insert(hour, says);
            let before = state.clone();
            // The last word on an hour, of this one and of others.
            let known: Vec<_> = last.iter().collect();
            for index in &again {
                let (hour, says) = index.get(&known);
                prop_assert!(step(&mut state, &verdict(**hour, says), &Settings::default()).is_empty());
            }
            prop_assert_eq!(&state, &before);
        }
    }

    /// Each block begins with hours of its own and ends in two days without any, so that blocks are further apart than
    /// the cool-down.
    #[test]
    fn blocks_that_are_far_apart_tell_the_same_in_any_order(
        blocks in prop::collection::vec(prop::collection::vec(says(), 1..12), 2..5),
        order in Just([0i64, 1, 2, 3, 4]).prop_shuffle(),
    ) {
        const BLOCK: i64 = 72;
        let mut hours = BTreeMap::new();
        for (at, block) in (0i64..).zip(&blocks) {
            let mut block = block.clone();
            block.extend([Vec::new(), Vec::new()]);
            hours.extend((at * BLOCK..).zip(block));
        }
        let count = blocks.len() as i64;
        let order: Vec<i64> = order.into_iter().filter(|at| *at < count).collect();
        let in_order: Vec<i64> = (0..count).collect();
        let (state, told) = run(&hours, &order, BLOCK);
        let (expected_state, expected) = run(&hours, &in_order, BLOCK);
        prop_assert_eq!(&told, &expected);
        prop_assert_eq!(state, expected_state);
    }

    #[test]
    fn of_one_incident_one_message_and_one_recovery(hours in prop::collection::vec(says(), 1..80)) {
        let hours: BTreeMap<i64, Vec<Says>> = (0..).zip(hours).collect();
        let mut state = State::default();
        let mut open: Option<String> = None;
        for (hour, says) in &hours {
            for notice in step(&mut state, &verdict(*hour, says), &Settings::default()) {
                match notice.kind {
                    Opened => prop_assert_eq!(open.replace(notice.incident.id), None),
                    // One that had come back silently may be the one that gets worse.
                    Escalated => open = Some(notice.incident.id),
                    Recovered => prop_assert_eq!(open.take(), Some(notice.incident.id)),
                }
            }
            prop_assert!(state.incidents().iter().filter(|incident| incident.is_active()).count() <= 1);
        }
    }
}
