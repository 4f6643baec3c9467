//! Tails of the laws that statistics follow where nothing has changed.

use statrs::distribution::{ChiSquared, ContinuousCDF, StudentsT};
use statrs::function::erf::erfc;

/// The two-sided p-value of a standard normal `z`: erfc(|z| / sqrt 2). NaN gives 1.
pub fn normal_two_sided(z: f64) -> f64 {
    if z.is_nan() { 1.0 } else { erfc(z.abs() / std::f64::consts::SQRT_2) }
}

/// The probability that chi-squared with `freedom` degrees of freedom is at least `x`; 1 without freedom.
pub(crate) fn chi_squared_upper(x: f64, freedom: f64) -> f64 {
    ChiSquared::new(freedom).map_or(1.0, |law| law.sf(x))
}

/// The two-sided p-value of Student's t with `freedom` degrees of freedom; 1 without freedom.
pub fn student_two_sided(t: f64, freedom: f64) -> f64 {
    StudentsT::new(0.0, 1.0, freedom).map_or(1.0, |law| 2.0 * law.sf(t.abs()))
}
