//! The least and the greatest length of texts.

use arrow::array::Array;

use super::Selection;
use crate::rows::{Column, Values, characters};

/// Lengths in characters; nulls are left out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lengths(pub(crate) Option<(i64, i64)>);

impl Lengths {
    pub(crate) fn update(&mut self, column: &Column, selection: &Selection) {
        match &column.values {
            Values::Text(array) => selection.for_each(|row| self.add(characters(array.value(row)))),
            Values::Dictionary(dictionary, texts) => {
                let by_key: Vec<i64> = (0..texts.len())
                    .map(|key| if texts.is_null(key) { 0 } else { characters(texts.value(key)) })
                    .collect();
                let keys = dictionary.keys().values();
                selection.for_each(|row| {
                    if let Some(length) = by_key.get(keys[row] as usize) {
                        self.add(*length);
                    }
                });
            }
            _ => {}
        }
    }

    fn add(&mut self, length: i64) {
        self.merge(&Self(Some((length, length))));
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.0 = match (self.0, other.0) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (mine, theirs) => mine.or(theirs),
        };
    }
}
