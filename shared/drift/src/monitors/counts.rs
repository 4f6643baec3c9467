//! Counts by cell of a reference's units and of an hour, and their tests.

use std::collections::BTreeSet;

use estrella_core::profile::{Histogram, HourProfile};
use estrella_stats::{Test, chi_square, ks_binned, ks_distance, psi, psi_test};

use super::Comparison;
use super::spread::{design_effect, is_unusual};

/// The mean of n D^2 where chance alone is at work: pi^2 / 12, of the Kolmogorov law.
const MEAN_OF_KOLMOGOROV: f64 = 0.822_467;

/// Counts by cell.
pub(crate) struct Counts {
    pub(crate) units: Vec<Vec<f64>>,
    pub(crate) reference: Vec<f64>,
    pub(crate) current: Vec<f64>,
}

impl Counts {
    pub(crate) fn new(units: Vec<Vec<f64>>, current: Vec<f64>) -> Self {
        let mut reference = vec![0.0; current.len()];
        for unit in &units {
            reference.iter_mut().zip(unit).for_each(|(sum, count)| *sum += count);
        }
        Self { units, reference, current }
    }

    /// Counts of a histogram, with the buckets that they are of, ascending.
    pub(crate) fn of_histograms<'c>(
        comparison: &'c Comparison<'_>,
        histogram: impl Fn(&'c HourProfile) -> Option<&'c Histogram>,
    ) -> (Self, Vec<i32>) {
        let units = comparison.reference.units.iter().map(|unit| &unit.input.profile);
        let units: Vec<Option<&Histogram>> = units.map(&histogram).collect();
        let current = histogram(&comparison.current.input.profile);
        let all = units.iter().copied().chain([current]).flatten();
        let buckets: BTreeSet<i32> = all.flat_map(|h| h.buckets().map(|(bucket, _)| bucket)).collect();
        let buckets: Vec<i32> = buckets.into_iter().collect();
        let counts = |histogram: Option<&Histogram>| {
            let mut counts = vec![0.0; buckets.len()];
            for (bucket, count) in histogram.into_iter().flat_map(Histogram::buckets) {
                if let Ok(at) = buckets.binary_search(&bucket) {
                    counts[at] = count as f64;
                }
            }
            counts
        };
        (Self::new(units.into_iter().map(counts).collect(), counts(current)), buckets)
    }

    /// PSI against its null law.
    pub(crate) fn psi_test(&self) -> Test {
        let effect = self.design_effect(psi_ratio);
        // Of fewer rows the PSI itself would be another; only its law is that of fewer.
        let Test { p_value, .. } = psi_test(&shrunk(&self.reference, effect), &shrunk(&self.current, effect));
        Test { statistic: psi(&self.reference, &self.current), p_value }
    }

    /// Chi-square of homogeneity.
    pub(crate) fn chi_square(&self) -> Test {
        let effect = self.design_effect(psi_ratio);
        chi_square(&shrunk(&self.reference, effect), &shrunk(&self.current, effect))
    }

    /// Kolmogorov-Smirnov, of cells in order. What is counted comes in clumps of `clump`, as the rows of a session do
    /// that looks at one thing.
    ///
    /// Source of the bound: Massart, The Tight Constant in the Dvoretzky-Kiefer-Wolfowitz Inequality (Annals of
    /// Probability 18, 1990).
    pub(crate) fn ks(&self, clump: f64) -> Test {
        let effect = self.design_effect(ks_ratio).max(clump);
        let (reference, current) = (shrunk(&self.reference, effect), shrunk(&self.current, effect));
        let Test { statistic, p_value } = ks_binned(&reference, &current);
        // Of a handful the law knows no distance of 1, so that it would be certain; the law's bound does.
        let size = 1.0 / (1.0 / sum(&reference) + 1.0 / sum(&current));
        Test { statistic, p_value: p_value.max((2.0 * (-2.0 * size * statistic * statistic).exp()).min(1.0)) }
    }

    /// Whether the current hour is clearly further from the reference than the units are from each other: the test's
    /// law is one thing, what a shop's hours are like is another.
    pub(crate) fn is_unusual(&self, distance: impl Fn(&[f64], &[f64]) -> f64) -> bool {
        is_unusual(distance(&self.reference, &self.current), self.each_against_the_rest(distance).collect())
    }

    /// How much more each unit differs from the others than chance allows.
    fn design_effect(&self, ratio: fn(&[f64], &[f64]) -> f64) -> f64 {
        let ratios = self.each_against_the_rest(ratio).collect();
        let of_units = sum(&self.reference) / self.units.len().max(1) as f64;
        design_effect(ratios, sum(&self.current) / of_units)
    }

    fn each_against_the_rest<'c>(
        &'c self,
        measure: impl Fn(&[f64], &[f64]) -> f64 + 'c,
    ) -> impl Iterator<Item = f64> + 'c {
        self.units.iter().map(move |unit| {
            let rest: Vec<f64> = self.reference.iter().zip(unit).map(|(all, own)| all - own).collect();
            measure(&rest, unit)
        })
    }
}

/// Both in one: what is rare on average is no cell of its own.
fn psi_ratio(rest: &[f64], unit: &[f64]) -> f64 {
    /// Below this a cell's part of the statistic is not that of the law.
    const LEAST_EXPECTED: f64 = 5.0;
    let (n, m) = (sum(rest), sum(unit));
    let (mut r, mut u, mut rare) = (Vec::new(), Vec::new(), (0.0, 0.0));
    for (&rest, &unit) in rest.iter().zip(unit) {
        if (rest + unit) * m / (n + m) < LEAST_EXPECTED {
            rare = (rare.0 + rest, rare.1 + unit);
        } else {
            r.push(rest);
            u.push(unit);
        }
    }
    if rare.0 + rare.1 > 0.0 {
        r.push(rare.0);
        u.push(rare.1);
    }
    psi(&r, &u) / (1.0 / n + 1.0 / m) / (r.len() as f64 - 1.0)
}

fn ks_ratio(rest: &[f64], unit: &[f64]) -> f64 {
    let distance = ks_distance(rest, unit);
    distance * distance / (1.0 / sum(rest) + 1.0 / sum(unit)) / MEAN_OF_KOLMOGOROV
}

pub(crate) fn sum(counts: &[f64]) -> f64 {
    counts.iter().sum()
}

fn shrunk(counts: &[f64], by: f64) -> Vec<f64> {
    counts.iter().map(|count| count / by).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(current: [f64; 3]) -> Counts {
        Counts::new(vec![vec![20.0, 20.0, 0.0]; 4], current.to_vec())
    }

    #[test]
    fn a_handful_beyond_all_others_is_no_certainty() {
        let few = counts([0.0, 0.0, 3.0]).ks(1.0);
        assert!(few.statistic == 1.0 && few.p_value > 1e-3, "{few:?}");
        assert!(counts([0.0, 0.0, 30.0]).ks(1.0).p_value < 1e-9);
        assert!(counts([0.0, 0.0, 30.0]).ks(10.0).p_value > 1e-3);
    }

    #[test]
    fn units_that_differ_make_the_same_counts_less_certain() {
        let calm = counts([120.0, 40.0, 0.0]);
        let restless = Counts::new(
            vec![vec![35.0, 5.0, 0.0], vec![5.0, 35.0, 0.0], vec![30.0, 10.0, 0.0], vec![10.0, 30.0, 0.0]],
            vec![120.0, 40.0, 0.0],
        );
        assert_eq!(calm.reference, restless.reference);
        assert!(calm.psi_test().p_value < 1e-4 && restless.psi_test().p_value > 0.05);
        assert!(calm.chi_square().p_value < 1e-4 && restless.chi_square().p_value > 0.05);
        assert!(calm.ks(1.0).p_value < 1e-3 && restless.ks(1.0).p_value > 0.05);
        assert!(calm.is_unusual(psi) && !restless.is_unusual(psi));
    }
}
