//! The two-sample Kolmogorov-Smirnov test.

use crate::kolmogorov::two_sample_upper;
use crate::outcome::Test;

/// Two-sample Kolmogorov-Smirnov.
pub fn ks(reference: &[f64], current: &[f64]) -> Test {
    let (reference, current) = (sorted(reference), sorted(current));
    if reference.is_empty() || current.is_empty() {
        return Test::NOTHING;
    }
    let (n, m) = (reference.len() as f64, current.len() as f64);
    let (mut below, mut below_current, mut statistic) = (0, 0, 0.0_f64);
    while let (Some(r), Some(c)) = (reference.get(below), current.get(below_current)) {
        let at = r.min(*c);
        below += reference[below..].iter().take_while(|v| **v == at).count();
        below_current += current[below_current..].iter().take_while(|v| **v == at).count();
        statistic = statistic.max((below as f64 / n - below_current as f64 / m).abs());
    }
    Test::new(statistic, two_sample_upper(statistic, n, m))
}

/// The values that are numbers, least first.
fn sorted(values: &[f64]) -> Vec<f64> {
    let mut values: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}
