//! Is each incident to be seen on its day, and nowhere else?

use super::super::{Incident, IncidentError};
use super::*;

const DAY: &str = "2019-10-03";

/// 60,000 rows over five days with these incidents.
fn with(name: &str, specs: &[&str]) -> Vec<Row> {
    let folder = Folder::new(name);
    let mut args = folder.args(60_000);
    args.days = 5;
    args.incidents = specs.iter().map(|spec| spec.parse().unwrap()).collect();
    let (report, rows) = run(&args);
    assert_eq!((report.rows, rows.len()), (60_000, 60_000));
    rows
}

fn top_category(rows: &[Row]) -> String {
    let (category, _) = tally(rows, |row| &row.category).into_iter().max_by_key(|(_, rows)| *rows).unwrap();
    category.to_owned()
}

/// Mean price in cents of rows that have one.
fn mean_cents<'a>(rows: impl Iterator<Item = &'a Row>) -> f64 {
    let prices: Vec<f64> = rows.map(|row| row.cents as f64).filter(|cents| *cents > 0.0).collect();
    prices.iter().sum::<f64>() / prices.len() as f64
}

#[test]
fn an_outage_empties_its_hours_and_shrinks_its_day() {
    let rows = with("outage", &["outage:2019-10-03:10-14"]);
    let in_hours = |row: &Row| (10..14).contains(&row.hour());
    assert_eq!(count(&rows, |row| row.date() == DAY && in_hours(row)), 0);
    assert!(count(&rows, |row| row.date() != DAY && in_hours(row)) > 5_000);
    let days = tally(&rows, |row| row.date());
    let ratio = days[DAY] as f64 / days["2019-10-02"] as f64;
    assert_near("rows of the day with the outage", ratio, 0.77, 0.08);
}

#[test]
fn an_outage_of_a_whole_day_leaves_no_file() {
    let rows = with("dark-day", &["outage:2019-10-03:00-24", "outage:2019-10-05:20-24"]);
    assert_eq!(count(&rows, |row| row.date() == DAY), 0);
    assert_eq!(count(&rows, |row| row.date() == "2019-10-05" && row.hour() >= 20), 0);
}

#[test]
fn a_price_bug_multiplies_the_prices_of_the_busiest_category() {
    let rows = with("price-bug", &["price-bug:2019-10-03"]);
    let top = top_category(&rows);
    let mean = |on_day: bool, in_top: bool| {
        mean_cents(rows.iter().filter(|row| (row.date() == DAY) == on_day && (row.category == top) == in_top))
    };
    assert_near("price factor of the category", mean(true, true) / mean(false, true), 100.0, 10.0);
    assert_near("price factor of the others", mean(true, false) / mean(false, false), 1.0, 0.1);
}

#[test]
fn a_wild_price_bug_stays_within_the_decimal() {
    let rows = with("wild-price-bug", &["price-bug:2019-10-03:1e30"]);
    assert_eq!(rows.iter().map(|row| row.cents).max(), Some(999_999_999_999));
}

#[test]
fn a_brand_flood_changes_brands_and_nothing_else() {
    let calm = with("no-flood", &[]);
    let flooded = with("flood", &["brand-flood:2019-10-03:0.4"]);
    let known: std::collections::HashSet<&str> = calm.iter().map(|row| row.brand.as_str()).collect();
    let is_new = |row: &Row| !known.contains(row.brand.as_str());
    let day: Vec<Row> = flooded.iter().filter(|row| row.date() == DAY).cloned().collect();
    assert_near("share of the new brand", share(&day, is_new), 0.4, 0.03);
    assert_eq!(count(&flooded, is_new), count(&day, is_new));
    for (calm, flooded) in calm.iter().zip(&flooded) {
        let brand = if is_new(flooded) { calm.brand.clone() } else { flooded.brand.clone() };
        assert_eq!(*calm, Row { brand, ..flooded.clone() });
    }
}

#[test]
fn bots_are_one_user_with_one_long_session_each() {
    let rows = with("bots", &["bot:2019-10-03", "bot:2019-10-03:1200", "outage:2019-10-03:06-07"]);
    let mut sessions: Vec<_> = tally(&rows, |row| &row.session).into_iter().collect();
    sessions.sort_by_key(|(_, events)| std::cmp::Reverse(*events));
    for ((session, events), expected) in sessions.into_iter().zip([5_000, 1_200]) {
        assert_eq!(events, expected);
        let bot: Vec<&Row> = rows.iter().filter(|row| row.session == session).collect();
        assert!(bot.iter().all(|row| row.kind == "view" && row.date() == DAY && row.hour() != 6));
        assert!(bot.iter().all(|row| row.user == bot[0].user));
        assert_eq!(count(&rows, |row| row.user == bot[0].user), expected);
    }
}

#[test]
fn incidents_are_parsed_with_their_defaults() {
    let date = DAY.parse().unwrap();
    let parsed = |spec: &str| spec.parse::<Incident>().unwrap();
    assert_eq!(parsed("outage:2019-10-03:09-24"), Incident::Outage { date, from_hour: 9, to_hour: 24 });
    assert_eq!(parsed("price-bug:2019-10-03"), Incident::PriceBug { date, factor: 100.0 });
    assert_eq!(parsed("price-bug:2019-10-03:0.01"), Incident::PriceBug { date, factor: 0.01 });
    assert_eq!(parsed("brand-flood:2019-10-03"), Incident::BrandFlood { date, share: 0.3 });
    assert_eq!(parsed("brand-flood:2019-10-03:1"), Incident::BrandFlood { date, share: 1.0 });
    assert_eq!(parsed("bot:2019-10-03"), Incident::Bot { date, events: 5_000 });
    assert_eq!(parsed("bot:2019-10-03:12").date(), date);
}

#[test]
fn what_is_no_incident_is_refused_with_the_reason() {
    let error = |spec: &str| spec.parse::<Incident>().unwrap_err();
    assert_eq!(error("storm:2019-10-03"), IncidentError::UnknownKind("storm".into()));
    assert_eq!(error(""), IncidentError::UnknownKind(String::new()));
    assert_eq!(error("bot"), IncidentError::BadDate(String::new()));
    assert_eq!(error("outage:2019-02-29:1-2"), IncidentError::BadDate("2019-02-29".into()));
    for hours in ["", "10", "14-10", "10-10", "10-25", "a-b", "-1-2"] {
        assert_eq!(error(&format!("outage:2019-10-03:{hours}")), IncidentError::BadHours(hours.into()));
    }
    assert_eq!(error("outage:2019-10-03"), IncidentError::BadHours(String::new()));
    for factor in ["0", "-1", "inf", "NaN", "x", ""] {
        assert_eq!(error(&format!("price-bug:2019-10-03:{factor}")), IncidentError::BadFactor(factor.into()));
    }
    for share in ["0", "1.1", "NaN", "half"] {
        assert_eq!(error(&format!("brand-flood:2019-10-03:{share}")), IncidentError::BadShare(share.into()));
    }
    for events in ["0", "-5", "1.5", "99999999999"] {
        assert_eq!(error(&format!("bot:2019-10-03:{events}")), IncidentError::BadEvents(events.into()));
    }
    assert_eq!(error("bot:2019-10-03:5:6"), IncidentError::TrailingPart("6".into()));
    assert_eq!(
        error("outage:2019-10-03:9").to_string(),
        "`9` is not a range of hours, expected HH-HH with 0 <= first < second <= 24"
    );
}
