//! Tests of the whole crate.

mod comparing;
mod edges;
mod known;
mod laws;
mod null_law;
mod tail_values;

/// Fails unless two numbers agree to a relative tolerance.
#[track_caller]
fn assert_near(actual: f64, expected: f64, tolerance: f64) {
    let off = (actual - expected).abs();
    assert!(off <= tolerance * expected.abs(), "{actual:e} is not {expected:e} to {tolerance:e}");
}

/// Fails unless a statistic agrees to 1e-12 and its p-value to 1e-9, relative.
#[track_caller]
fn assert_test(actual: crate::Test, statistic: f64, p_value: f64) {
    assert_near(actual.statistic, statistic, 1e-12);
    assert_near(actual.p_value, p_value, 1e-9);
}
