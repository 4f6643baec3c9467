//! What each monitor measures.

mod contributors;
mod conversion;
mod counts;
mod duplicates;
mod mix;
mod novelty;
mod nulls;
mod price;
mod proportion;
mod schema;
mod sessions;
mod spread;
mod volume;

use estrella_core::event::{EventType, UNKNOWN};
use estrella_core::profile::HourProfile;
use estrella_stats::Test;

pub(crate) use contributors::contributors;
pub(crate) use volume::has_failed;

use crate::reference::{Reference, Unit};
use crate::settings::{Monitor, Rule, Settings};

/// An hour and what it is compared with.
pub(crate) struct Comparison<'a> {
    pub(crate) hour: i64,
    pub(crate) current: &'a Unit<'a>,
    pub(crate) reference: &'a Reference<'a>,
    pub(crate) settings: &'a Settings,
}

/// What a monitor found.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    pub(crate) segment: Option<String>,
    pub(crate) test: &'static str,
    /// None if there is too little to judge by.
    pub(crate) outcome: Option<Test>,
    /// Zero, or the least of the monitor's scale, where nothing has changed.
    pub(crate) effect: f64,
    pub(crate) observed: f64,
    pub(crate) expected: f64,
    pub(crate) unit: &'static str,
    /// Whether it is further off than the reference's own hours are from each other; true where the test says that.
    pub(crate) is_unusual: bool,
    pub(crate) is_hard: bool,
}

impl Default for Finding {
    fn default() -> Self {
        Self {
            segment: None,
            test: "",
            outcome: None,
            effect: 0.0,
            observed: 0.0,
            expected: 0.0,
            unit: "",
            is_unusual: true,
            is_hard: false,
        }
    }
}

/// Lets a monitor look at an hour. Without a reference it says that it is learning.
pub(crate) fn look(monitor: Monitor, comparison: &Comparison<'_>) -> Vec<Finding> {
    let rule = comparison.settings.rule(monitor);
    let one = |finding| vec![finding];
    match monitor {
        Monitor::Volume => one(volume::rows(comparison, &rule)),
        Monitor::Sessions => one(volume::sessions(comparison, &rule)),
        Monitor::EventMix => one(mix::event_types(comparison, &rule)),
        Monitor::ViewToCart => one(conversion::rate(comparison, &rule, EventType::View, EventType::Cart)),
        Monitor::CartToPurchase => {
            one(conversion::rate(comparison, &rule, EventType::Cart, EventType::Purchase))
        }
        Monitor::ViewToPurchase => {
            one(conversion::rate(comparison, &rule, EventType::View, EventType::Purchase))
        }
        Monitor::Price => one(price::all(comparison, &rule)),
        Monitor::CategoryPrice => price::by_category(comparison, &rule),
        Monitor::NullBrand => one(nulls::share(comparison, &rule, |profile| profile.null_brands)),
        Monitor::NullCategoryCode => {
            one(nulls::share(comparison, &rule, |profile| profile.null_category_codes))
        }
        Monitor::NullCategoryId => one(nulls::share(comparison, &rule, |profile| profile.null_category_ids)),
        Monitor::CategoryMix => one(mix::categories(comparison, &rule)),
        Monitor::BrandMix => one(mix::brands(comparison, &rule)),
        Monitor::NewBrands => one(novelty::brands(comparison, &rule)),
        Monitor::NewCategories => one(novelty::categories(comparison, &rule)),
        Monitor::SessionLength => one(sessions::length(comparison, &rule)),
        Monitor::EventsPerSession => one(sessions::events(comparison, &rule)),
        Monitor::LargestSession => one(sessions::largest(comparison, &rule)),
        Monitor::Duplicates => one(duplicates::duplicates(comparison, &rule)),
        Monitor::Rejects => one(duplicates::rejects(comparison, &rule)),
        Monitor::Schema => one(schema::unknown_columns(comparison)),
    }
}

/// A category's name for people.
pub(crate) fn category_name(code: &str) -> &str {
    if code.is_empty() { UNKNOWN } else { code }
}

/// A share; 0 of nothing.
pub(crate) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// How many rows come together, as those of a session do: the sum of the squares of the sessions' rows by their sum. The
/// variance of a number of rows is so many times the number, and that of a mean over rows that are alike within a
/// session so many times that of single rows. At least 1.
fn clump(profile: &HourProfile) -> f64 {
    let types = EventType::ALL;
    let pairs = types.iter().flat_map(|a| types.iter().map(move |b| (*a, *b)));
    let squares: u128 = pairs.map(|(a, b)| profile.sessions.product(a, b)).sum();
    let rows: u64 = profile.sessions.sums.iter().sum();
    (squares as f64 / rows.max(1) as f64).max(1.0)
}

/// Change as a share of what is usual; 0 where nothing is usual.
fn relative_change(observed: f64, expected: f64) -> f64 {
    if expected > 0.0 { (observed / expected - 1.0).abs() } else { 0.0 }
}

impl Rule {
    /// Whether there is enough to judge by.
    fn is_enough(&self, rows: f64) -> bool {
        rows >= self.min_rows && rows > 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_large_sessions_come_in_large_clumps() {
        let mut profile = HourProfile::default();
        assert_eq!(clump(&profile), 1.0);
        for events in [[1, 0, 0, 0], [0, 1, 0, 0], [2, 1, 0, 1]] {
            profile.sessions.add(events, 0);
        }
        assert_eq!(clump(&profile), (1.0 + 1.0 + 16.0) / 6.0);
    }
}
