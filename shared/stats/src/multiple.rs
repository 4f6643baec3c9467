//! Many tests at once.

/// Adjusted p-values that control the rate of false discoveries, in the order given: of m p-values the i-th least
/// becomes the least of m p / j over all j >= i, at most 1. Testing them against a level keeps the expected share of
/// false ones among those found below it, for tests that are independent or depend on each other positively. As
/// `scipy.stats.false_discovery_control`.
///
/// NaN is a test that found nothing: it counts as 1. Others are cut to 0..1.
///
/// Source: Benjamini and Hochberg, Controlling the False Discovery Rate (J. R. Stat. Soc. B 57, 1995).
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let p = |i: usize| if p_values[i].is_nan() { 1.0 } else { p_values[i].clamp(0.0, 1.0) };
    let mut by_size: Vec<usize> = (0..p_values.len()).collect();
    by_size.sort_by(|a, b| p(*a).total_cmp(&p(*b)));
    let mut adjusted = vec![1.0; p_values.len()];
    let mut least = 1.0_f64;
    for (below, index) in by_size.into_iter().enumerate().rev() {
        least = least.min(p(index) * (p_values.len() as f64 / (below + 1) as f64));
        adjusted[index] = least;
    }
    adjusted
}
