//! Measures of a set of rows, which merge: the profile of a batch is the sum of its row groups' profiles.

mod distinct;
mod metrics;
mod price;

pub use distinct::Distinct;
pub use metrics::{Metric, metrics};
pub use price::Prices;

use serde::{Deserialize, Serialize};

use crate::event::{EventColumns, EventType, MICROS_PER_DAY, MICROS_PER_HOUR};

/// Measures of accepted rows of one date. All counts are exact but the distinct counts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Rows.
    pub rows: u64,
    /// Rows by event type, in the order of [`EventType::ALL`].
    pub event_types: [u64; 4],
    /// Rows by hour of day, UTC.
    pub hours: [u64; 24],
    /// Rows whose category_id is null.
    pub null_category_ids: u64,
    /// Rows whose category_code was null before imputation.
    pub null_category_codes: u64,
    /// Rows whose brand was null before imputation.
    pub null_brands: u64,
    /// Prices of all rows.
    pub prices: Prices,
    /// Sum of the prices of the purchases, in hundredths.
    pub purchases_cents: i64,
    /// Users.
    pub users: Distinct,
    /// Products.
    pub products: Distinct,
    /// Sessions.
    pub sessions: Distinct,
    /// Brands, null not counted.
    pub brands: Distinct,
    /// Category codes, null not counted.
    pub category_codes: Distinct,
}

impl Profile {
    /// Measures rows.
    pub fn of(rows: &EventColumns) -> Self {
        let mut profile = Self { rows: rows.len() as u64, ..Self::default() };
        for (&kind, &cents) in rows.event_type.iter().zip(&rows.price_cents) {
            profile.event_types[kind as usize] += 1;
            if kind == EventType::Purchase {
                profile.purchases_cents += cents;
            }
        }
        for time in &rows.event_time {
            profile.hours[(time.rem_euclid(MICROS_PER_DAY) / MICROS_PER_HOUR) as usize] += 1;
        }
        profile.null_category_ids = rows.category_id.iter().filter(|id| id.is_none()).count() as u64;
        let texts = |column: fn(&EventColumns) -> &crate::event::Text| {
            (0..rows.len()).map(move |row| column(rows).get(row)).filter(|text| !text.is_empty())
        };
        let (codes, brands) = (texts(|r| &r.category_code), texts(|r| &r.brand));
        profile.prices = Prices::of(&rows.price_cents);
        profile.users = Distinct::of_longs(&rows.user_id);
        profile.products = Distinct::of_longs(&rows.product_id);
        profile.sessions = Distinct::of_texts(texts(|r| &r.session));
        let (mut code_count, mut brand_count) = (0, 0);
        profile.category_codes = Distinct::of_texts(codes.inspect(|_| code_count += 1));
        profile.brands = Distinct::of_texts(brands.inspect(|_| brand_count += 1));
        profile.null_category_codes = profile.rows - code_count;
        profile.null_brands = profile.rows - brand_count;
        profile
    }

    /// Adds the measures of other rows.
    pub fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        for (mine, theirs) in self.event_types.iter_mut().zip(other.event_types) {
            *mine += theirs;
        }
        for (mine, theirs) in self.hours.iter_mut().zip(other.hours) {
            *mine += theirs;
        }
        self.null_category_ids += other.null_category_ids;
        self.null_category_codes += other.null_category_codes;
        self.null_brands += other.null_brands;
        self.prices.merge(&other.prices);
        self.purchases_cents += other.purchases_cents;
        self.users.merge(&other.users);
        self.products.merge(&other.products);
        self.sessions.merge(&other.sessions);
        self.brands.merge(&other.brands);
        self.category_codes.merge(&other.category_codes);
    }
}
