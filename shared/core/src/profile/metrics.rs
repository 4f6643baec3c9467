//! A profile as rows of `ops.profiles`.

use super::{HourProfile, Profile};
use crate::event::EventType;

/// One measure.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// Column, if the measure is about one.
    pub column: Option<&'static str>,
    /// Name.
    pub name: String,
    /// What it is broken down by.
    pub segment: Option<String>,
    /// Value; prices in the shop's currency.
    pub value: f64,
}

/// All measures of a profile, in a fixed order.
pub fn metrics(profile: &Profile) -> Vec<Metric> {
    let mut total = HourProfile::default();
    profile.hours.values().for_each(|hour| total.merge_unnamed(hour));
    let mut out = Vec::new();
    let mut add = |column, name: &str, segment, value| {
        out.push(Metric { column, name: name.to_owned(), segment, value })
    };
    add(None, "row_count", None, total.rows as f64);
    for (column, nulls) in [
        ("category_id", total.null_category_ids),
        ("category_code", total.null_category_codes),
        ("brand", total.null_brands),
    ] {
        add(Some(column), "null_count", None, nulls as f64);
    }
    for (column, distinct) in [
        ("user_id", &profile.users),
        ("product_id", &profile.products),
        ("session_id", &profile.sessions),
        ("brand", &profile.brands),
        ("category_code", &profile.category_codes),
    ] {
        add(Some(column), "distinct_count", None, distinct.estimate());
    }
    for (kind, count) in EventType::ALL.iter().zip(total.event_types) {
        add(Some("event_type"), "row_count", Some(kind.as_str().to_owned()), count as f64);
    }
    let prices = &total.prices;
    for (name, cents) in [
        ("sum", Some(prices.sum_cents as f64)),
        ("min", prices.min_cents.map(|c| c as f64)),
        ("p25", prices.quantile_cents(0.25)),
        ("median", prices.quantile_cents(0.5)),
        ("p75", prices.quantile_cents(0.75)),
        ("p99", prices.quantile_cents(0.99)),
        ("max", prices.max_cents.map(|c| c as f64)),
        ("mean", prices.mean_cents()),
        ("stddev", prices.stddev_cents()),
    ] {
        if let Some(cents) = cents {
            add(Some("price"), name, None, cents / 100.0);
        }
    }
    add(Some("price"), "sum", Some("purchase".to_owned()), total.purchases_cents as f64 / 100.0);
    for hour in 0..24u8 {
        let rows = profile.hours.get(&hour).map_or(0, |measured| measured.rows);
        add(Some("event_time"), "row_count", Some(hour.to_string()), rows as f64);
    }
    out
}
