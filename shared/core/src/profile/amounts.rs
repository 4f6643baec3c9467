//! Statistics of prices, which merge.

use serde::{Deserialize, Serialize};

use super::histogram::{Histogram, bucket_of};

/// Statistics of positive prices: sums are exact, quantiles come from a histogram.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prices {
    /// Number of prices.
    pub count: u64,
    /// Sum in hundredths.
    pub sum_cents: i128,
    /// Sum of squares in hundredths squared.
    pub sum_squares: u128,
    /// Least price in hundredths.
    pub min_cents: Option<i64>,
    /// Greatest price in hundredths.
    pub max_cents: Option<i64>,
    /// Prices in hundredths by bucket.
    pub histogram: Histogram,
}

impl Prices {
    /// Measures prices in hundredths.
    pub fn of(cents: &[i64]) -> Self {
        let mut prices = Self::default();
        for &price in cents {
            prices.add(price);
            prices.histogram.add(bucket_of(price), 1);
        }
        prices
    }

    /// Adds one price to all but the histogram, which is filled by bucket where there are many.
    pub(super) fn add(&mut self, cents: i64) {
        self.count += 1;
        self.sum_cents += i128::from(cents);
        self.sum_squares += u128::from(cents.unsigned_abs()).pow(2);
        self.min_cents = Some(self.min_cents.map_or(cents, |least| least.min(cents)));
        self.max_cents = Some(self.max_cents.map_or(cents, |greatest| greatest.max(cents)));
    }

    /// Adds other prices.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum_cents += other.sum_cents;
        self.sum_squares += other.sum_squares;
        self.min_cents = [self.min_cents, other.min_cents].into_iter().flatten().min();
        self.max_cents = self.max_cents.max(other.max_cents);
        self.histogram.merge(&other.histogram);
    }

    /// Mean in hundredths; none of no prices.
    pub fn mean_cents(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum_cents as f64 / self.count as f64)
    }

    /// Population standard deviation in hundredths; none of no prices.
    pub fn stddev_cents(&self) -> Option<f64> {
        let mean = self.mean_cents()?;
        Some((self.sum_squares as f64 / self.count as f64 - mean * mean).max(0.0).sqrt())
    }

    /// The `q`-quantile in hundredths, `q` from 0 to 1: the middle of the bucket that holds it, kept within
    /// the extremes; none of no prices.
    pub fn quantile_cents(&self, q: f64) -> Option<f64> {
        Some(self.histogram.quantile(q)?.clamp(self.min_cents? as f64, self.max_cents? as f64))
    }
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
        assert_eq!(merged, Prices::of(&cents));
    }

    #[test]
    fn statistics_are_right() {
        let prices = Prices::of(&[100, 200, 300, 400]);
        assert_eq!(prices.mean_cents(), Some(250.0));
        assert!((prices.stddev_cents().unwrap() - 111.803).abs() < 0.001);
        assert!((prices.quantile_cents(0.5).unwrap() / 200.0 - 1.0).abs() < 0.04);
        assert_eq!(prices.quantile_cents(1.0), Some(400.0));
        assert_eq!(Prices::default().quantile_cents(0.5), None);
    }
}
