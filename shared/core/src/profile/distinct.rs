//! Distinct counts that merge.

use base64::{Engine, engine::general_purpose::STANDARD};
use datasketches::hll::{HllSketch, HllType, HllUnion};
use hashbrown::HashSet;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// 4,096 registers: a relative standard error of about 1.6 %, at most 2 KiB.
const LG_REGISTERS: u8 = 12;

/// A distinct count as an Apache DataSketches HyperLogLog: close to exact up to some hundred values.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Distinct(Option<HllSketch>);

impl Distinct {
    /// Counts numbers. A set is several times cheaper than the sketch, and most values of a row group repeat.
    pub fn of_longs(numbers: impl IntoIterator<Item = i64>) -> Self {
        // Grown as needed: with room for every row it would not fit into the caches.
        let mut distinct = HashSet::new();
        let numbers = numbers.into_iter().map(i64::cast_unsigned);
        // In the order in which they come: the same rows make the same sketch, byte for byte.
        Self::of_distinct_hashes(numbers.filter(|number| distinct.insert(*number)))
    }

    /// Counts the hashes of values, each of which is given once.
    pub(super) fn of_distinct_hashes(hashes: impl Iterator<Item = u64>) -> Self {
        let Ok(mut sketch) = HllSketch::new(LG_REGISTERS, HllType::Hll4) else { return Self(None) };
        for hash in hashes {
            sketch.update(hash);
        }
        Self(Some(sketch))
    }

    /// Adds the values behind another count.
    pub fn merge(&mut self, other: &Self) {
        match (&mut self.0, &other.0) {
            (_, None) => {}
            (None, Some(theirs)) => self.0 = Some(theirs.clone()),
            (Some(mine), Some(theirs)) => {
                if let Ok(mut union) = HllUnion::new(LG_REGISTERS) {
                    union.update(mine);
                    union.update(theirs);
                    *mine = union.to_sketch(HllType::Hll4);
                }
            }
        }
    }

    /// The estimate.
    pub fn estimate(&self) -> f64 {
        self.0.as_ref().map_or(0.0, HllSketch::estimate)
    }
}

impl Serialize for Distinct {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.as_ref().map(|sketch| STANDARD.encode(sketch.serialize())).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(Self(None)) };
        let bytes = STANDARD.decode(text).map_err(serde::de::Error::custom)?;
        HllSketch::deserialize(&bytes).map(|sketch| Self(Some(sketch))).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_numbers_make_the_same_bytes() {
        let bytes =
            |most: i64| serde_json::to_string(&Distinct::of_longs((0..most).map(|n| n * n % 977))).unwrap();
        for most in [3, 20, 200, 5_000] {
            assert_eq!(bytes(most), bytes(most));
        }
    }

    #[test]
    fn merged_counts_are_counts_of_the_union() {
        let mut left = Distinct::of_longs(0..60_000);
        left.merge(&Distinct::of_longs(30_000..90_000));
        assert!((left.estimate() - 90_000.0).abs() < 90_000.0 * 0.05, "{}", left.estimate());
        let few = Distinct::of_longs([1, 2, 1]);
        assert!((few.estimate() - 2.0).abs() < 0.01);
    }

    #[test]
    fn counts_survive_json() {
        for count in [Distinct::default(), Distinct::of_longs([1, 2]), Distinct::of_longs(0..50_000)] {
            let text = serde_json::to_string(&count).unwrap();
            let back: Distinct = serde_json::from_str(&text).unwrap();
            assert_eq!(back.estimate(), count.estimate());
        }
    }
}
