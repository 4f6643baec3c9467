//! The middle for large samples.

use std::f64::consts::{FRAC_PI_2, PI};

/// The terms decay with the square of their number; these are enough for z up to 2.
const TERMS: u32 = 12;

/// The probability that the statistic of a sample of `n` is less than `d`, to the order n^(-3/2):
/// K0(z) + K1(z) / sqrt n + K2(z) / n + K3(z) / n^(3/2) with z = d sqrt n, each a sum of theta functions that
/// converges fast where z is small.
///
/// Source: Pelz and Good, Approximating the Lower Tail-Areas of the Kolmogorov-Smirnov One-Sample Statistic (J. R.
/// Stat. Soc. B 38, 1976), as given by Simard and L'Ecuyer (2011).
pub(super) fn pelz_good(n: f64, d: f64) -> f64 {
    let z = d * n.sqrt();
    let [z2, z3, z4, z6, z7, z8, z10] = [2, 3, 4, 6, 7, 8, 10].map(|power| z.powi(power));
    let mut k = [0.0; 4];
    for i in (0..TERMS).map(f64::from) {
        // a = (pi (i + 1/2))^2 and b = (pi (i + 1))^2; the sums run over negative i too, which doubles each term.
        let a = (PI * (i + 0.5)).powi(2);
        let weight = 2.0 * (-a / (2.0 * z2)).exp();
        k[0] += weight / z;
        k[1] += weight * (a - z2) / (6.0 * z4);
        k[2] += weight * (6.0 * z6 + 2.0 * z4 + a * (2.0 * z4 - 5.0 * z2) + a * a * (1.0 - 2.0 * z2))
            / (72.0 * z7);
        k[3] += weight
            * (a.powi(3) * (5.0 - 30.0 * z2)
                + a * a * (212.0 * z4 - 60.0 * z2)
                + a * (135.0 * z4 - 96.0 * z6)
                - 30.0 * z6
                - 90.0 * z8)
            / (6480.0 * z10);
        let b = (PI * (i + 1.0)).powi(2);
        let weight = 2.0 * (-b / (2.0 * z2)).exp();
        k[2] -= weight * b / (36.0 * z3);
        k[3] += weight * b * (3.0 * z2 - b) / (216.0 * z6);
    }
    let root = n.sqrt();
    let sum = k[0] + k[1] / root + k[2] / n + k[3] / (n * root);
    // Where z is so small that its powers vanish, so does the probability.
    if sum.is_nan() { 0.0 } else { (FRAC_PI_2.sqrt() * sum).clamp(0.0, 1.0) }
}
