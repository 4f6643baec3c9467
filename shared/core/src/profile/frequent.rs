//! The most frequent texts, which merge.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use datasketches::frequencies::{ErrorType, FrequentItemsSketch};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Texts that are kept at most are three quarters of it.
const MAP_SIZE: usize = 1024;

/// Counts of the most frequent texts as an Apache DataSketches sketch: exact up to 768 different ones; with more,
/// rare ones are left out, and a count is too high by at most [`max_error`](Self::max_error).
#[derive(Debug, Clone, Default)]
pub struct Frequent(Option<FrequentItemsSketch<String>>);

impl Frequent {
    /// Adds `count` times a text.
    pub fn add(&mut self, text: &str, count: u64) {
        let sketch = self.0.take().or_else(|| FrequentItemsSketch::new(MAP_SIZE).ok());
        self.0 = sketch.map(|mut sketch| {
            sketch.update_with_count(text.to_owned(), count);
            sketch
        });
    }

    /// Adds the texts behind other counts.
    pub fn merge(&mut self, other: &Self) {
        match (&mut self.0, &other.0) {
            (_, None) => {}
            (None, Some(theirs)) => self.0 = Some(theirs.clone()),
            (Some(mine), Some(theirs)) => mine.merge(theirs),
        }
    }

    /// The texts that are kept, with their counts.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        let rows = self.0.as_ref().map(|sketch| sketch.frequent_items(ErrorType::NoFalseNegatives));
        rows.into_iter().flatten().map(|row| (row.item().clone(), row.estimate())).collect()
    }

    /// How much too high a count may be at most.
    pub fn max_error(&self) -> u64 {
        self.0.as_ref().map_or(0, FrequentItemsSketch::maximum_error)
    }
}

/// By what they tell; sketches of equal content may be laid out differently.
impl PartialEq for Frequent {
    fn eq(&self, other: &Self) -> bool {
        self.max_error() == other.max_error() && self.counts() == other.counts()
    }
}

impl Serialize for Frequent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.as_ref().map(|sketch| STANDARD.encode(sketch.serialize())).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Frequent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(Self(None)) };
        let bytes = STANDARD.decode(text).map_err(serde::de::Error::custom)?;
        FrequentItemsSketch::deserialize(&bytes)
            .map(|sketch| Self(Some(sketch)))
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_texts_are_counted_exactly_and_survive_json() {
        let (mut left, mut right) = (Frequent::default(), Frequent::default());
        left.add("samsung", 3);
        left.add("apple", 1);
        right.add("samsung", 4);
        left.merge(&right);
        left.merge(&Frequent::default());
        assert_eq!(left.counts(), BTreeMap::from([("apple".to_owned(), 1), ("samsung".to_owned(), 7)]));
        let back: Frequent = serde_json::from_str(&serde_json::to_string(&left).unwrap()).unwrap();
        assert_eq!(back, left);
    }

    #[test]
    fn of_many_texts_the_frequent_ones_stay() {
        let mut many = Frequent::default();
        for n in 0..20_000u64 {
            many.add(&format!("brand-{n}"), 1);
            many.add("samsung", 1);
        }
        let counts = many.counts();
        assert!(counts.len() <= 768 && many.max_error() > 0);
        assert!((20_000..=20_000 + many.max_error()).contains(&counts["samsung"]));
    }
}
