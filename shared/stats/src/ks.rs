//! The two-sample Kolmogorov-Smirnov test.

use crate::kolmogorov::{asymptotic_upper, exact_upper, gcd};
use crate::outcome::Test;

/// Up to this size of the larger sample the p-value is exact.
const LARGEST_EXACT: usize = 10_000;

/// Two-sample Kolmogorov-Smirnov: the greatest difference of the two empirical distribution functions, from both
/// sides. As `scipy.stats.ks_2samp`.
///
/// The p-value is exact where neither sample has more than 10 000 values, else asymptotic. Ties make it
/// conservative: it is that of samples without. Infinite values are the extremes that they are; NaN are left out.
/// [`Test::NOTHING`] if either sample is then empty.
///
/// Source: Smirnov (1939); Hodges, The Significance Probability of the Smirnov Two-Sample Test (1958).
pub fn ks(reference: &[f64], current: &[f64]) -> Test {
    let (reference, current) = (sorted(reference), sorted(current));
    let (n, m) = (reference.len(), current.len());
    if n == 0 || m == 0 {
        return Test::NOTHING;
    }
    let common = gcd(n, m);
    let (step_n, step_m) = ((n / common) as u64, (m / common) as u64);
    let (mut i, mut j, mut greatest) = (0, 0, 0);
    while i < n && j < m {
        let at = reference[i].min(current[j]);
        i += reference[i..].iter().take_while(|v| **v == at).count();
        j += current[j..].iter().take_while(|v| **v == at).count();
        // The difference i / n - j / m in units of 1 / lcm(n, m), so that equal ones are equal.
        greatest = greatest.max((i as u64 * step_m).abs_diff(j as u64 * step_n));
    }
    let statistic = greatest as f64 / (n as f64 * step_m as f64);
    let p_value = if n.max(m) <= LARGEST_EXACT {
        exact_upper(n, m, greatest)
    } else {
        asymptotic_upper(statistic, n as f64, m as f64)
    };
    Test::new(statistic, p_value)
}

/// The values that are numbers, least first.
fn sorted(values: &[f64]) -> Vec<f64> {
    let mut values: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}
