//! Whether a batch looks like the accepted days before it.
//!
//! A first version: shares and medians that do not depend on how much of a day a batch holds, with wide limits, so
//! that nobody is woken for nothing. Before there are enough days to compare with, it learns and says so.

mod day;
mod statistics;

use estrella_contracts::{DriftOutcome, DriftResult};

pub use day::{Day, Measure};
use statistics::{median, psi, robust_z};

use crate::event::EventType;

/// When a difference matters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DriftLimits {
    /// Days to compare with; with fewer, nothing is said.
    pub reference_days: usize,
    /// Rows that a batch and a day of the reference must have to be compared.
    pub rows: f64,
    /// Population stability index of the event types; 0.25 is the usual limit of a major shift
    /// (Siddiqi, Credit Risk Scorecards, 2006).
    pub psi: f64,
    /// Robust standard deviations between the batch and the days of the reference.
    pub z: f64,
    /// Least change of a share that matters, absolute.
    pub share_change: f64,
    /// Least change of a price that matters, relative.
    pub price_change: f64,
}

impl Default for DriftLimits {
    fn default() -> Self {
        Self { reference_days: 7, rows: 1_000.0, psi: 0.25, z: 6.0, share_change: 0.1, price_change: 0.25 }
    }
}

/// Compares a batch with the days before it.
pub fn compare(batch: &Day, reference: &[Day], limits: &DriftLimits) -> Vec<DriftResult> {
    let usable: Vec<&Day> = reference.iter().filter(|day| day.rows >= limits.rows).collect();
    let learning = usable.len() < limits.reference_days || batch.rows < limits.rows;
    let judged = |drifted: bool| match (learning, drifted) {
        (true, _) => DriftOutcome::Learning,
        (false, true) => DriftOutcome::Drift,
        (false, false) => DriftOutcome::Ok,
    };
    let mut results = Vec::new();

    let mut pooled = [0.0; EventType::ALL.len()];
    for day in &usable {
        for (sum, count) in pooled.iter_mut().zip(day.event_types) {
            *sum += count;
        }
    }
    let statistic = psi(&batch.event_types, &pooled);
    results.push(DriftResult {
        column: "event_type".to_owned(),
        test: "psi".to_owned(),
        outcome: judged(statistic >= limits.psi),
        statistic,
        limit: limits.psi,
        observed: statistic,
        expected: 0.0,
        reference_days: usable.len() as u64,
    });

    for measure in Measure::ALL {
        let Some(observed) = measure.of(batch) else { continue };
        let known: Vec<f64> = usable.iter().filter_map(|day| measure.of(day)).collect();
        let expected = median(&known).unwrap_or(observed);
        let statistic = robust_z(observed, &known);
        let change = match measure {
            Measure::MedianPrice => (observed - expected).abs() / expected.max(0.01) / limits.price_change,
            _ => (observed - expected).abs() / limits.share_change,
        };
        results.push(DriftResult {
            column: measure.column().to_owned(),
            test: "robust_z".to_owned(),
            outcome: judged(statistic.abs() >= limits.z && change >= 1.0),
            statistic,
            limit: limits.z,
            observed,
            expected,
            reference_days: known.len() as u64,
        });
    }
    results
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(seed: f64) -> Day {
        Day {
            rows: 100_000.0,
            event_types: [90_000.0 + seed, 6_000.0 - seed, 1_000.0, 3_000.0],
            null_brands: 14_000.0 + seed,
            null_category_codes: 30_000.0 - seed,
            median_price: Some(160.0 + seed / 100.0),
        }
    }

    fn month() -> Vec<Day> {
        (0..28).map(|n| day(f64::from(n * 37 % 200))).collect()
    }

    fn drifted(batch: &Day, reference: &[Day]) -> Vec<String> {
        let results = compare(batch, reference, &DriftLimits::default());
        results.into_iter().filter(|r| r.outcome == DriftOutcome::Drift).map(|r| r.column).collect()
    }

    #[test]
    fn a_usual_day_is_no_drift() {
        assert!(drifted(&day(77.0), &month()).is_empty());
    }

    #[test]
    fn each_measure_can_drift() {
        let mut mix = day(0.0);
        mix.event_types = [50_000.0, 40_000.0, 1_000.0, 9_000.0];
        assert_eq!(drifted(&mix, &month()), ["event_type"]);
        assert_eq!(drifted(&Day { null_brands: 40_000.0, ..day(0.0) }, &month()), ["brand"]);
        assert_eq!(drifted(&Day { null_category_codes: 1_000.0, ..day(0.0) }, &month()), ["category_code"]);
        assert_eq!(drifted(&Day { median_price: Some(16.0), ..day(0.0) }, &month()), ["price"]);
    }

    #[test]
    fn a_change_that_is_significant_but_small_wakes_nobody() {
        assert!(drifted(&Day { null_brands: 19_000.0, ..day(0.0) }, &month()).is_empty());
    }

    #[test]
    fn with_few_days_or_few_rows_it_learns() {
        let odd = Day { median_price: Some(1.0), ..day(0.0) };
        let learns = |batch: &Day, reference: &[Day]| {
            let results = compare(batch, reference, &DriftLimits::default());
            results.iter().all(|r| r.outcome == DriftOutcome::Learning)
        };
        assert!(learns(&odd, &month()[..6]));
        assert!(learns(&Day { rows: 10.0, ..odd }, &month()));
        assert!(learns(&odd, &[]));
        assert!(!learns(&odd, &month()[..7]));
    }
}
