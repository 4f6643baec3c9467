//! `DetectAnomalies`: a metric against its own past.

use super::{Context, history::quantile, show};
use crate::ast::Season;

/// As AWS Glue: fewer say nothing.
const LEAST_HISTORY: usize = 3;
/// Latest earlier values that are looked at.
pub(crate) const HISTORY: usize = 60;
/// Half the interval's width in robust standard deviations: the cut of Iglewicz and Hoaglin (1993).
const CUT: f64 = 3.5;
/// The standard deviation of normal values by their median absolute deviation.
const PER_MAD: f64 = 1.4826;
/// Least half-width, as a share of the median: a metric that never changed may change by that much.
const FLOOR: f64 = 0.05;

/// Where a metric should be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Interval {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Interval {
    pub(super) fn contains(self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    pub(super) fn show(self) -> String {
        format!("from {} to {}", show::number(self.low), show::number(self.high))
    }
}

/// median ± max(3.5 · 1.4826 · MAD, 5 % of |median|) of the latest 60 values. AWS Glue's own algorithm is not published;
/// this one is ours.
///
/// # Errors
/// The number of earlier values, if it is below 3.
pub(super) fn interval(key: &str, context: &dyn Context) -> Result<Interval, usize> {
    let mut values = context.history(key, HISTORY, Season::Any);
    values.truncate(HISTORY);
    if values.len() < LEAST_HISTORY {
        return Err(values.len());
    }
    let median = quantile(&values, 0.5);
    let distances: Vec<f64> = values.iter().map(|value| (value - median).abs()).collect();
    let half = (CUT * PER_MAD * quantile(&distances, 0.5)).max(FLOOR * median.abs());
    Ok(Interval { low: median - half, high: median + half })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Kept(Vec<f64>);

    impl Context for Kept {
        fn history(&self, _key: &str, _k: usize, _season: Season) -> Vec<f64> {
            self.0.clone()
        }
    }

    #[test]
    fn intervals_are_robust_and_have_a_floor() {
        let of = |values: &[f64]| interval("RowCount", &Kept(values.to_vec()));
        assert_eq!(of(&[1.0, 2.0]), Err(2));
        assert_eq!(of(&[100.0; 3]), Ok(Interval { low: 95.0, high: 105.0 }));
        let with_outlier = of(&[100.0, 90.0, 110.0, 100.0, 1e9, 95.0, 105.0]).unwrap();
        assert!(with_outlier.contains(80.0) && with_outlier.contains(120.0));
        assert!(!with_outlier.contains(60.0) && !with_outlier.contains(140.0), "{with_outlier:?}");
    }
}
