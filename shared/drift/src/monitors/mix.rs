//! Shares of event types, categories and brands.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use estrella_core::event::EventType;
use estrella_stats::{l_infinity, psi};

use super::counts::{Counts, sum};
use super::{Comparison, Finding, category_name};
use crate::reference::Unit;
use crate::settings::{Monitor, Rule};

/// Names that have a cell of their own.
const MAX_CELLS: usize = 30;

/// Counts with their cells' names.
pub(super) struct Mix {
    pub(super) names: Vec<String>,
    pub(super) counts: Counts,
}

impl Mix {
    /// The mix that a monitor watches; none if it watches no mix.
    pub(super) fn of(monitor: Monitor, comparison: &Comparison<'_>) -> Option<Self> {
        match monitor {
            Monitor::EventMix => Some(Self::of_event_types(comparison)),
            Monitor::CategoryMix => Some(Self::of_names(comparison, "categories", |unit| {
                let categories = &unit.input.profile.categories;
                let mut rows: BTreeMap<String, u64> = categories
                    .iter()
                    .map(|(code, rows)| (category_name(code).to_owned(), rows.rows()))
                    .collect();
                let others = unit.input.profile.other_categories.rows();
                *rows.entry(String::new()).or_default() += others;
                rows
            })),
            Monitor::BrandMix => Some(Self::of_names(comparison, "brands", |unit| unit.brands.clone())),
            _ => None,
        }
    }

    fn of_event_types(comparison: &Comparison<'_>) -> Self {
        let counts = |unit: &Unit<'_>| unit.input.profile.event_types.map(|count| count as f64).to_vec();
        let units = comparison.reference.units.iter().map(counts).collect();
        let names = EventType::ALL.iter().map(|kind| kind.as_str().to_owned()).collect();
        Self { names, counts: Counts::new(units, counts(comparison.current)) }
    }

    /// The reference's greatest have a cell of their own, the others share one.
    fn of_names(
        comparison: &Comparison<'_>,
        what: &str,
        rows: impl Fn(&Unit<'_>) -> BTreeMap<String, u64>,
    ) -> Self {
        let units: Vec<_> = comparison.reference.units.iter().map(&rows).collect();
        let mut all = BTreeMap::<&String, u64>::new();
        for (name, count) in units.iter().flatten().filter(|(name, _)| !name.is_empty()) {
            *all.entry(name).or_default() += count;
        }
        let mut greatest: Vec<_> = all.into_iter().collect();
        greatest.sort_by_key(|(_, count)| Reverse(*count));
        greatest.truncate(MAX_CELLS);
        let names: Vec<String> = greatest.into_iter().map(|(name, _)| name.clone()).collect();
        let cells = |rows: &BTreeMap<String, u64>| {
            let count = |name: &String| rows.get(name).copied().unwrap_or(0) as f64;
            let mut cells: Vec<f64> = names.iter().map(count).collect();
            let others = rows.values().sum::<u64>() as f64 - sum(&cells);
            cells.push(others);
            cells
        };
        let counts = Counts::new(units.iter().map(cells).collect(), cells(&rows(comparison.current)));
        let names = names.iter().cloned().chain([format!("all other {what}")]).collect();
        Self { names, counts }
    }

    /// The shares of a cell, now and as is usual.
    pub(super) fn shares(&self, cell: usize) -> (f64, f64) {
        let share = |counts: &[f64]| counts[cell] / sum(counts).max(1.0);
        (share(&self.counts.current), share(&self.counts.reference))
    }

    /// The shares of the cell that moved most.
    fn greatest_move(&self) -> (f64, f64) {
        let shares = (0..self.names.len()).map(|cell| self.shares(cell));
        shares.max_by(|(a, b), (c, d)| (a - b).abs().total_cmp(&(c - d).abs())).unwrap_or_default()
    }

    fn finding(&self, test: &'static str) -> Finding {
        let (observed, expected) = self.greatest_move();
        Finding { test, observed, expected, unit: "share", ..Finding::default() }
    }

    fn is_enough(&self, rule: &Rule) -> bool {
        rule.is_enough(sum(&self.counts.current)) && sum(&self.counts.reference) > 0.0
    }
}

pub(super) fn event_types(comparison: &Comparison<'_>, rule: &Rule) -> Finding {
    let mix = Mix::of_event_types(comparison);
    let mut finding = mix.finding("psi");
    if mix.is_enough(rule) {
        let test = mix.counts.psi_test();
        (finding.outcome, finding.effect) = (Some(test), test.statistic);
        finding.is_unusual = mix.counts.is_unusual(psi);
    }
    finding
}

pub(super) fn categories(comparison: &Comparison<'_>, rule: &Rule) -> Finding {
    of_names(Monitor::CategoryMix, comparison, rule)
}

pub(super) fn brands(comparison: &Comparison<'_>, rule: &Rule) -> Finding {
    of_names(Monitor::BrandMix, comparison, rule)
}

fn of_names(monitor: Monitor, comparison: &Comparison<'_>, rule: &Rule) -> Finding {
    let Some(mix) = Mix::of(monitor, comparison) else { return Finding::default() };
    let mut finding = mix.finding("chi_square");
    if mix.is_enough(rule) {
        finding.outcome = Some(mix.counts.chi_square());
        finding.effect = l_infinity(&mix.counts.reference, &mix.counts.current);
        finding.is_unusual = mix.counts.is_unusual(l_infinity);
    }
    finding
}
