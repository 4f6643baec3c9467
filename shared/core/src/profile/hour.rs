//! Measures of one hour, which merge.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Frequent, Prices, SessionSums};
use crate::event::EventType;

/// Categories that are kept by name; the public dataset has 130 or so, and a sender's error may make thousands.
pub const MAX_CATEGORIES: usize = 200;

/// Measures of accepted rows of one hour, or of several.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HourProfile {
    /// Rows.
    pub rows: u64,
    /// Rows by event type, in the order of [`EventType::ALL`].
    pub event_types: [u64; EventType::ALL.len()],
    /// Rows whose category_id is null.
    pub null_category_ids: u64,
    /// Rows whose category_code was null before imputation.
    pub null_category_codes: u64,
    /// Rows whose brand was null before imputation.
    pub null_brands: u64,
    /// Sum of the prices of the purchases, in hundredths.
    pub purchases_cents: i128,
    /// Prices of all rows.
    pub prices: Prices,
    /// Rows by category code, null under the empty one. Exact up to [`MAX_CATEGORIES`]; of more, the rarest are
    /// added up in `other_categories`.
    pub categories: BTreeMap<String, Segment>,
    /// Rows of categories that are not kept by name.
    pub other_categories: Segment,
    /// Rows by brand, null not counted.
    pub brands: Frequent,
    /// Sessions.
    pub sessions: SessionSums,
}

/// Measures of the rows of one category.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Rows by event type, in the order of [`EventType::ALL`].
    pub event_types: [u64; EventType::ALL.len()],
    /// Prices.
    pub prices: Prices,
}

impl Segment {
    /// Rows.
    pub fn rows(&self) -> u64 {
        self.event_types.iter().sum()
    }

    /// Adds other rows.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.event_types.iter_mut().zip(other.event_types) {
            *mine += theirs;
        }
        self.prices.merge(&other.prices);
    }
}

impl HourProfile {
    /// Adds the measures of other rows.
    pub fn merge(&mut self, other: &Self) {
        self.merge_unnamed(other);
        for (name, segment) in &other.categories {
            match self.categories.get_mut(name) {
                Some(mine) => mine.merge(segment),
                None => drop(self.categories.insert(name.clone(), segment.clone())),
            }
        }
        self.other_categories.merge(&other.other_categories);
        self.bound_categories();
        self.brands.merge(&other.brands);
    }

    /// Adds the measures of other rows, but for those by category and brand, which take most of the time.
    pub(super) fn merge_unnamed(&mut self, other: &Self) {
        self.rows += other.rows;
        for (mine, theirs) in self.event_types.iter_mut().zip(other.event_types) {
            *mine += theirs;
        }
        self.null_category_ids += other.null_category_ids;
        self.null_category_codes += other.null_category_codes;
        self.null_brands += other.null_brands;
        self.purchases_cents += other.purchases_cents;
        self.prices.merge(&other.prices);
        self.sessions.merge(&other.sessions);
    }

    /// Gives the rarest categories up where there are too many.
    pub(super) fn bound_categories(&mut self) {
        if self.categories.len() <= MAX_CATEGORIES {
            return;
        }
        let mut by_rows: Vec<_> = std::mem::take(&mut self.categories).into_iter().collect();
        by_rows.sort_by_key(|(_, segment)| Reverse(segment.rows()));
        for (_, rare) in by_rows.split_off(MAX_CATEGORIES) {
            self.other_categories.merge(&rare);
        }
        self.categories = by_rows.into_iter().collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_too_many_categories_the_rarest_are_added_up() {
        let mut all = HourProfile::default();
        for n in 0..MAX_CATEGORIES as u64 + 50 {
            let mut one = HourProfile::default();
            let segment = Segment { event_types: [n + 1, 0, 0, 0], ..Segment::default() };
            one.categories.insert(format!("c{n}"), segment);
            all.merge(&one);
        }
        assert_eq!(all.categories.len(), MAX_CATEGORIES);
        let kept: u64 = all.categories.values().map(Segment::rows).sum();
        assert_eq!(kept + all.other_categories.rows(), (1..=250).sum::<u64>());
        assert!(all.categories.contains_key("c249") && !all.categories.contains_key("c0"));
    }
}
