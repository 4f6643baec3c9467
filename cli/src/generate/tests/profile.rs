//! Does the output look like the real shop's?

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use uuid::Uuid;

use super::*;

const ROWS: u64 = 200_000;

/// One run for all tests here: they only look at it.
static SAMPLE: LazyLock<(Report, Vec<Row>)> = LazyLock::new(|| run(&Folder::new("profile").args(ROWS)));

#[test]
fn the_event_mix_is_the_real_one() {
    let rows = &SAMPLE.1;
    for (kind, expected, tolerance) in [
        ("view", 0.937, 0.004),
        ("cart", 0.049, 0.003),
        ("purchase", 0.014, 0.001),
        ("remove_from_cart", 0.002, 0.0005),
    ] {
        assert_near(kind, share(rows, |row| row.kind == kind), expected, tolerance);
    }
}

#[test]
fn nulls_and_zero_prices_have_their_shares() {
    let (report, rows) = &*SAMPLE;
    assert_near("null category_code", share(rows, |row| row.code.is_empty()), 0.10, 0.01);
    assert_near("null brand", share(rows, |row| row.brand.is_empty()), 0.12, 0.01);
    assert_near("zero price", share(rows, |row| row.cents == 0), 0.0012, 0.0004);
    assert_eq!(report.zero_prices as usize, count(rows, |row| row.cents == 0));
    assert!(count(rows, |row| row.session.is_empty()) <= 3);
}

#[test]
fn prices_have_the_real_mean_deviation_and_maximum() {
    let prices: Vec<f64> = SAMPLE.1.iter().map(|row| row.cents as f64 / 100.0).collect();
    let mean = prices.iter().sum::<f64>() / prices.len() as f64;
    let variance = prices.iter().map(|price| (price - mean).powi(2)).sum::<f64>() / prices.len() as f64;
    assert_near("mean price", mean, 273.0, 8.0);
    assert_near("deviation of prices", variance.sqrt(), 356.0, 12.0);
    assert_eq!(prices.iter().copied().fold(0.0, f64::max), 2574.07);
}

#[test]
fn prices_drift_a_little_from_day_to_day() {
    let mut range: HashMap<&str, (u64, u64)> = HashMap::new();
    for row in SAMPLE.1.iter().filter(|row| row.cents > 10_000) {
        let (low, high) = range.entry(&row.product).or_insert((row.cents, row.cents));
        (*low, *high) = ((*low).min(row.cents), (*high).max(row.cents));
    }
    let moved = range.values().filter(|(low, high)| low < high).count();
    assert!(moved * 4 > range.len(), "only {moved} of {} products changed price", range.len());
    assert!(range.values().all(|(low, high)| *high as f64 <= *low as f64 * 1.085));
}

#[test]
fn a_product_keeps_its_category_and_brand() {
    let facts: HashSet<_> =
        SAMPLE.1.iter().map(|row| (&row.product, &row.category, &row.code, &row.brand)).collect();
    assert_eq!(facts.len(), tally(&SAMPLE.1, |row| &row.product).len());
    assert!(SAMPLE.1.iter().all(|row| row.category.len() == 19));
    let levels = |row: &Row| row.code.split('.').count();
    assert!(SAMPLE.1.iter().all(|row| row.code.is_empty() || (2..=3).contains(&levels(row))));
}

#[test]
fn sessions_are_short_with_a_long_tail_and_one_user() {
    let rows: Vec<Row> = SAMPLE.1.iter().filter(|row| !row.session.is_empty()).cloned().collect();
    let sessions = tally(&rows, |row| &row.session);
    assert_near("events per session", rows.len() as f64 / sessions.len() as f64, 4.2, 0.2);
    assert!(sessions.values().any(|events| *events > 100));
    let users: HashSet<_> = rows.iter().map(|row| (&row.session, &row.user)).collect();
    assert_eq!(users.len(), sessions.len());
    assert!(sessions.keys().all(|id| Uuid::parse_str(id).unwrap().get_version_num() == 4));
    let days: HashSet<_> = rows.iter().map(|row| (&row.session, row.date())).collect();
    let resumed = (days.len() - sessions.len()) as f64 / sessions.len() as f64;
    assert_near("sessions that go on the next day", resumed, 0.02, 0.005);
}

#[test]
fn users_are_many_and_a_few_are_very_active() {
    let users = tally(&SAMPLE.1, |row| &row.user);
    assert_near("users per row", users.len() as f64 / ROWS as f64, 4.7 / 66.6, 0.003);
    let mut events: Vec<usize> = users.into_values().collect();
    events.sort_unstable();
    let busiest: usize = events.iter().rev().take(events.len() / 10).sum();
    assert!(busiest as f64 > 0.35 * ROWS as f64, "the busiest tenth made only {busiest} events");
}

#[test]
fn every_purchase_follows_a_view_of_the_product_in_its_session() {
    let mut viewed = HashSet::new();
    for row in &SAMPLE.1 {
        let look = (&row.session, &row.product);
        match row.kind.as_str() {
            "view" => _ = viewed.insert(look),
            _ => assert!(viewed.contains(&look), "no view before {row:?}"),
        }
    }
}

#[test]
fn duplicates_are_exact_and_counted() {
    let (report, rows) = &*SAMPLE;
    let mut different = HashSet::new();
    let repeated: HashSet<&Row> = rows.iter().filter(|row| !different.insert(*row)).collect();
    // 200 different rows, so each twice and none more often.
    assert_eq!((repeated.len(), rows.len() - different.len(), report.duplicates), (200, 200, 200));
}

#[test]
fn evenings_and_nights_and_weekends_show() {
    let rows = &SAMPLE.1;
    let peak = count(rows, |row| (14..18).contains(&row.hour()));
    let night = count(rows, |row| [22, 23, 0, 1].contains(&row.hour()));
    assert!(peak > 6 * night, "{peak} events at the peak, {night} at night");
    let days = tally(rows, |row| row.date());
    assert!(days["2019-10-05"].min(days["2019-10-06"]) > days["2019-10-02"].max(days["2019-10-08"]));
}
