//! Counts on a logarithmic grid, which merge.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Buckets per doubling. They are equally wide within a doubling (Tene, HdrHistogram), so the bucket of a number is
/// a shift of its floating-point bits; the middle of one is off by at most 1/32 of the number.
const BUCKETS_PER_OCTAVE: i32 = 16;
/// Bits of the mantissa below those that tell the bucket.
const DROPPED_BITS: u32 = 48;
/// The bucket of 1.0 before it is shifted to 0.
const ONE: i32 = 1023 * BUCKETS_PER_OCTAVE;

/// How many numbers fall into each bucket of a logarithmic grid. Numbers below 1 count as 1.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histogram(BTreeMap<i32, u64>);

impl Histogram {
    /// Adds `count` numbers of one bucket.
    pub fn add(&mut self, bucket: i32, count: u64) {
        *self.0.entry(bucket).or_default() += count;
    }

    /// Adds one number.
    pub fn add_number(&mut self, number: i64) {
        self.add(bucket_of(number), 1);
    }

    /// Adds the numbers of another histogram.
    pub fn merge(&mut self, other: &Self) {
        for (&bucket, &count) in &other.0 {
            self.add(bucket, count);
        }
    }

    /// Buckets that are not empty, ascending, with their counts.
    pub fn buckets(&self) -> impl Iterator<Item = (i32, u64)> + Clone + '_ {
        self.0.iter().map(|(&bucket, &count)| (bucket, count))
    }

    /// Numbers in all buckets.
    pub fn count(&self) -> u64 {
        self.0.values().sum()
    }

    /// The `q`-quantile, `q` from 0 to 1: the middle of the bucket that holds it; none of no numbers.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let rank = (q * self.count() as f64).ceil().max(1.0) as u64;
        let mut below = 0;
        let (&bucket, _) = self.0.iter().find(|(_, count)| {
            below += **count;
            below >= rank
        })?;
        Some(middle_of(bucket))
    }
}

/// The bucket that a number falls into.
pub fn bucket_of(number: i64) -> i32 {
    ((number.max(1) as f64).to_bits() >> DROPPED_BITS) as i32 - ONE
}

/// The least number of a bucket.
pub fn least_of(bucket: i32) -> f64 {
    f64::from_bits(((bucket + ONE) as u64) << DROPPED_BITS)
}

/// The middle of a bucket.
pub fn middle_of(bucket: i32) -> f64 {
    f64::midpoint(least_of(bucket), least_of(bucket + 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Buckets of all positive 64-bit numbers.
    const BUCKETS: i32 = 64 * BUCKETS_PER_OCTAVE;

    proptest! {
        #[test]
        fn a_number_lies_in_its_bucket(number in 1i64..1 << 52) {
            let bucket = bucket_of(number);
            prop_assert!((0..BUCKETS).contains(&bucket));
            prop_assert!(least_of(bucket) <= number as f64 && (number as f64) < least_of(bucket + 1));
            prop_assert!((middle_of(bucket) / number as f64 - 1.0).abs() <= 1.0 / 32.0 + 1e-12);
        }
    }

    #[test]
    fn quantiles_of_known_numbers() {
        let mut histogram = Histogram::default();
        (1..=1000).for_each(|number| histogram.add_number(number));
        for (q, number) in [(0.25, 250.0), (0.5, 500.0), (0.99, 990.0)] {
            assert!((histogram.quantile(q).unwrap() / number - 1.0).abs() < 0.05, "{q}");
        }
        assert_eq!(Histogram::default().quantile(0.5), None);
        assert_eq!(bucket_of(-5), bucket_of(1));
    }
}
