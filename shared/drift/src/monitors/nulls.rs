//! Rows without a value.

use estrella_core::profile::HourProfile;

use super::proportion::{Compared, compare};
use super::{Comparison, Finding};
use crate::settings::Rule;

/// The share of rows that have no value. The effect is its change.
pub(super) fn share(comparison: &Comparison<'_>, rule: &Rule, nulls: fn(&HourProfile) -> u64) -> Finding {
    let proportion = |profile: &HourProfile| (nulls(profile) as f64, profile.rows as f64);
    let profile = &comparison.current.input.profile;
    let units: Vec<_> =
        comparison.reference.units.iter().map(|unit| proportion(&unit.input.profile)).collect();
    let Compared { test, usual: expected, is_unusual } = compare(&units, proportion(profile));
    let observed = super::share(nulls(profile), profile.rows);
    Finding {
        test: "two_proportion_z",
        outcome: (rule.is_enough(profile.rows as f64) && !units.is_empty()).then_some(test),
        effect: (observed - expected).abs(),
        observed,
        expected,
        unit: "share",
        is_unusual,
        ..Finding::default()
    }
}
