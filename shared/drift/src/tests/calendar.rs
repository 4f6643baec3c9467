//! What is known beforehand, and what nobody wants to hear.

use super::shop::{NOW, breaches, input, result, rows, weeks, with};
use crate::{HourInput, HourVerdict, Outcome, Settings, State, evaluate, format_hour_iso};

fn settings(monitors: &str, volume: &str, from: i64, to: i64) -> Settings {
    let (from, to) = (format_hour_iso(from), format_hour_iso(to));
    let text =
        format!("[[calendar]]\nname = \"sale\"\nfrom = {from}\nto = {to}\nmonitors = {monitors}\n{volume}");
    Settings::parse(&text).unwrap()
}

fn judge(current: &HourInput, settings: &Settings) -> HourVerdict {
    evaluate(NOW, current, &weeks(), settings, &State::default())
}

#[test]
fn a_sale_in_the_calendar_may_have_the_volume_that_it_names_and_no_other() {
    let sale = settings("[]", "volume = [1.0, 6.0]", NOW, NOW + 1);
    assert_eq!(breaches(&judge(&input(&rows(1200, 3)), &sale)), [""; 0]);
    assert_eq!(breaches(&judge(&input(&rows(310, 3)), &sale)), [""; 0]);
    assert_eq!(breaches(&judge(&input(&rows(80, 3)), &sale)), ["volume", "sessions"]);
    assert!(result(&judge(&HourInput::default(), &sale), "volume").is_hard);
    let much = judge(&input(&rows(5000, 3)), &sale);
    assert_eq!(breaches(&much), ["volume", "sessions"]);
    let usual = judge(&input(&rows(300, 3)), &Settings::default());
    let most = result(&usual, "volume").expected * 6.0;
    assert!((result(&much, "volume").expected / most - 1.0).abs() < 0.01);
}

#[test]
fn monitors_that_the_calendar_names_are_muted_in_its_hours_only() {
    let few = input(&rows(100, 3));
    let sale = settings("[\"volume\", \"sess*\"]", "", NOW, NOW + 1);
    let verdict = judge(&few, &sale);
    assert_eq!(
        (breaches(&verdict).len(), with(&verdict, Outcome::Muted)),
        (0, vec!["volume".to_owned(), "sessions".to_owned()])
    );
    let later = settings("[\"volume\", \"sess*\"]", "", NOW + 1, NOW + 2);
    assert_eq!(breaches(&judge(&few, &later)), ["volume", "sessions"]);
}

#[test]
fn hours_of_the_calendar_are_no_reference() {
    let hour = NOW - 3 * crate::hour::WEEK;
    let sale = settings("[]", "volume = [1.0, 6.0]", hour, hour + 1);
    let verdict = judge(&input(&rows(300, 3)), &sale);
    assert_eq!(verdict.reference_hours.len(), 7);
    assert!(!verdict.reference_hours.contains(&hour));
}

#[test]
fn a_mute_holds_until_its_hour() {
    let few = input(&rows(100, 3));
    let mut state = State::default();
    state.mute("volume", NOW + 1, "ann", Some("stocktaking")).unwrap();
    let judge = |state: &State| evaluate(NOW, &few, &weeks(), &Settings::default(), state);
    assert_eq!(breaches(&judge(&state)), ["sessions"]);
    state.mute("volume", NOW, "ann", None).unwrap();
    assert_eq!(state.mutes().len(), 1);
    assert_eq!(breaches(&judge(&state)), ["volume", "sessions"]);
    assert!(state.mute("[", NOW, "ann", None).is_err());
}

#[test]
fn a_monitor_that_is_off_says_nothing() {
    let off = Settings::parse("[monitors.volume]\nenabled = false\n").unwrap();
    let verdict = judge(&input(&rows(100, 3)), &off);
    assert!(verdict.results.iter().all(|result| result.monitor != "volume"));
}
