//! What became of one product under one category and brand.

use serde::{Deserialize, Serialize};

use super::{Activity, Aggregate, Event, Merge, SortKey};

/// A product and what it was listed as. Sorts by product first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ListingKey {
    /// Product.
    pub product_id: i64,
    /// Category.
    pub category_id: Option<i64>,
    /// Dotted category code, or unknown.
    pub category_code: Box<str>,
    /// Brand, or unknown.
    pub brand: Box<str>,
}

impl SortKey for ListingKey {
    fn prefix(&self) -> u64 {
        self.product_id.prefix()
    }
}

impl From<&Event<'_>> for ListingKey {
    fn from(event: &Event<'_>) -> Self {
        Self {
            product_id: event.product_id,
            category_id: event.category_id,
            category_code: event.category_code.into(),
            brand: event.brand.into(),
        }
    }
}

/// What became of one product under one category and brand. Products, categories and brands are all made from
/// these, and there are far fewer than events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// Price at the latest event, the greatest of one time, in hundredths of the currency.
    pub price_cents: i64,
    /// Times and counts; the last time is that of the latest event.
    pub activity: Activity,
}

impl Aggregate for Listing {
    fn of(event: &Event<'_>) -> Self {
        Self { price_cents: event.price_cents, activity: Activity::of(event) }
    }

    fn add(&mut self, event: &Event<'_>) {
        if (event.event_time, event.price_cents) > (self.activity.last_at, self.price_cents) {
            self.price_cents = event.price_cents;
        }
        self.activity.add(event);
    }
}

impl Merge for Listing {
    fn merge(&mut self, other: Self) {
        if (other.activity.last_at, other.price_cents) > (self.activity.last_at, self.price_cents) {
            self.price_cents = other.price_cents;
        }
        self.activity.merge(other.activity);
    }
}
