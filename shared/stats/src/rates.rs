//! Tests of rates, as of views that become purchases.

use serde::{Deserialize, Serialize};

use crate::outcome::{Test, finite};
use crate::tails::normal_two_sided;

/// Sums over clusters (as sessions) of the numerator y and the denominator x of a rate. They merge by addition, and
/// are all that a test needs that does not take a session's events for independent of each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct RatioSums {
    /// Number of clusters.
    pub clusters: f64,
    /// Sum of x.
    pub x: f64,
    /// Sum of y.
    pub y: f64,
    /// Sum of x squared.
    pub xx: f64,
    /// Sum of x times y.
    pub xy: f64,
    /// Sum of y squared.
    pub yy: f64,
}

impl RatioSums {
    /// Adds a cluster with `y` in the numerator and `x` in the denominator. One that is not finite is left out.
    pub fn add(&mut self, x: f64, y: f64) {
        if x.is_finite() && y.is_finite() {
            self.merge(&Self { clusters: 1.0, x, y, xx: x * x, xy: x * y, yy: y * y });
        }
    }

    /// Adds the clusters of another.
    pub fn merge(&mut self, other: &Self) {
        self.clusters += other.clusters;
        self.x += other.x;
        self.y += other.y;
        self.xx += other.xx;
        self.xy += other.xy;
        self.yy += other.yy;
    }

    /// The rate y / x; none if x is not positive.
    pub fn ratio(&self) -> Option<f64> {
        (self.x > 0.0).then(|| self.y / self.x).filter(|ratio| ratio.is_finite())
    }

    /// The variance of the rate, by linearisation: with d = y - R x of each of K clusters it is
    /// K / (K - 1) * (sum of d^2) / (sum of x)^2. None of less than two clusters, or without a rate.
    ///
    /// Source: Cochran, Sampling Techniques (3rd ed. 1977), chapter 6; Deng, Knoblich and Lu, Applying the Delta
    /// Method in Metric Analytics (KDD 2018).
    pub fn variance(&self) -> Option<f64> {
        let ratio = self.ratio()?;
        let variance = self.clusters / (self.clusters - 1.0) * self.variance_about(ratio);
        (self.clusters >= 2.0 && variance.is_finite()).then_some(variance)
    }

    /// The mean square of the clusters' residuals about a rate, as a variance of the rate.
    fn variance_about(&self, ratio: f64) -> f64 {
        // Rounding may leave a little less than nothing of equal clusters.
        let squares = (self.yy - 2.0 * ratio * self.xy + ratio * ratio * self.xx).max(0.0);
        squares / self.x / self.x
    }
}

/// Cluster-robust z of two rates: z = (R - R0) / sqrt(V + V0), with R of the current and R0 of the reference and
/// their [variances](RatioSums::variance), against the normal law from both sides. Positive where the rate has
/// risen.
///
/// - If neither rate varies between its clusters, residuals are taken about the rate of both together: few clusters
///   that happen to agree are no certainty.
/// - [`Test::NOTHING`] if either has less than two clusters or no rate (x is 0), or if the rates are equal.
///
/// Source: as of [`RatioSums::variance`].
pub fn cluster_robust_z(reference: &RatioSums, current: &RatioSums) -> Test {
    let (Some(before), Some(after)) = (reference.ratio(), current.ratio()) else {
        return Test::NOTHING;
    };
    let (Some(of_before), Some(of_after)) = (reference.variance(), current.variance()) else {
        return Test::NOTHING;
    };
    let difference = after - before;
    if difference == 0.0 {
        return Test::NOTHING;
    }
    let mut variance = of_before + of_after;
    if variance == 0.0 {
        let common = (reference.y + current.y) / (reference.x + current.x);
        variance = reference.variance_about(common) + current.variance_about(common);
    }
    let z = finite(difference / variance.sqrt());
    Test::new(z, normal_two_sided(z))
}

/// z of two proportions with the pooled variance: z = (q - p) / sqrt(s (1 - s) (1/n + 1/m)), with s the share of
/// both together, against the normal law from both sides. Each is (successes, trials). Positive where the
/// proportion has risen. It takes trials for independent; [`cluster_robust_z`] is for those that are not.
///
/// [`Test::NOTHING`] if either has no trials, if a number is negative, infinite or NaN, if there are more successes
/// than trials, or if all or none of both succeeded.
///
/// Source: Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions (3rd ed. 2003), chapter 2.
pub fn two_proportion_z(reference: (f64, f64), current: (f64, f64)) -> Test {
    let is_proportion = |(successes, trials): (f64, f64)| trials > 0.0 && (0.0..=trials).contains(&successes);
    let ((s, n), (t, m)) = (reference, current);
    let (successes, trials) = (s + t, n + m);
    if !is_proportion(reference) || !is_proportion(current) || !trials.is_finite() {
        return Test::NOTHING;
    }
    let variance = successes / trials * ((trials - successes) / trials) * (1.0 / n + 1.0 / m);
    let z = (t / m - s / n) / variance.sqrt();
    Test::new(z, normal_two_sided(z))
}
