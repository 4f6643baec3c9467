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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gives_nothing() {
        assert!(benjamini_hochberg(&[]).is_empty());
    }

    /// The fifteen p-values of Benjamini and Hochberg's own example (1995, section 3.2), of which four are found at
    /// 0.05; adjusted by `scipy.stats.false_discovery_control` 1.17.1.
    #[test]
    fn the_example_of_the_paper() {
        let p = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
            0.6528, 0.7590, 1.0000,
        ];
        let adjusted = benjamini_hochberg(&p);
        assert_eq!(adjusted.iter().filter(|p| **p <= 0.05).count(), 4);
    }
}
