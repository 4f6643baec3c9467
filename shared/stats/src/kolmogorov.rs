//! The law of the Kolmogorov-Smirnov statistic.

/// The asymptotic probability that the statistic of two samples of `n` and `m` is at least `d`.
pub(crate) fn two_sample_upper(d: f64, n: f64, m: f64) -> f64 {
    let x = d * (n / (n + m) * m).sqrt();
    if x < 0.2 {
        return 1.0;
    }
    let term = |k: f64| (-2.0 * k * k * x * x).exp();
    2.0 * (1..=100).map(f64::from).map(|k| if k % 2.0 == 1.0 { term(k) } else { -term(k) }).sum::<f64>()
}
