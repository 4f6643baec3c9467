//! Which parts of the rows a change comes from.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use estrella_core::event::EventType;
use estrella_core::profile::{HourProfile, Prices, Segment, middle_of};

use super::mix::Mix;
use super::novelty::category_rows;
use super::{Comparison, Finding, category_name, schema, share};
use crate::reference::Unit;
use crate::settings::Monitor;
use crate::verdict::Contributor;

/// What an hour has of a category that it lacks.
static NOTHING: LazyLock<Segment> = LazyLock::new(Segment::default);
/// Contributors that are told.
const MAX_CONTRIBUTORS: usize = 3;
/// How much more of a change a part must make than of the rows, to say something of its own.
const LEAST_SURPRISE: f64 = 0.05;

/// The parts that contribute most to what a monitor found, at most three. Empty if it watches no part of its own.
pub(crate) fn contributors(
    monitor: Monitor,
    finding: &Finding,
    comparison: &Comparison<'_>,
) -> Vec<Contributor> {
    match monitor {
        Monitor::Volume => of_rows(finding, comparison),
        Monitor::EventMix | Monitor::CategoryMix | Monitor::BrandMix => of_mix(monitor, comparison),
        Monitor::ViewToCart => of_rate(comparison, EventType::View, EventType::Cart),
        Monitor::CartToPurchase => of_rate(comparison, EventType::Cart, EventType::Purchase),
        Monitor::ViewToPurchase => of_rate(comparison, EventType::View, EventType::Purchase),
        Monitor::Price => of_prices(comparison),
        Monitor::NewBrands => new_names("brand", comparison, |unit| unit.brands.clone()),
        Monitor::NewCategories => new_names("category", comparison, category_rows),
        Monitor::Schema => new_columns(comparison),
        _ => Vec::new(),
    }
}

/// Greatest part of the change first.
fn top(mut parts: Vec<Contributor>) -> Vec<Contributor> {
    parts.sort_by(|a, b| b.share.total_cmp(&a.share));
    parts.truncate(MAX_CONTRIBUTORS);
    parts.retain(|part| part.share > 0.0);
    parts
}

/// Parts whose `share` is their own part of `total`.
fn with_shares(parts: Vec<Contributor>, total: f64) -> Vec<Contributor> {
    let of_total = |part: Contributor| {
        let share = if total == 0.0 { 0.0 } else { (part.observed - part.expected) / total };
        Contributor { share, ..part }
    };
    top(parts.into_iter().map(of_total).collect())
}

fn part(segment: String, observed: f64, expected: f64) -> Contributor {
    Contributor { segment, observed, expected, share: 0.0 }
}

/// Event types, categories and brands by rows. If some make more of the change than they make of the rows, these are
/// told; if all moved alike, the greatest categories.
fn of_rows(finding: &Finding, comparison: &Comparison<'_>) -> Vec<Contributor> {
    let total = finding.observed - finding.expected;
    let reference = &comparison.reference.all;
    let usual_rows = reference.input.profile.rows.max(1) as f64;
    let (now, usual) = (row_counts(comparison.current), row_counts(reference));
    let parts = |kind: Option<&str>| {
        let of_kind = move |name: &&String| kind.is_none_or(|kind| name.starts_with(kind));
        let mut names: Vec<_> = now.keys().chain(usual.keys()).filter(of_kind).collect();
        names.sort();
        names.dedup();
        let rows =
            |counts: &BTreeMap<String, u64>, name: &String| counts.get(name).copied().unwrap_or(0) as f64;
        let one = |name: &String| {
            part(name.clone(), rows(&now, name), rows(&usual, name) / usual_rows * finding.expected)
        };
        names.into_iter().map(one).collect::<Vec<_>>()
    };
    let surprise = |part: &Contributor| {
        let of_rows = if finding.expected > 0.0 { part.expected / finding.expected } else { 0.0 };
        (part.observed - part.expected) / total - of_rows
    };
    let mut surprising = parts(None);
    surprising.retain(|part| surprise(part) >= LEAST_SURPRISE);
    with_shares(if surprising.is_empty() { parts(Some("category")) } else { surprising }, total)
}

fn row_counts(unit: &Unit<'_>) -> BTreeMap<String, u64> {
    let profile = &unit.input.profile;
    let types = EventType::ALL.iter().zip(profile.event_types);
    let types = types.map(|(kind, rows)| (format!("event type {}", kind.as_str()), rows));
    let categories = profile.categories.iter();
    let categories =
        categories.map(|(code, rows)| (format!("category {}", category_name(code)), rows.rows()));
    let brands = unit.brands.iter().map(|(brand, rows)| (format!("brand {brand}"), *rows));
    types.chain(categories).chain(brands).collect()
}

/// Cells by their part of all the shares that moved.
fn of_mix(monitor: Monitor, comparison: &Comparison<'_>) -> Vec<Contributor> {
    let Some(mix) = Mix::of(monitor, comparison) else { return Vec::new() };
    let moves: Vec<(f64, f64)> = (0..mix.names.len()).map(|cell| mix.shares(cell)).collect();
    let total: f64 = moves.iter().map(|(now, usual)| (now - usual).abs()).sum();
    let one = |(name, (now, usual)): (&String, &(f64, f64))| Contributor {
        share: if total > 0.0 { (now - usual).abs() / total } else { 0.0 },
        ..part(name.clone(), *now, *usual)
    };
    top(mix.names.iter().zip(&moves).map(one).collect())
}

/// Categories by the events of type `to` that are missing, or too many, for their events of type `from`.
fn of_rate(comparison: &Comparison<'_>, from: EventType, to: EventType) -> Vec<Contributor> {
    let reference = &comparison.reference.all.input.profile;
    let parts = categories(comparison).map(|(code, now)| {
        let usual = reference.categories.get(code).unwrap_or(&NOTHING).event_types;
        let rate = |types: [u64; 4]| share(types[to as usize], types[from as usize]);
        let off = now.event_types[to as usize] as f64 - rate(usual) * now.event_types[from as usize] as f64;
        (part(format!("category {}", category_name(code)), rate(now.event_types), rate(usual)), off)
    });
    by_weight(parts.collect())
}

/// Categories by what they add to the change of the mean logarithm of the prices.
fn of_prices(comparison: &Comparison<'_>) -> Vec<Contributor> {
    let profile = &comparison.current.input.profile;
    let reference = &comparison.reference.all.input.profile;
    let usual_mean = logs(&reference.prices, 0.0) / reference.rows.max(1) as f64;
    let parts = categories(comparison).map(|(code, now)| {
        let usual = reference.categories.get(code).unwrap_or(&NOTHING);
        let mean = |prices: &Prices| prices.mean_cents().map_or(0.0, |cents| cents / 100.0);
        // From the usual mean: a category that has more rows than usual adds only what it is off from that.
        let adds =
            |segment: &Segment, of: &HourProfile| logs(&segment.prices, usual_mean) / of.rows.max(1) as f64;
        let off = adds(now, profile) - adds(usual, reference);
        (part(format!("category {}", category_name(code)), mean(&now.prices), mean(&usual.prices)), off)
    });
    by_weight(parts.collect())
}

/// The sum of the prices' logarithms, each less `center`.
fn logs(prices: &Prices, center: f64) -> f64 {
    prices.histogram.buckets().map(|(bucket, count)| count as f64 * (middle_of(bucket).ln() - center)).sum()
}

/// Categories of the hour, with those of the reference that it has none of.
fn categories<'c>(comparison: &'c Comparison<'_>) -> impl Iterator<Item = (&'c String, &'c Segment)> {
    let current = &comparison.current.input.profile.categories;
    let usual = comparison.reference.all.input.profile.categories.keys();
    let gone = usual.filter(|code| !current.contains_key(*code));
    current.iter().chain(gone.map(|code| (code, &*NOTHING)))
}

/// Parts by their weight in the sum of all weights.
fn by_weight(parts: Vec<(Contributor, f64)>) -> Vec<Contributor> {
    let total: f64 = parts.iter().map(|(_, off)| off).sum();
    let one = |(part, off)| Contributor { share: if total == 0.0 { 0.0 } else { off / total }, ..part };
    top(parts.into_iter().map(one).collect())
}

/// Names that no unit of the reference has, by rows.
fn new_names(
    kind: &str,
    comparison: &Comparison<'_>,
    rows: impl Fn(&Unit<'_>) -> BTreeMap<String, u64>,
) -> Vec<Contributor> {
    let known = rows(&comparison.reference.all);
    let mut new = rows(comparison.current);
    new.retain(|name, _| !known.contains_key(name));
    let all = comparison.current.input.profile.rows.max(1) as f64;
    let total = new.values().sum::<u64>() as f64 / all;
    let parts = new.iter().map(|(name, rows)| part(format!("{kind} {name}"), *rows as f64 / all, 0.0));
    with_shares(parts.collect(), total)
}

fn new_columns(comparison: &Comparison<'_>) -> Vec<Contributor> {
    let new: Vec<_> = schema::new_columns(comparison).collect();
    let parts = new.iter().map(|column| part(format!("column {column}"), 1.0, 0.0));
    with_shares(parts.collect(), new.len() as f64)
}
