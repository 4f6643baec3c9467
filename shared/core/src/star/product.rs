//! Products.

use arrow::array::{Array, RecordBatch};
use arrow::error::ArrowError;
use serde::{Deserialize, Serialize};

use super::attributes::{write_counts, write_purchases, write_times};
use super::{Activity, Attributes, Listing, ListingKey, Merge, Row, RowBuilder};
use crate::schema::{DIM_PRODUCTS, TableSchema};

/// What is known of a product: its state at the latest event, and all of its activity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Price at the latest event, in hundredths of the currency.
    pub price_cents: i64,
    /// Category at the latest event.
    pub category_id: Option<i64>,
    /// Dotted category code at the latest event, or unknown.
    pub category_code: Box<str>,
    /// Brand at the latest event, or unknown.
    pub brand: Box<str>,
    /// Times and counts; the last time is that of the latest event.
    pub activity: Activity,
}

impl Product {
    /// What a listing adds to its product.
    pub fn of(key: ListingKey, listing: &Listing) -> Self {
        Self {
            price_cents: listing.price_cents,
            category_id: key.category_id,
            category_code: key.category_code,
            brand: key.brand,
            activity: listing.activity,
        }
    }

    /// What decides which of two states is later.
    fn state(&self) -> (i64, i64, Option<i64>, &str, &str) {
        (self.activity.last_at, self.price_cents, self.category_id, &self.category_code, &self.brand)
    }
}

impl Merge for Product {
    fn merge(&mut self, other: Self) {
        let mut activity = self.activity;
        activity.merge(other.activity);
        if other.state() > self.state() {
            *self = other;
        }
        self.activity = activity;
    }
}

impl Row for Product {
    const TABLE: &'static TableSchema = &DIM_PRODUCTS;
    type Key = i64;

    fn write(key: &i64, product: Option<&Self>, version: &Attributes, to: &mut RowBuilder) {
        let activity = product.map(|product| &product.activity);
        to.long(Self::surrogate(key, version));
        to.long(*key);
        version.write_validity(to);
        match (&version.values, product) {
            (None, Some(product)) => {
                to.optional_long(product.category_id);
                to.text(&product.category_code);
                to.null();
                to.text(&product.brand);
                to.decimal(product.price_cents);
                to.null();
            }
            _ => (0..6).for_each(|attribute| version.write(attribute, to)),
        }
        write_times(activity, to);
        write_counts(activity, to);
        write_purchases(activity, to);
    }

    fn read(batch: &RecordBatch) -> Result<Vec<(i64, Self)>, ArrowError> {
        let columns = Self::reader(batch);
        let (ids, categories) = (columns.longs("product_id")?, columns.optional_longs("category_id")?);
        let (codes, brands) = (columns.texts("category_code")?, columns.texts("brand")?);
        let prices = columns.decimals("price")?;
        let activities = columns.activities("first_seen_at", "last_seen_at", "revenue")?;
        let row = |i: usize| {
            let product = Self {
                price_cents: prices[i],
                category_id: categories.is_valid(i).then(|| categories.value(i)),
                category_code: codes.value(i).into(),
                brand: brands.value(i).into(),
                activity: activities[i],
            };
            (ids[i], product)
        };
        columns.of_events(row)
    }
}
