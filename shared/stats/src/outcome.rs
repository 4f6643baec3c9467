//! What a test says.

use serde::{Deserialize, Serialize};

/// A statistic with its p-value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// What was measured, in the unit that the test names; never infinite nor NaN.
    pub statistic: f64,
    /// How likely a statistic at least as extreme is where nothing has changed, 0 to 1; 1 where there is nothing to
    /// compare.
    pub p_value: f64,
}

impl Test {
    /// There is nothing to compare: statistic 0, p-value 1.
    pub const NOTHING: Self = Self { statistic: 0.0, p_value: 1.0 };

    /// A test whose statistic is cut to the finite numbers and its p-value to 0..1; NaN of either is nothing.
    pub(crate) fn new(statistic: f64, p_value: f64) -> Self {
        if statistic.is_nan() || p_value.is_nan() {
            return Self::NOTHING;
        }
        Self { statistic: finite(statistic), p_value: p_value.clamp(0.0, 1.0) }
    }
}

/// The nearest number that JSON can carry; 0 for NaN.
pub(crate) fn finite(value: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value.clamp(f64::MIN, f64::MAX) }
}
