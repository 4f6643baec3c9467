//! Each monitor sees what it is there for, and the others keep still.

use std::collections::BTreeMap;

use estrella_core::event::EventType;

use super::shop::{NOW, Row, breaches, input, judge, result, rows, with};
use crate::hour::WEEK;
use crate::{HourInput, Monitor, MonitorResult, Outcome, Settings, Severity, State, evaluate};

/// An hour like the others, after something was done to its rows.
fn spoilt(spoil: impl Fn(usize, &mut Row)) -> HourInput {
    let mut rows = rows(300, 99);
    rows.iter_mut().enumerate().for_each(|(at, row)| spoil(at, row));
    input(&rows)
}

fn seen(current: &HourInput) -> Vec<String> {
    breaches(&judge(current))
}

#[test]
fn an_hour_like_the_others_is_no_breach() {
    for variant in 90..130 {
        let verdict = judge(&input(&rows(290 + variant % 20, variant)));
        assert_eq!(breaches(&verdict), [""; 0], "{variant}");
        assert_eq!(with(&verdict, Outcome::Muted), [""; 0]);
    }
}

#[test]
fn far_fewer_and_far_more_rows_are_seen() {
    assert_eq!(seen(&input(&rows(100, 99))), ["volume", "sessions"]);
    assert_eq!(seen(&input(&rows(900, 99))), ["volume", "sessions"]);
    assert!(seen(&input(&rows(220, 99))).is_empty());
}

#[test]
fn no_rows_at_all_are_an_outage_and_nothing_else() {
    let verdict = judge(&HourInput::default());
    assert_eq!(breaches(&verdict), ["volume"]);
    let volume = result(&verdict, "volume");
    assert!(volume.is_hard && volume.severity == Severity::Critical);
    assert!(volume.expected > 1000.0 && volume.observed == 0.0);
    assert_eq!(volume.contributors.len(), 3);
    assert_eq!(result(&verdict, "price").outcome, Outcome::Learning);
}

#[test]
fn what_follows_from_far_too_few_rows_is_muted() {
    let mut few = rows(40, 99);
    few.iter_mut().for_each(|row| row.category = "never.seen".to_owned());
    let verdict = judge(&input(&few));
    assert_eq!(breaches(&verdict), ["volume"]);
    assert!(with(&verdict, Outcome::Muted).contains(&"new_categories".to_owned()));
}

#[test]
fn lost_carts_are_seen_and_where_they_are_missing() {
    let mut rows = rows(300, 99);
    rows.retain(|row| row.kind != EventType::Cart);
    let verdict = judge(&input(&rows));
    assert_eq!(breaches(&verdict), ["event_mix", "view_to_cart"]);
    let carts = result(&verdict, "view_to_cart");
    assert_eq!((carts.observed, carts.severity), (0.0, Severity::Critical));
    assert_eq!(carts.contributors[0].segment, "category department.kind-0");
    let mix = result(&verdict, "event_mix");
    assert!(["view", "cart"].contains(&mix.contributors[0].segment.as_str()));
}

#[test]
fn lost_purchases_are_seen() {
    let mut rows = rows(300, 99);
    rows.retain(|row| row.kind != EventType::Purchase);
    let found = seen(&input(&rows));
    assert!(found.contains(&"cart_to_purchase".to_owned()) && found.contains(&"view_to_purchase".to_owned()));
}

#[test]
fn a_wrong_unit_of_prices_is_seen_in_its_category() {
    let current = spoilt(|_, row| {
        if row.category == "department.kind-1" {
            row.cents *= 100;
        }
    });
    let verdict = judge(&current);
    assert_eq!(breaches(&verdict), ["price", "category_price/department.kind-1"]);
    assert_eq!(result(&verdict, "price").contributors[0].segment, "category department.kind-1");
    assert!((result(&verdict, "category_price/department.kind-1").effect / 100.0 - 1.0).abs() < 0.1);
}

#[test]
fn prices_that_are_a_third_dearer_are_no_breach() {
    assert!(seen(&spoilt(|_, row| row.cents = row.cents * 4 / 3)).is_empty());
}

#[test]
fn missing_values_are_seen_by_column() {
    let brands = seen(&spoilt(|at, row| {
        if at % 4 == 0 {
            row.brand.clear();
        }
    }));
    assert!(brands.contains(&"null_brand".to_owned()), "{brands:?}");
    let ids = seen(&spoilt(|at, row| row.category_id = row.category_id.filter(|_| at % 4 != 0)));
    assert_eq!(ids, ["null_category_id"]);
    let codes = seen(&spoilt(|at, row| {
        if at % 4 == 0 {
            row.category.clear();
        }
    }));
    assert!(codes.contains(&"null_category_code".to_owned()), "{codes:?}");
}

#[test]
fn new_brands_and_categories_are_seen_and_named() {
    let verdict = judge(&spoilt(|at, row| {
        if at % 5 == 0 {
            row.brand = format!("fake {}", at % 3);
        }
    }));
    let new = result(&verdict, "new_brands");
    assert_eq!(new.outcome, Outcome::Breach);
    assert!((new.observed - 0.2).abs() < 0.01 && new.expected == 0.0, "{new:?}");
    assert!(new.contributors.iter().all(|part| part.segment.starts_with("brand fake")));
    let categories = seen(&spoilt(|at, row| {
        if at % 10 == 0 {
            row.category = "never.seen".to_owned();
        }
    }));
    assert!(categories.contains(&"new_categories".to_owned()));
}

#[test]
fn a_brand_and_a_category_that_take_over_are_seen() {
    let verdict = judge(&spoilt(|at, row| {
        if at % 3 == 0 {
            (row.brand, row.category) = ("brand 1".to_owned(), "department.kind-3".to_owned());
        }
    }));
    for (monitor, segment) in [("brand_mix", "brand 1"), ("category_mix", "department.kind-3")] {
        let mix = result(&verdict, monitor);
        assert_eq!((mix.outcome, mix.contributors[0].segment.as_str()), (Outcome::Breach, segment));
    }
}

#[test]
fn a_bot_is_seen_as_one_large_session() {
    let current = spoilt(|at, row| {
        if at % 5 == 0 && row.kind == EventType::View {
            row.session = "bot".to_owned();
        }
    });
    let verdict = judge(&current);
    assert!(breaches(&verdict).contains(&"largest_session".to_owned()), "{:?}", breaches(&verdict));
}

#[test]
fn sessions_that_fall_apart_are_seen() {
    let current = spoilt(|at, row| row.session = format!("{} {}", row.session, at % 4));
    let found = seen(&current);
    assert!(found.contains(&"session_length".to_owned()), "{found:?}");
    assert!(found.contains(&"events_per_session".to_owned()), "{found:?}");
}

#[test]
fn duplicates_refused_rows_and_new_columns_are_seen() {
    let mut current = input(&rows(300, 99));
    current.rows_in += 400;
    current.duplicates = 400;
    assert_eq!(seen(&current), ["duplicates"]);
    let mut current = input(&rows(300, 99));
    current.source_rows += 200;
    current.rejected = 200;
    assert_eq!(seen(&current), ["rejects"]);
    let mut current = input(&rows(300, 99));
    current.unknown_columns.insert("coupon".to_owned());
    let verdict = judge(&current);
    assert_eq!(breaches(&verdict), ["schema"]);
    assert_eq!(result(&verdict, "schema").contributors[0].segment, "column coupon");
}

/// An hour of which a share has no brand, in parts per thousand.
fn without_brands(per_thousand: usize, variant: u64) -> HourInput {
    let mut rows = rows(300, variant);
    for (at, row) in rows.iter_mut().enumerate() {
        row.brand = if at * 7 % 1000 < per_thousand { String::new() } else { "brand 1".to_owned() };
    }
    input(&rows)
}

#[test]
fn what_weeks_differ_by_anyway_is_no_breach() {
    let seen = |shares: [usize; 8]| {
        let week = |(back, share): (i64, usize)| (NOW - back * WEEK, without_brands(share, back as u64));
        let history: BTreeMap<i64, HourInput> = (1..).zip(shares).map(week).collect();
        let current = without_brands(330, 99);
        breaches(&evaluate(NOW, &current, &history, &Settings::default(), &State::default()))
    };
    let calm = seen([100, 110, 90, 105, 95, 100, 90, 110]);
    assert_eq!(calm, ["null_brand"]);
    // The mean is the same, and 33 % would be seen in an instant if rows were all that there is to chance.
    let restless = seen([20, 250, 30, 10, 260, 20, 190, 20]);
    assert_eq!(restless, [""; 0]);
}

/// What is said of the share without a brand, after eight weeks of 10 %.
fn null_brand(per_thousand: usize, settings: &str) -> MonitorResult {
    let history = (1..=8).map(|back| (NOW - back * WEEK, without_brands(100, 1))).collect();
    let settings = Settings::parse(settings).unwrap();
    let verdict = evaluate(NOW, &without_brands(per_thousand, 1), &history, &settings, &State::default());
    result(&verdict, "null_brand").clone()
}

#[test]
fn what_may_be_chance_is_no_breach_and_among_many_monitors_more_may_be() {
    let close = "[monitors.null_brand]\nfloor = 0.01\n";
    assert_eq!(null_brand(112, close).outcome, Outcome::Ok);
    let among_many = null_brand(135, close);
    assert!(among_many.p_value < 0.0005 && among_many.p_adjusted > 0.001, "{among_many:?}");
    assert_eq!(among_many.outcome, Outcome::Ok);
    let others = Monitor::ALL.iter().filter(|monitor| **monitor != Monitor::NullBrand);
    let off: String = others.map(|monitor| format!("[monitors.{monitor}]\nenabled = false\n")).collect();
    assert_eq!(null_brand(135, &format!("{close}{off}")).outcome, Outcome::Breach);
}

#[test]
fn a_wrong_unit_is_seen_in_six_rows() {
    let with_few = |variant: u64, times: i64| {
        let mut rows = rows(300, variant);
        for row in rows.iter_mut().step_by(200) {
            row.category = "department.rare".to_owned();
            row.cents *= times;
        }
        input(&rows)
    };
    let history = (1..=8).map(|back| (NOW - back * WEEK, with_few(back as u64, 1))).collect();
    let seen = |times| {
        let verdict = evaluate(NOW, &with_few(99, times), &history, &Settings::default(), &State::default());
        let found = result(&verdict, "category_price/department.rare").clone();
        (found.outcome, found.test)
    };
    assert_eq!(seen(1).0, Outcome::Ok);
    assert_eq!(seen(100), (Outcome::Breach, "robust_z".to_owned()));
}

#[test]
fn every_number_is_one_that_json_can_carry() {
    for current in [HourInput::default(), input(&rows(1, 1)), input(&rows(2000, 1))] {
        let verdict = judge(&current);
        let text = serde_json::to_string(&verdict).unwrap();
        assert_eq!(serde_json::from_str::<crate::HourVerdict>(&text).unwrap(), verdict);
        assert!(verdict.results.iter().all(|result| result.contributors.len() <= 3));
    }
}
