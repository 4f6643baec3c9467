//! How far a value is from a few earlier ones, and how much more these differ than chance allows.

use estrella_stats::{Test, median, student_two_sided};

/// What makes the median absolute deviation of a normal sample its standard deviation.
const MAD_TO_SIGMA: f64 = 1.4826;

/// How far a value is from the median of earlier ones, in standard deviations: scale^2 = noise^2 + (1.4826 MAD)^2, with
/// `noise` the deviation that is known beforehand. The p-value is that of Student's t, whose degrees of freedom count the
/// known part as known: (n - 1) (scale / (1.4826 MAD))^4. With little noise that is the law of n values, which a few
/// weeks make hard to exceed; with much of it the normal law.
///
/// Nothing to compare with less than two values.
///
/// Source: Iglewicz and Hoaglin, How to Detect and Handle Outliers (1993); Satterthwaite (Biometrics Bulletin 2, 1946);
/// the idea of a known part is that of moderated statistics, Smyth (Stat. Appl. Genet. Mol. Biol. 3, 2004).
pub(crate) fn moderated_z(value: f64, earlier: &[f64], noise: f64) -> Test {
    let Some(center) = median(earlier).filter(|_| earlier.len() > 1) else { return Test::NOTHING };
    let deviations: Vec<f64> = earlier.iter().map(|v| (v - center).abs()).collect();
    let spread = MAD_TO_SIGMA * median(&deviations).unwrap_or(0.0);
    let scale = noise.hypot(spread);
    if scale == 0.0 {
        // A constant that is not one any more.
        let is_same = value == center;
        return if is_same { Test::NOTHING } else { Test { statistic: f64::MAX, p_value: 0.0 } };
    }
    let z = (value - center) / scale;
    // So many degrees of freedom are the normal law.
    let freedom = ((earlier.len() - 1) as f64 * (scale / spread).powi(4)).min(1e6);
    Test { statistic: z, p_value: student_two_sided(z, freedom) }
}

/// How much more the units of a reference differ from each other than chance allows: the mean of statistics that chance
/// gives a mean of 1, at least 1. The sample sizes of a test divided by it make the test's p-value hold (Rao and Scott,
/// Annals of Statistics 12, 1984).
///
/// The greatest of six and more is left out: one odd week is no measure for the others. `growth` is how many times
/// larger the current hour is than a unit: what weeks differ by does not average out in more rows, unlike chance.
pub(crate) fn design_effect(mut ratios: Vec<f64>, growth: f64) -> f64 {
    ratios.retain(|ratio| ratio.is_finite());
    ratios.sort_by(f64::total_cmp);
    if ratios.len() >= 6 {
        ratios.pop();
    }
    if ratios.is_empty() {
        return 1.0;
    }
    let mean = ratios.iter().sum::<f64>() / ratios.len() as f64;
    1.0 + (mean - 1.0).max(0.0) * growth.max(1.0)
}

/// Whether a distance is clearly greater than those that the units of a reference have from each other: twice the
/// greatest. The greatest of six and more is left out: one odd week is no measure for the others.
pub(crate) fn is_unusual(distance: f64, mut usual: Vec<f64>) -> bool {
    const TIMES: f64 = 2.0;
    usual.retain(|distance| distance.is_finite());
    usual.sort_by(f64::total_cmp);
    if usual.len() >= 6 {
        usual.pop();
    }
    usual.last().is_none_or(|greatest| distance >= TIMES * greatest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_weeks_make_a_value_hard_to_exceed_and_known_noise_easier() {
        let weeks = [6.9, 7.0, 7.0, 7.1, 6.9, 7.1, 7.0, 7.2];
        let by_weeks = moderated_z(6.0, &weeks, 0.0);
        let known = moderated_z(6.0, &weeks, 0.1);
        assert!(by_weeks.statistic < known.statistic && known.statistic < 0.0);
        assert!(known.p_value < 1e-4 && by_weeks.p_value > 1e-4, "{by_weeks:?} {known:?}");
        assert_eq!(moderated_z(7.0, &weeks, 0.1).p_value, 1.0);
        let normal = moderated_z(7.2, &[7.0; 8], 0.1);
        assert!((normal.p_value - 0.0455).abs() < 1e-4, "{normal:?}");
    }

    #[test]
    fn a_constant_is_left_with_certainty_and_too_little_says_nothing() {
        assert_eq!(moderated_z(1.0, &[0.0; 4], 0.0).p_value, 0.0);
        assert_eq!(moderated_z(0.0, &[0.0; 4], 0.0), Test::NOTHING);
        assert_eq!(moderated_z(9.0, &[1.0], 0.1), Test::NOTHING);
    }

    #[test]
    fn units_that_differ_more_than_by_chance_count_for_less() {
        assert_eq!(design_effect(vec![0.2, 0.4, 0.9], 1.0), 1.0);
        assert_eq!(design_effect(vec![2.0, 4.0], 1.0), 3.0);
        assert_eq!(design_effect(vec![2.0, 4.0], 3.0), 7.0);
        assert_eq!(design_effect(vec![1.0, 1.0, 1.0, 1.0, 1.0, 90.0], 1.0), 1.0);
        assert_eq!(design_effect(vec![f64::NAN], 1.0), 1.0);
    }

    #[test]
    fn what_units_are_off_by_is_not_unusual() {
        assert!(is_unusual(0.4, vec![0.1, 0.2, 0.1, 0.2]));
        assert!(!is_unusual(0.39, vec![0.1, 0.2, 0.1, 0.2]));
        assert!(is_unusual(0.4, vec![0.1, 0.2, 0.1, 0.2, 0.1, 0.9]));
        assert!(is_unusual(0.0, Vec::new()));
    }
}
