//! Price statistics that merge.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Buckets per doubling of the price; a quantile is off by at most half a bucket, 2^(1/32) - 1 = 2.2 %.
const BUCKETS_PER_OCTAVE: f64 = 16.0;

/// Statistics of positive prices: sums are exact, quantiles come from a histogram on a logarithmic grid.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Prices {
    /// Number of prices.
    pub count: u64,
    /// Sum in hundredths.
    pub sum_cents: i128,
    /// Sum of squares in hundredths squared.
    pub sum_squares: f64,
    /// Least price in hundredths.
    pub min_cents: Option<i64>,
    /// Greatest price in hundredths.
    pub max_cents: Option<i64>,
    /// Number of prices by bucket; bucket b holds prices in [2^(b/16), 2^((b+1)/16)) hundredths.
    pub histogram: BTreeMap<i32, u64>,
}

impl Prices {
    /// Measures prices in hundredths.
    pub fn of(cents: &[i64]) -> Self {
        let mut buckets = [0u64; 64 * BUCKETS_PER_OCTAVE as usize];
        let mut sum_squares = 0.0;
        for &price in cents {
            sum_squares += (price as f64).powi(2);
            buckets[bucket(price) as usize] += 1;
        }
        let histogram = (0..).zip(buckets).filter(|(_, count)| *count > 0).collect();
        Self {
            count: cents.len() as u64,
            sum_cents: cents.iter().map(|&c| i128::from(c)).sum(),
            sum_squares,
            min_cents: cents.iter().min().copied(),
            max_cents: cents.iter().max().copied(),
            histogram,
        }
    }

    /// Adds other prices.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum_cents += other.sum_cents;
        self.sum_squares += other.sum_squares;
        self.min_cents = [self.min_cents, other.min_cents].into_iter().flatten().min();
        self.max_cents = self.max_cents.max(other.max_cents);
        for (bucket, count) in &other.histogram {
            *self.histogram.entry(*bucket).or_default() += count;
        }
    }

    /// Mean in hundredths; none of no prices.
    pub fn mean_cents(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum_cents as f64 / self.count as f64)
    }

    /// Population standard deviation in hundredths; none of no prices.
    pub fn stddev_cents(&self) -> Option<f64> {
        let mean = self.mean_cents()?;
        Some((self.sum_squares / self.count as f64 - mean * mean).max(0.0).sqrt())
    }

    /// The `q`-quantile in hundredths, `q` from 0 to 1: the middle of the bucket that holds it, kept within
    /// the extremes; none of no prices.
    pub fn quantile_cents(&self, q: f64) -> Option<f64> {
        let rank = (q * self.count as f64).ceil().max(1.0) as u64;
        let mut below = 0;
        let (bucket, _) = self.histogram.iter().find(|(_, count)| {
            below += **count;
            below >= rank
        })?;
        let middle = ((f64::from(*bucket) + 0.5) / BUCKETS_PER_OCTAVE).exp2();
        Some(middle.clamp(self.min_cents? as f64, self.max_cents? as f64))
    }
}

fn bucket(cents: i64) -> i32 {
    ((cents.max(1) as f64).log2() * BUCKETS_PER_OCTAVE) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_merge_to_the_whole() {
        let cents: Vec<i64> = (1..=10_000).map(|i| i * 37 % 90_001 + 1).collect();
        let mut merged = Prices::default();
        for part in cents.chunks(333) {
            merged.merge(&Prices::of(part));
        }
        let whole = Prices::of(&cents);
        assert_eq!(
            (merged.count, merged.sum_cents, &merged.histogram),
            (whole.count, whole.sum_cents, &whole.histogram)
        );
        assert_eq!((merged.min_cents, merged.max_cents), (whole.min_cents, whole.max_cents));
    }

    #[test]
    fn statistics_are_right() {
        let prices = Prices::of(&[100, 200, 300, 400]);
        assert_eq!(prices.mean_cents(), Some(250.0));
        assert!((prices.stddev_cents().unwrap() - 111.803).abs() < 0.001);
        assert!((prices.quantile_cents(0.5).unwrap() / 200.0 - 1.0).abs() < 0.03);
        assert_eq!(prices.quantile_cents(1.0), Some(400.0));
        assert_eq!(Prices::default().quantile_cents(0.5), None);
    }
}
