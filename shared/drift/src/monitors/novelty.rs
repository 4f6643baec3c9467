//! Rows of brands and categories that the reference never had.

use std::collections::BTreeMap;

use super::proportion::{Compared, compare};
use super::{Comparison, Finding};
use crate::reference::Unit;
use crate::settings::Rule;

pub(super) fn brands(comparison: &Comparison<'_>, rule: &Rule) -> Finding {
    novelty(comparison, rule, |unit| unit.brands.clone(), |unit| unit.input.profile.null_brands)
}

pub(super) fn categories(comparison: &Comparison<'_>, rule: &Rule) -> Finding {
    novelty(comparison, rule, category_rows, |unit| unit.input.profile.null_category_codes)
}

/// Rows by category code, null not counted.
pub(super) fn category_rows(unit: &Unit<'_>) -> BTreeMap<String, u64> {
    let named = unit.input.profile.categories.iter().filter(|(code, _)| !code.is_empty());
    named.map(|(code, segment)| (code.clone(), segment.rows())).collect()
}

/// The share of rows with a name that no unit of the reference has. What is usual is the share of rows with a name that
/// no other unit has. Rows are those with a name, less those with a known one: where there are so many names that the
/// profile has given the rare ones up, these are not known.
fn novelty(
    comparison: &Comparison<'_>,
    rule: &Rule,
    names: impl Fn(&Unit<'_>) -> BTreeMap<String, u64>,
    nulls: impl Fn(&Unit<'_>) -> u64,
) -> Finding {
    let units: Vec<_> = comparison.reference.units.iter().map(|unit| (unit, names(unit))).collect();
    let mut holders = BTreeMap::<&String, u32>::new();
    for name in units.iter().flat_map(|(_, names)| names.keys()) {
        *holders.entry(name).or_default() += 1;
    }
    let new_of = |unit: &Unit<'_>, names: &BTreeMap<String, u64>, least_holders: u32| {
        let is_known = |name: &String| holders.get(name).is_some_and(|count| *count >= least_holders);
        let known: u64 = names.iter().filter(|(name, _)| is_known(name)).map(|(_, rows)| rows).sum();
        let rows = unit.input.profile.rows;
        ((rows.saturating_sub(nulls(unit)).saturating_sub(known)) as f64, rows as f64)
    };
    let current = new_of(comparison.current, &names(comparison.current), 1);
    let usual: Vec<_> = units.iter().map(|(unit, names)| new_of(unit, names, 2)).collect();
    let Compared { test, usual: expected, is_unusual } = compare(&usual, current);
    let observed = if current.1 > 0.0 { current.0 / current.1 } else { 0.0 };
    Finding {
        test: "two_proportion_z",
        outcome: (rule.is_enough(current.1) && !units.is_empty()).then_some(test),
        effect: (observed - expected).max(0.0),
        observed,
        expected,
        unit: "share",
        is_unusual,
        ..Finding::default()
    }
}
