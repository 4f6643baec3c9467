//! The law of the Kolmogorov-Smirnov statistic, from both sides.
//!
//! Source of the choice between the ways to compute it: Simard and L'Ecuyer, Computing the Two-Sided
//! Kolmogorov-Smirnov Distribution (J. Stat. Softw. 39, 2011).

mod durbin;
mod paths;
mod pelz_good;
mod smirnov;

use pelz_good::pelz_good;
use smirnov::smirnov_upper;

/// Up to this sample size the matrix is small enough to be exact throughout the middle.
const SMALL: f64 = 140.0;
/// Up to this sample size the lower tail is taken from the matrix.
const MEDIUM: f64 = 100_000.0;

pub(crate) use paths::{exact_upper, gcd};

/// The asymptotic probability that the statistic of two samples of `n` and `m` is at least `d`: that of one sample
/// of n m / (n + m), rounded, as `scipy.stats.ks_2samp(method='asymp')`.
pub(crate) fn asymptotic_upper(d: f64, n: f64, m: f64) -> f64 {
    one_sample_upper((n / (n + m) * m).round_ties_even().max(1.0), d)
}

/// The probability that the statistic of one sample of `n`, a whole number, is at least `d`.
pub(crate) fn one_sample_upper(n: f64, d: f64) -> f64 {
    if d <= 0.5 / n {
        return 1.0;
    }
    if d >= 1.0 {
        return 0.0;
    }
    let squared = n * d * d;
    // Here crossing on both sides is impossible or too rare to count.
    let is_tail = d >= 0.5 || if n <= SMALL { squared > 4.0 } else { squared >= 2.2 };
    let upper = if is_tail {
        2.0 * smirnov_upper(n, d)
    } else if n <= SMALL || (n <= MEDIUM && n * d.powf(1.5) <= 1.4) {
        1.0 - durbin::lower(n, d)
    } else {
        1.0 - pelz_good(n, d)
    };
    upper.clamp(0.0, 1.0)
}
