//! Profiles against plain counting.

use proptest::prelude::*;

use super::*;
use crate::event::{EventType, MICROS_PER_HOUR};

/// Hour, type, session, category, brand and price of a row.
type Row = (i64, u8, u8, u8, u8, i64);

fn row() -> impl Strategy<Value = Row> {
    (0i64..4, 0u8..4, 0u8..6, 0u8..4, 0u8..4, 1i64..100_000)
}

fn columns(rows: &[Row]) -> EventColumns {
    let mut columns = EventColumns::default();
    for (at, (hour, kind, session, category, brand, cents)) in rows.iter().enumerate() {
        columns.event_id.push(at as u128);
        columns.event_time.push(hour * MICROS_PER_HOUR + at as i64 * 1_000_000);
        columns.event_type.push(EventType::ALL[*kind as usize]);
        // Sessions have several users, and users several sessions.
        columns.user_id.push(i64::from((session + brand) % 5));
        columns.product_id.push(at as i64);
        columns.price_cents.push(*cents);
        columns.category_id.push((*category > 1).then_some(1));
        columns.session.push(format!("session {session}").as_bytes());
        let text = |n: u8| if n == 0 { String::new() } else { format!("name {n}") };
        columns.category_code.push(text(*category).as_bytes());
        columns.brand.push(text(*brand).as_bytes());
    }
    columns
}

proptest! {
    #[test]
    fn an_hour_is_what_plain_counting_finds(rows in prop::collection::vec(row(), 0..200)) {
        let profile = Profile::of(&columns(&rows));
        let users: std::collections::BTreeSet<u8> = rows.iter().map(|row| (row.2 + row.4) % 5).collect();
        prop_assert!((profile.users.estimate() - users.len() as f64).abs() < 0.01);
        for hour in 0..4 {
            let own: Vec<&Row> = rows.iter().filter(|row| row.0 == hour).collect();
            let Some(found) = profile.hours.get(&(hour as u8)) else {
                prop_assert!(own.is_empty());
                continue;
            };
            let count = |test: &dyn Fn(&Row) -> bool| own.iter().filter(|row| test(row)).count() as u64;
            prop_assert_eq!(found.rows, own.len() as u64);
            for kind in 0..4 {
                prop_assert_eq!(found.event_types[usize::from(kind)], count(&|row| row.1 == kind));
            }
            prop_assert_eq!(found.null_category_codes, count(&|row| row.3 == 0));
            prop_assert_eq!(found.null_category_ids, count(&|row| row.3 < 2));
            prop_assert_eq!(found.null_brands, count(&|row| row.4 == 0));
            let cents: Vec<i64> = own.iter().map(|row| row.5).collect();
            prop_assert_eq!(&found.prices, &Prices::of(&cents));
            let bought: i64 = own.iter().filter(|row| row.1 == 3).map(|row| row.5).sum();
            prop_assert_eq!(found.purchases_cents, i128::from(bought));
            for (name, segment) in &found.categories {
                let number = name.strip_prefix("name ").map_or(0, |n| n.parse().unwrap());
                prop_assert_eq!(segment.event_types[1], count(&|row| row.3 == number && row.1 == 1));
                let cents: Vec<i64> = own.iter().filter(|row| row.3 == number).map(|row| row.5).collect();
                prop_assert_eq!(&segment.prices, &Prices::of(&cents));
            }
            for (name, brand_rows) in found.brands.counts() {
                prop_assert_eq!(brand_rows, count(&|row| format!("name {}", row.4) == name));
            }
            let of = |session: u8, kind: u8| count(&|row| row.2 == session && row.1 == kind);
            let carts_by_views: u64 = (0..6).map(|session| of(session, 0) * of(session, 1)).sum();
            prop_assert_eq!(found.sessions.product(EventType::Cart, EventType::View), u128::from(carts_by_views));
        }
    }

    #[test]
    fn parts_that_share_no_session_merge_to_the_whole(rows in prop::collection::vec(row(), 1..200)) {
        let mut merged = Profile::default();
        for session in 0..6 {
            let part: Vec<Row> = rows.iter().filter(|row| row.2 == session).copied().collect();
            merged.merge(&Profile::of(&columns(&part)));
        }
        let whole = Profile::of(&columns(&rows));
        prop_assert_eq!(merged.rows(), rows.len() as u64);
        // Lengths of sessions follow the times, which depend on the place among the rows.
        let without_lengths = |mut profile: Profile| {
            profile.hours.values_mut().for_each(|hour| hour.sessions.seconds = Histogram::default());
            profile.hours
        };
        prop_assert_eq!(without_lengths(merged), without_lengths(whole));
    }

    #[test]
    fn a_profile_survives_json(rows in prop::collection::vec(row(), 0..50)) {
        let profile = Profile::of(&columns(&rows));
        let back: Profile = serde_json::from_str(&serde_json::to_string(&profile).unwrap()).unwrap();
        prop_assert_eq!(back.hours, profile.hours);
    }
}
