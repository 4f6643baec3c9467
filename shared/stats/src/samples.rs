//! Distances between samples of numbers.

use crate::outcome::finite;

/// Least scale of [`wasserstein_normed`], as of Evidently.
const LEAST_SIGMA: f64 = 0.001;

/// Earth mover's distance of two samples, in units of the values: the integral of |F - G|. As
/// `scipy.stats.wasserstein_distance`.
///
/// Values that are infinite or NaN are left out, for nothing is at a distance of them. 0 if either sample is then
/// empty; `f64::MAX` if it overflows.
///
/// Source: Vallender, Calculation of the Wasserstein Distance Between Probability Distributions on the Line (1974).
pub fn wasserstein(reference: &[f64], current: &[f64]) -> f64 {
    let (reference, current) = (finite_sorted(reference), finite_sorted(current));
    if reference.is_empty() || current.is_empty() {
        return 0.0;
    }
    let (n, m) = (reference.len() as f64, current.len() as f64);
    let (mut below, mut below_current) = (0, 0);
    let mut distance = 0.0;
    let mut at = reference[0].min(current[0]);
    while below < reference.len() || below_current < current.len() {
        let next = match (reference.get(below), current.get(below_current)) {
            (Some(r), Some(c)) => r.min(*c),
            (Some(only), None) | (None, Some(only)) => *only,
            (None, None) => break,
        };
        let off = (below as f64 / n - below_current as f64 / m).abs();
        if off > 0.0 {
            distance += off * (next - at);
        }
        at = next;
        below += usize::from(reference.get(below) == Some(&next));
        below_current += usize::from(current.get(below_current) == Some(&next));
    }
    finite(distance)
}

/// [`wasserstein`] in standard deviations of the reference (that of the population), or in units of 0.001 if it has
/// less than that, as a constant one: the stattest `wasserstein` of Evidently.
///
/// Values that are infinite or NaN are left out; 0 if either sample is then empty.
pub fn wasserstein_normed(reference: &[f64], current: &[f64]) -> f64 {
    finite(wasserstein(reference, current) / standard_deviation(reference).max(LEAST_SIGMA))
}

/// That of the population, over the values that are finite; 0 of none.
fn standard_deviation(values: &[f64]) -> f64 {
    let values: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    let n = values.len() as f64;
    let mean: f64 = values.iter().map(|v| v / n).sum();
    let greatest = values.iter().map(|v| (v - mean).abs()).fold(0.0, f64::max);
    if greatest == 0.0 {
        return 0.0;
    }
    // In units of the greatest deviation, so that no square overflows; the mean's rounding is taken off again.
    let deviations = values.iter().map(|v| (v - mean) / greatest);
    let (sum, squares) = deviations.fold((0.0, 0.0), |(sum, squares), d| (sum + d, squares + d * d));
    finite((squares / n - (sum / n).powi(2)).max(0.0).sqrt() * greatest)
}

/// The values that are finite, least first.
fn finite_sorted(values: &[f64]) -> Vec<f64> {
    let mut values: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}

/// The inner edges of bins that hold a tenth of the reference each, ascending and without repeats: its deciles, as
/// `numpy.quantile(reference, [0.1, 0.2, ..., 0.9])` with the default method, 'linear'.
///
/// - A value that is several deciles at once, so more than a tenth of the reference, gets a bin of its own: the edges
///   are the value and the next greater number (`numpy.nextafter(value, inf)`). A constant reference thus has three
///   bins, less, equal and greater, and sees a constant that moved either way.
/// - Values that are infinite or NaN are left out; none are left, no edges.
///
/// Source: Hyndman and Fan, Sample Quantiles in Statistical Packages (1996), definition 7.
pub fn decile_edges(reference: &[f64]) -> Vec<f64> {
    let sorted = finite_sorted(reference);
    if sorted.is_empty() {
        return Vec::new();
    }
    let deciles: Vec<f64> = (1..10).map(|tenths| quantile(&sorted, f64::from(tenths) / 10.0)).collect();
    let mut edges: Vec<f64> = Vec::with_capacity(18);
    for decile in deciles {
        match edges.last() {
            Some(last) if *last > decile => {}
            Some(last) if *last == decile => edges.push(decile.next_up()),
            _ => edges.push(decile),
        }
    }
    edges
}

/// Between the two values about the place (n - 1) q, weighed by how near they are. From the nearer one, as numpy, so
/// that the last digit is the same.
fn quantile(sorted: &[f64], q: f64) -> f64 {
    let place = (sorted.len() - 1) as f64 * q;
    let below = place.floor() as usize;
    let weight = place - place.floor();
    let lower = sorted[below];
    let upper = sorted[(below + 1).min(sorted.len() - 1)];
    let step = upper - lower;
    if !step.is_finite() {
        return lower * (1.0 - weight) + upper * weight;
    }
    if weight >= 0.5 { upper - step * (1.0 - weight) } else { lower + step * weight }
}

/// Counts values by bin: `edges.len() + 1` bins, of which the i-th holds what is at least edge i - 1 and less than
/// edge i. The outer ones are open, so infinite values are in them. NaN are left out. Edges ascend. As
/// `numpy.bincount(numpy.searchsorted(edges, values, side='right'), minlength=len(edges) + 1)`.
pub fn histogram(edges: &[f64], values: &[f64]) -> Vec<f64> {
    let mut counts = vec![0.0; edges.len() + 1];
    for value in values.iter().filter(|v| !v.is_nan()) {
        counts[edges.partition_point(|edge| edge <= value)] += 1.0;
    }
    counts
}
