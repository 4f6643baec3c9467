//! Numbers and conditions in words.

use crate::ast::{Comparison, Formula};

/// A number with at most six digits after the point.
pub(super) fn number(value: f64) -> String {
    let rounded = format!("{value:.6}");
    let trimmed = rounded.trim_end_matches('0').trim_end_matches('.');
    if trimmed == "-0" { "0".to_owned() } else { trimmed.to_owned() }
}

/// What is expected, history filled in; what was written comes after it if that is more than numbers.
pub(super) fn expected(written: &Comparison<Formula>, filled: &Comparison<f64>) -> String {
    let shown = filled.try_map(|value| Ok::<_, ()>(number(*value)));
    let shown = shown.map_or_else(|()| written.to_string(), |shown| shown.to_string());
    if written.values().iter().any(|formula| formula.is_dynamic()) {
        format!("{shown}, being {written}")
    } else {
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_short() {
        for (value, text) in [(80.0, "80"), (0.1 + 0.2, "0.3"), (-0.0000001, "0"), (1e15, "1000000000000000")]
        {
            assert_eq!(number(value), text);
        }
    }
}
