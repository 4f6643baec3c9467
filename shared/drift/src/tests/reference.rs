//! What an hour is compared with.

use std::collections::BTreeMap;

use super::shop::{NOW, breaches, input, judge, rows, weeks};
use crate::hour::{DAY, WEEK};
use crate::{HourInput, HourVerdict, Outcome, Season, Settings, State, evaluate, step, wanted_hours};

fn history(hours: impl IntoIterator<Item = i64>) -> BTreeMap<i64, HourInput> {
    hours.into_iter().map(|hour| (hour, input(&rows(300, (hour % 1000) as u64)))).collect()
}

fn season(history: &BTreeMap<i64, HourInput>) -> (Season, usize) {
    let verdict = evaluate(NOW, &input(&rows(300, 9)), history, &Settings::default(), &State::default());
    assert!(!verdict.reference_hours.contains(&NOW));
    assert_eq!(verdict.season == Season::Learning, verdict.reference_hours.is_empty());
    (verdict.season, verdict.reference_hours.len())
}

#[test]
fn the_best_season_that_has_enough_is_taken() {
    let weeks = |count: i64| (1..=count).map(|back| NOW - back * WEEK);
    let days = |count: i64| (1..=count).map(|back| NOW - back * DAY);
    assert_eq!(season(&history(weeks(12))), (Season::HourOfWeek, 8));
    assert_eq!(season(&history(weeks(4))), (Season::HourOfWeek, 4));
    assert_eq!(season(&history(weeks(3))), (Season::Learning, 0));
    assert_eq!(season(&history(weeks(3).chain(days(27)))), (Season::HourOfDay, 27));
    assert_eq!(season(&history(days(7))), (Season::HourOfDay, 7));
    assert_eq!(season(&history(days(6))), (Season::Learning, 0));
    assert_eq!(season(&history(NOW - 3 * DAY..NOW)), (Season::Day, 72));
    assert_eq!(season(&history(NOW - 2 * DAY..NOW)), (Season::Learning, 0));
}

#[test]
fn neither_the_hour_itself_nor_later_ones_nor_those_of_other_times_are_taken() {
    let hours =
        (NOW..NOW + 100).chain((1..=8).flat_map(|back| [NOW - back * WEEK + 1, NOW - back * WEEK - 5]));
    assert_eq!(season(&history(hours)), (Season::Learning, 0));
}

#[test]
fn what_is_wanted_is_what_is_taken() {
    let settings = Settings::default();
    let wanted = wanted_hours(NOW, &settings);
    assert!(
        !wanted.contains(&NOW) && wanted.contains(&(NOW - 8 * WEEK)) && wanted.contains(&(NOW - 28 * DAY))
    );
    assert!(wanted.contains(&(NOW - 1)) && wanted.contains(&(NOW - WEEK)));
    assert!(!wanted.contains(&(NOW - 9 * WEEK)));
    assert!(wanted.len() < 210, "{}", wanted.len());
}

#[test]
fn without_a_reference_nothing_is_said() {
    let current = HourInput::default();
    let verdict = evaluate(NOW, &current, &BTreeMap::new(), &Settings::default(), &State::default());
    assert_eq!(verdict.season, Season::Learning);
    assert_eq!(verdict.expected_rows, None);
    assert!(verdict.results.iter().all(|result| result.outcome == Outcome::Learning));
}

/// An outage of two hours that was told.
fn outage(at: i64) -> (State, String) {
    let mut state = State::default();
    for hour in [at, at + 1] {
        let verdict = HourVerdict { hour, ..judge(&HourInput::default()) };
        step(&mut state, &verdict, &Settings::default());
    }
    let id = state.incidents()[0].id.clone();
    (state, id)
}

#[test]
fn hours_within_incidents_are_no_reference_until_they_are_called_expected() {
    let (mut state, id) = outage(NOW - 2 * WEEK);
    let judge = |state: &State| {
        evaluate(NOW, &input(&rows(300, 9)), &weeks(), &Settings::default(), state).reference_hours
    };
    assert!(state.excluded(NOW - 2 * WEEK) && state.excluded(NOW - 2 * WEEK + 1));
    assert!(!state.excluded(NOW - 2 * WEEK - 1) && !state.excluded(NOW - 2 * WEEK + 2));
    assert_eq!(judge(&state).len(), 7);
    state.ack(&id, "ann", None, false).unwrap();
    assert_eq!(judge(&state).len(), 7);
    state.ack(&id, "ann", Some("moved to the new shop"), true).unwrap();
    assert_eq!(judge(&state).len(), 8);
}

#[test]
fn a_new_normal_is_compared_with_itself_as_soon_as_there_is_enough_of_it() {
    let change = NOW - 4 * DAY;
    let mut history = weeks();
    // From then on a third of the customers.
    history.extend((change..NOW).map(|hour| (hour, input(&rows(100, (hour % 997) as u64)))));
    let current = input(&rows(100, 5));
    let (mut state, id) = outage(change);
    let settings = Settings::default();
    let before = evaluate(NOW, &current, &history, &settings, &state);
    assert_eq!((before.season, breaches(&before).is_empty()), (Season::HourOfWeek, false));
    state.ack(&id, "ann", None, true).unwrap();
    assert_eq!(state.normal_since(NOW), Some(change));
    assert_eq!(state.normal_since(change - 1), None);
    let after = evaluate(NOW, &current, &history, &settings, &state);
    assert_eq!((after.season, after.reference_hours.len()), (Season::Day, 96));
    assert_eq!(breaches(&after), [""; 0]);
    // A day after it there is not enough yet.
    let early = evaluate(change + DAY, &current, &history, &settings, &state);
    assert_eq!(early.reference_hours.iter().filter(|hour| **hour >= change).count(), 0);
}
