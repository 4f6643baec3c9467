//! A day that looks unlike the days before it.

use estrella_tests::events::{csv, generated};
use estrella_tests::lake::Lake;

const DAYS: u32 = 10;

/// The rows of all days but the last, and those of the last.
fn days() -> (Vec<String>, Vec<String>) {
    let rows = generated(20_000, DAYS, 3);
    let last = rows.last().unwrap()[..10].to_owned();
    rows.into_iter().partition(|row| row[..10] != last)
}

fn ten_times_dearer(row: &str) -> String {
    let mut fields: Vec<String> = row.split(',').map(str::to_owned).collect();
    fields[6] = format!("{:.2}", fields[6].parse::<f64>().unwrap() * 10.0);
    fields.join(",")
}

fn drifted(lake: &Lake, name: &str, rows: &[String]) -> Vec<String> {
    let summary = lake.load(name, csv(rows));
    let drifted = summary["drifted"].as_array().unwrap();
    drifted.iter().map(|line| line.as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_usual_day_wakes_nobody_and_a_day_of_wrong_prices_does() {
    let (before, last) = days();
    let usual = Lake::default();
    assert!(drifted(&usual, "before.csv", &before).is_empty(), "it learns");
    assert!(drifted(&usual, "last.csv", &last).is_empty());
    assert_eq!(usual.number("SELECT count(*) FROM ops.drift_results WHERE outcome = 'drift'"), 0);
    assert!(usual.number("SELECT count(*) FROM ops.drift_results WHERE outcome = 'ok'") > 0);

    let lake = Lake::default();
    lake.load("before.csv", csv(&before));
    let dear: Vec<String> = last.iter().map(|row| ten_times_dearer(row)).collect();
    let lines = drifted(&lake, "last.csv", &dear);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with(&format!("price on {}", &last[0][..10])), "{lines:?}");
    let rows =
        lake.query("SELECT column_name, reference_days FROM ops.drift_results WHERE outcome = 'drift'");
    assert_eq!(rows, [format!("price,{}", DAYS - 1)]);

    // Loaded again, nothing is compared twice.
    let compared = lake.number("SELECT count(*) FROM ops.drift_results");
    drifted(&lake, "again.csv", &dear);
    assert_eq!(lake.number("SELECT count(*) FROM ops.drift_results WHERE outcome = 'drift'"), 1);
    assert!(lake.number("SELECT count(*) FROM ops.drift_results") >= compared);
}
