//! A day that looks unlike the weeks before it, as whoever is on call meets it.

use std::fs;

use estrella_tests::cli::{BAD_INPUT, DONE};
use estrella_tests::events::{csv, generated};
use estrella_tests::lake::Lake;
use serde_json::Value;

/// Some 280 events an hour over five weeks and a day.
const DAYS: u32 = 36;
const ROWS: u32 = 240_000;

/// The rows of all days but the last, and those of the last.
fn days() -> (Vec<String>, Vec<String>) {
    let rows = generated(ROWS, DAYS, 3);
    let last = rows.last().unwrap()[..10].to_owned();
    rows.into_iter().partition(|row| row[..10] != last)
}

/// Ten times dearer from ten in the morning to five in the afternoon.
fn dearer(row: &str) -> String {
    let mut fields: Vec<String> = row.split(',').map(str::to_owned).collect();
    if ("10".."17").contains(&&row[11..13]) {
        fields[6] = format!("{:.2}", fields[6].parse::<f64>().unwrap() * 10.0);
    }
    fields.join(",")
}

fn told(summary: &Value) -> Vec<&str> {
    summary["monitors"]["told"].as_array().unwrap().iter().map(|subject| subject.as_str().unwrap()).collect()
}

fn incidents(lake: &Lake) -> Vec<Value> {
    let listed = lake.read(&["incidents", "--all", "--json"]).expect(DONE).json();
    listed["incidents"].as_array().unwrap().clone()
}

#[test]
fn a_usual_day_wakes_nobody() {
    let (before, last) = days();
    let lake = Lake::default();
    assert!(told(&lake.load("before.csv", csv(&before))).is_empty());
    assert!(told(&lake.load("last.csv", csv(&last))).is_empty());
    // Of some thousand comparisons one or the other is far off; not twice in a row.
    assert!(lake.number("SELECT count(*) FROM ops.drift_results WHERE outcome = 'breach'") < 20);
    let judged = "SELECT count(DISTINCT event_hour) FROM ops.drift_results WHERE outcome = 'ok'";
    assert!(lake.number(judged) >= 24);
    let weekly = "SELECT count(*) FROM ops.drift_results WHERE season = 'hour_of_week'";
    assert!(lake.number(weekly) > 24 * 10);
    assert_eq!(lake.read(&["incidents"]).expect(DONE).stdout, "no incident is open\n");
}

#[test]
fn a_day_of_wrong_prices_is_one_incident_which_somebody_acknowledges() {
    let (before, last) = days();
    let lake = Lake::default();
    lake.load("before.csv", csv(&before));
    let dear: Vec<String> = last.iter().map(|row| dearer(row)).collect();
    let summary = lake.load("last.csv", csv(&dear));
    let messages = told(&summary);
    assert_eq!(messages.len(), 2, "its begin and its end: {messages:?}");
    assert!(messages[0].contains("price") && messages[1].contains("[recovered]"), "{messages:?}");

    let found = incidents(&lake);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["status"], "recovered");
    let id = found[0]["id"].as_str().unwrap();
    let breaches = "SELECT min(extract(hour FROM event_hour)) AS first, max(extract(hour FROM event_hour)) AS last \
                    FROM ops.drift_results WHERE outcome = 'breach' AND monitor = 'price'";
    assert_eq!(lake.query(breaches), ["10,16"]);

    let acknowledged = lake.read(&["ack", id, "--note", "sent in tenths", "--by", "ann"]).expect(DONE).stdout;
    assert!(acknowledged.contains("nothing is compared with its hours"), "{acknowledged}");
    let found = incidents(&lake);
    assert_eq!(found[0]["acknowledged_by"], "ann");
    assert!(lake.read(&["ack", "nothing"]).expect(BAD_INPUT).stderr.contains("no incident nothing"));

    // Loaded again, nothing is told or compared twice.
    let compared = lake.number("SELECT count(*) FROM ops.drift_results");
    assert!(told(&lake.load("again.csv", csv(&dear))).is_empty());
    assert_eq!(lake.number("SELECT count(*) FROM ops.drift_results"), compared);
}

#[test]
fn what_is_muted_says_nothing() {
    let (before, last) = days();
    let lake = Lake::default();
    lake.load("before.csv", csv(&before));
    lake.read(&["mute", "*price*", "--until", "2030-01-01", "--note", "new prices"]).expect(DONE);
    assert!(lake.read(&["incidents"]).expect(DONE).stdout.contains("muted: *price* until 2030-01-01"));
    let dear: Vec<String> = last.iter().map(|row| dearer(row)).collect();
    assert!(told(&lake.load("last.csv", csv(&dear))).is_empty());
    assert!(lake.number("SELECT count(*) FROM ops.drift_results WHERE outcome = 'muted'") > 0);
    lake.read(&["mute", "[", "--until", "2030-01-01"]).expect(BAD_INPUT);
    lake.read(&["mute", "price", "--until", "tomorrow"]).expect(BAD_INPUT);
}

#[test]
fn a_lake_with_few_days_learns() {
    let lake = Lake::default();
    let summary = lake.load("week.csv", csv(&generated(20_000, 2, 3)));
    let monitors = &summary["monitors"];
    assert!(monitors["hours"].as_u64() > Some(0) && monitors["hours"] == monitors["learning"], "{monitors}");
    assert!(told(&summary).is_empty());
}

#[test]
fn settings_that_cannot_be_read_keep_nothing_from_the_dimensions() {
    let lake = Lake::default();
    lake.load("first.csv", csv(&generated(1_000, 1, 3)));
    let before = lake.number("SELECT sum(event_count) FROM dim_sessions");
    let settings = lake.dir().join("config/monitors.toml");
    fs::create_dir_all(settings.parent().unwrap()).unwrap();
    fs::write(&settings, "[monitors.volume]\nflor = 2\n").unwrap();
    let events = lake.write("second.csv", csv(&generated(1_000, 1, 4)));
    let ended = lake.run(&[&events]).expect(BAD_INPUT);
    assert!(
        ended.stderr.contains("config/monitors.toml") && ended.stderr.contains("flor"),
        "{}",
        ended.stderr
    );
    assert!(lake.number("SELECT sum(event_count) FROM dim_sessions") > before);
}
