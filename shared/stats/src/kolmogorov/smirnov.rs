//! One side only.

use statrs::function::gamma::ln_gamma;

/// Beyond this sample size the sum is too long, and its limit exact enough.
const LONGEST_SUM: f64 = 1e6;

/// The probability that one of the two sides of the statistic of a sample of `n` is at least `d`:
/// d * sum over j = 0 .. n (1 - d) of C(n, j) (d + j/n)^(j - 1) (1 - d - j/n)^(n - j), all terms positive. For more
/// than a million exp(-(6 n d + 1)^2 / (18 n)).
///
/// Source: Birnbaum and Tingey (1951); Smirnov (1944); the limit's second order: Maag and Dicaire, On
/// Kolmogorov-Smirnov Type One-Sample Statistics (Biometrika 58, 1971).
pub(super) fn smirnov_upper(n: f64, d: f64) -> f64 {
    if n > LONGEST_SUM {
        return (-(6.0 * n * d + 1.0).powi(2) / (18.0 * n)).exp();
    }
    let last = (n * (1.0 - d)).floor() as u32;
    let all = ln_gamma(n + 1.0);
    let terms = (0..=last).map(f64::from).map(|j| {
        let rest = 1.0 - d - j / n;
        if rest <= 0.0 {
            return 0.0;
        }
        let ln_choices = all - ln_gamma(j + 1.0) - ln_gamma(n - j + 1.0);
        (ln_choices + (j - 1.0) * (d + j / n).ln() + (n - j) * rest.ln()).exp()
    });
    d * terms.sum::<f64>()
}
