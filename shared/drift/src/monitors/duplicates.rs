//! Rows that came in but are not there: duplicates and refused ones.

use estrella_stats::median;

use super::spread::moderated_z;
use super::{Comparison, Finding, share};
use crate::input::HourInput;
use crate::settings::Rule;

/// Duplicates among the valid rows that came in.
pub(super) fn duplicates(comparison: &Comparison<'_>, rule: &Rule) -> Finding {
    lost(comparison, rule, |input| (input.duplicates, input.rows_in))
}

/// Refused rows among the rows of the source.
pub(super) fn rejects(comparison: &Comparison<'_>, rule: &Rule) -> Finding {
    lost(comparison, rule, |input| (input.rejected, input.source_rows))
}

/// The robust z of the share. They come by the file, so rows say little about their chance. The effect is how much
/// greater the share is: fewer are no harm.
fn lost(comparison: &Comparison<'_>, rule: &Rule, counts: fn(&HourInput) -> (u64, u64)) -> Finding {
    let of = |input: &HourInput| {
        let (lost, rows) = counts(input);
        share(lost, rows)
    };
    let with_rows = comparison.reference.same_time.iter().filter(|input| counts(input).1 > 0);
    let usual: Vec<f64> = with_rows.map(|input| of(input)).collect();
    let observed = of(&comparison.current.input);
    let expected = median(&usual).unwrap_or(0.0);
    let rows = counts(&comparison.current.input).1;
    Finding {
        test: "robust_z",
        outcome: (rule.is_enough(rows as f64) && !usual.is_empty())
            .then(|| moderated_z(observed, &usual, rule.noise)),
        effect: (observed - expected).max(0.0),
        observed,
        expected,
        unit: "share",
        ..Finding::default()
    }
}
