//! Columns that no rule knows.

use estrella_stats::Test;

use super::{Comparison, Finding};
use crate::verdict::Season;

/// Columns of the hour's source that the reference never had.
pub(super) fn new_columns<'c>(comparison: &'c Comparison<'_>) -> impl Iterator<Item = &'c String> {
    let known = &comparison.reference.all.input.unknown_columns;
    comparison.current.input.unknown_columns.difference(known)
}

/// No chance makes a column: one that is new is certain. The effect is the number of new ones.
pub(super) fn unknown_columns(comparison: &Comparison<'_>) -> Finding {
    let new = new_columns(comparison).count() as f64;
    let test = if new > 0.0 { Test { statistic: new, p_value: 0.0 } } else { Test::NOTHING };
    let expected = comparison.reference.all.input.unknown_columns.len() as f64;
    Finding {
        test: "difference",
        outcome: (comparison.reference.season != Season::Learning).then_some(test),
        effect: new,
        observed: expected + new,
        expected,
        unit: "columns",
        ..Finding::default()
    }
}
