//! One value against a few earlier ones, some of which may be outliers.

use crate::outcome::{Test, finite};
use crate::tails::student_two_sided;

/// What makes the median absolute deviation of a normal sample its standard deviation: 1 / Phi^-1(3/4).
const MAD_TO_SIGMA: f64 = 1.4826;

/// The median; of an even number the mean of the middle two, as `numpy.median`. NaN are left out; none if no value
/// is left.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut values: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
    let middle = values.len() / 2;
    let is_odd = values.len() % 2 == 1;
    let (below, upper, _) =
        (!values.is_empty()).then(|| values.select_nth_unstable_by(middle, f64::total_cmp))?;
    let upper = *upper;
    if is_odd {
        return Some(upper);
    }
    let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Some(if lower == upper { upper } else { lower / 2.0 + upper / 2.0 })
}

/// How far a value is from the median of a reference, in robust standard deviations:
/// (value - median) / max(1.4826 MAD, floor), with MAD the median of |r - median|. The p-value is that of Student's
/// t with n - 1 degrees of freedom, from both sides: the normal law of a few weeks would cry wolf.
///
/// - `floor` is the least scale worth speaking of, in units of the value; one that is negative or NaN is 0.
/// - Of a constant reference without a floor any other value is infinitely far: ± `f64::MAX`, p-value 0.
/// - Values of the reference that are infinite or NaN are left out. [`Test::NOTHING`] if less than two are left
///   or the value is NaN; an infinite value is infinitely far.
///
/// Source: Iglewicz and Hoaglin, How to Detect and Handle Outliers (1993).
pub fn robust_z(value: f64, reference: &[f64], floor: f64) -> Test {
    let reference: Vec<f64> = reference.iter().copied().filter(|v| v.is_finite()).collect();
    let Some(center) = median(&reference).filter(|_| reference.len() > 1) else {
        return Test::NOTHING;
    };
    let deviations: Vec<f64> = reference.iter().map(|v| (v - center).abs()).collect();
    let scale = (MAD_TO_SIGMA * median(&deviations).unwrap_or(0.0)).max(floor).max(0.0);
    let off = value - center;
    if off.is_nan() || off == 0.0 {
        return Test::NOTHING;
    }
    let z = finite(off / scale);
    Test::new(z, student_two_sided(z, (reference.len() - 1) as f64))
}
