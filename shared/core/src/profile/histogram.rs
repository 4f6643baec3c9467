//! Counts on a logarithmic grid, which merge.

use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Buckets per doubling. They are equally wide within a doubling (Tene, HdrHistogram), so the bucket of a number is
/// a shift of its floating-point bits; the middle of one is off by at most 1/32 of the number.
const BUCKETS_PER_OCTAVE: i32 = 16;
/// Buckets of all positive 64-bit numbers.
const BUCKETS: i32 = 64 * BUCKETS_PER_OCTAVE;
/// Bits of the mantissa below those that tell the bucket.
const DROPPED_BITS: u32 = 48;
/// The bucket of 1.0 before it is shifted to 0.
const ONE: i32 = 1023 * BUCKETS_PER_OCTAVE;

/// How many numbers fall into each bucket of a logarithmic grid. Numbers below 1 count as 1.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Histogram {
    /// Bucket of the first count.
    first: i32,
    /// From the first bucket that is not empty to the last: adding two of these is a loop over numbers.
    counts: Vec<u64>,
}

impl Histogram {
    /// Adds `count` numbers of one bucket.
    pub fn add(&mut self, bucket: i32, count: u64) {
        if count > 0 {
            self.reach(bucket, bucket);
            self.counts[(bucket - self.first) as usize] += count;
        }
    }

    /// Makes room for counts of these buckets and all between.
    fn reach(&mut self, first: i32, last: i32) {
        if self.counts.is_empty() {
            self.first = first;
        }
        if first < self.first {
            let more = (self.first - first) as usize;
            self.counts.splice(0..0, std::iter::repeat_n(0, more));
            self.first = first;
        }
        let needed = (last - self.first) as usize + 1;
        if needed > self.counts.len() {
            self.counts.resize(needed, 0);
        }
    }

    /// Adds one number.
    pub fn add_number(&mut self, number: i64) {
        self.add(bucket_of(number), 1);
    }

    /// Adds the numbers of another histogram.
    pub fn merge(&mut self, other: &Self) {
        if other.counts.is_empty() {
            return;
        }
        self.reach(other.first, other.first + other.counts.len() as i32 - 1);
        let from = (other.first - self.first) as usize;
        for (mine, theirs) in self.counts[from..].iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
    }

    /// Buckets that are not empty, ascending, with their counts.
    pub fn buckets(&self) -> impl Iterator<Item = (i32, u64)> + Clone + '_ {
        (self.first..).zip(self.counts.iter().copied()).filter(|(_, count)| *count > 0)
    }

    /// Numbers in all buckets.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The `q`-quantile, `q` from 0 to 1: the middle of the bucket that holds it; none of no numbers.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let rank = (q * self.count() as f64).ceil().max(1.0) as u64;
        let mut below = 0;
        let (bucket, _) = self.buckets().find(|(_, count)| {
            below += count;
            below >= rank
        })?;
        Some(middle_of(bucket))
    }
}

/// As pairs of bucket and count.
impl Serialize for Histogram {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut pairs = serializer.serialize_seq(Some(self.buckets().count()))?;
        self.buckets().try_for_each(|pair| pairs.serialize_element(&pair))?;
        pairs.end()
    }
}

impl<'de> Deserialize<'de> for Histogram {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let pairs = Vec::<(i32, u64)>::deserialize(deserializer)?;
        if pairs.iter().any(|(bucket, _)| !(0..BUCKETS).contains(bucket)) {
            return Err(serde::de::Error::custom("no such bucket"));
        }
        let mut histogram = Self::default();
        // They are ascending if we wrote them.
        if let (Some((first, _)), Some((last, _))) = (pairs.first(), pairs.last()) {
            histogram.counts.reserve_exact((last - first).unsigned_abs() as usize + 1);
        }
        pairs.into_iter().for_each(|(bucket, count)| histogram.add(bucket, count));
        Ok(histogram)
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

    proptest! {
        #[test]
        fn parts_merge_to_the_whole_in_any_order(parts in prop::collection::vec(
            prop::collection::vec(1i64..1 << 40, 0..20), 0..6
        )) {
            let of = |numbers: &[i64]| {
                let mut histogram = Histogram::default();
                numbers.iter().for_each(|number| histogram.add_number(*number));
                histogram
            };
            let (mut merged, mut back) = (Histogram::default(), Histogram::default());
            parts.iter().for_each(|part| merged.merge(&of(part)));
            parts.iter().rev().for_each(|part| back.merge(&of(part)));
            prop_assert_eq!(&merged, &of(&parts.concat()));
            prop_assert_eq!(&merged, &back);
            let json = serde_json::to_string(&merged).unwrap();
            prop_assert_eq!(serde_json::from_str::<Histogram>(&json).unwrap(), merged);
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
