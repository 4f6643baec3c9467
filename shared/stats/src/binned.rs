//! Distances between counts over bins that have an order.

use crate::counts::{Counts, pairs};
use crate::kolmogorov::asymptotic_upper;
use crate::outcome::{Test, finite};

/// Kolmogorov-Smirnov on counts over ordered bins: the greatest difference of the cumulative shares at the bins'
/// ends, and the asymptotic p-value of `scipy.stats.ks_2samp(method='asymp')`.
///
/// What happens inside of a bin is not seen, so the statistic is at most that of the samples and the p-value at
/// least theirs: it errs towards silence. [`Test::NOTHING`] if either sample is empty.
///
/// Source: Smirnov (1939); Conover, A Kolmogorov Goodness-of-Fit Test for Discontinuous Distributions (1972).
pub fn ks_binned(reference: &[f64], current: &[f64]) -> Test {
    let Some(counts) = Counts::of(reference, current) else {
        return Test::NOTHING;
    };
    let statistic = greatest_difference(&counts);
    Test::new(statistic, asymptotic_upper(statistic, counts.n, counts.m))
}

/// The statistic of [`ks_binned`] without its p-value, which is what costs. 0 if either sample is empty.
pub fn ks_distance(reference: &[f64], current: &[f64]) -> f64 {
    Counts::of(reference, current).map_or(0.0, |counts| greatest_difference(&counts))
}

/// Of the cumulative shares, at the bins' ends.
fn greatest_difference(Counts { bins, n, m }: &Counts) -> f64 {
    let (mut r, mut c, mut greatest) = (0.0, 0.0, 0.0_f64);
    for (in_reference, in_current) in bins {
        r += in_reference;
        c += in_current;
        greatest = greatest.max((r / n - c / m).abs());
    }
    greatest
}

/// Earth mover's distance of two counts over bins at the given positions, in units of the positions: the integral
/// of |F - G|. As `scipy.stats.wasserstein_distance(positions, positions, reference, current)`.
///
/// The positions may come in any order; a bin whose position is infinite or NaN is left out. 0 if either sample is
/// empty; `f64::MAX` if it overflows.
///
/// Source: Vallender, Calculation of the Wasserstein Distance Between Probability Distributions on the Line (1974).
pub fn wasserstein_binned(positions: &[f64], reference: &[f64], current: &[f64]) -> f64 {
    let mut bins: Vec<_> = positions.iter().copied().zip(pairs(reference, current)).collect();
    bins.retain(|(position, _)| position.is_finite());
    bins.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (n, m) = bins.iter().fold((0.0, 0.0), |(n, m), (_, (r, c))| (n + r, m + c));
    if !(n > 0.0 && m > 0.0) {
        return 0.0;
    }
    let (mut r, mut c, mut distance) = (0.0, 0.0, 0.0);
    for step in bins.windows(2) {
        r += step[0].1.0;
        c += step[0].1.1;
        let off = r / n - c / m;
        if off != 0.0 {
            distance += off.abs() * (step[1].0 - step[0].0);
        }
    }
    finite(distance)
}
