//! Events, as the facts have them.

use arrow::array::{Array, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::buffer::ScalarBuffer;
use arrow::error::ArrowError;

use super::RowReader;
use crate::event::EventType;
use crate::schema::FACT_USER_EVENTS;

/// The columns of the facts that dimensions are made from.
pub const EVENT_COLUMNS: [&str; 9] = [
    "event_time",
    "event_type",
    "user_id",
    "product_id",
    "price",
    "session_id",
    "category_id",
    "category_name",
    "brand",
];

/// An event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event<'a> {
    /// Microseconds since the Unix epoch.
    pub event_time: i64,
    /// Type.
    pub event_type: EventType,
    /// User.
    pub user_id: i64,
    /// Product.
    pub product_id: i64,
    /// Price, in hundredths of the currency.
    pub price_cents: i64,
    /// Session.
    pub session_id: &'a str,
    /// Category.
    pub category_id: Option<i64>,
    /// Dotted category code, or unknown.
    pub category_code: &'a str,
    /// Brand, or unknown.
    pub brand: &'a str,
}

/// A batch of facts, read as events.
#[derive(Debug)]
pub struct Events {
    times: ScalarBuffer<i64>,
    types: Vec<EventType>,
    users: ScalarBuffer<i64>,
    products: ScalarBuffer<i64>,
    prices: Vec<i64>,
    sessions: Words,
    categories: Int64Array,
    codes: Words,
    brands: Words,
}

/// Texts that repeat: each row has a position among the distinct ones.
#[derive(Debug)]
pub struct Words {
    distinct: StringArray,
    rows: ScalarBuffer<i32>,
}

impl Words {
    /// The texts; some may stand there twice, or be of no row.
    pub fn distinct(&self) -> impl ExactSizeIterator<Item = &str> {
        self.distinct.iter().map(Option::unwrap_or_default)
    }

    /// Position of a row's text among the distinct ones.
    pub fn position(&self, row: usize) -> usize {
        // Arrow has checked that it is one.
        self.rows[row] as usize
    }

    /// A row's text.
    pub fn text(&self, row: usize) -> &str {
        self.distinct.value(self.position(row))
    }
}

impl Events {
    /// Reads [`EVENT_COLUMNS`], which may come in any order. Texts are read fastest as dictionaries.
    ///
    /// # Errors
    /// If a column is missing, does not fit the table, or has an event type that is none.
    pub fn new(batch: &RecordBatch) -> Result<Self, ArrowError> {
        let facts = RowReader::new(&FACT_USER_EVENTS, batch);
        Ok(Self {
            times: facts.times("event_time")?,
            types: types(&words(&facts, "event_type")?)?,
            users: facts.longs("user_id")?,
            products: facts.longs("product_id")?,
            prices: facts.decimals("price")?,
            sessions: words(&facts, "session_id")?,
            categories: facts.optional_longs("category_id")?,
            codes: words(&facts, "category_name")?,
            brands: words(&facts, "brand")?,
        })
    }

    /// Number of events.
    pub fn len(&self) -> usize {
        self.types.len()
    }

    /// Whether there are no events.
    pub fn is_empty(&self) -> bool {
        self.types.is_empty()
    }

    /// The events, in the order of the batch.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Event<'_>> {
        (0..self.len()).map(|row| self.event(row))
    }

    /// One event.
    pub fn event(&self, row: usize) -> Event<'_> {
        Event {
            event_time: self.times[row],
            event_type: self.types[row],
            user_id: self.users[row],
            product_id: self.products[row],
            price_cents: self.prices[row],
            session_id: self.sessions.text(row),
            category_id: self.categories.is_valid(row).then(|| self.categories.value(row)),
            category_code: self.codes.text(row),
            brand: self.brands.text(row),
        }
    }

    /// The sessions.
    pub fn sessions(&self) -> &Words {
        &self.sessions
    }

    /// The category codes.
    pub fn category_codes(&self) -> &Words {
        &self.codes
    }

    /// The brands.
    pub fn brands(&self) -> &Words {
        &self.brands
    }
}

fn words(facts: &RowReader<'_>, name: &str) -> Result<Words, ArrowError> {
    let column = facts.dictionary(name)?;
    let distinct = column.values().as_string::<i32>().clone();
    let is_null = |key: &i32| distinct.is_null(*key as usize);
    if distinct.null_count() > 0 && column.keys().values().iter().any(is_null) {
        return Err(ArrowError::SchemaError(format!("required column {name} has nulls")));
    }
    Ok(Words { distinct, rows: column.keys().values().clone() })
}

fn types(words: &Words) -> Result<Vec<EventType>, ArrowError> {
    // A dictionary may hold words that no row has.
    let types: Vec<Option<EventType>> =
        words.distinct().map(|word| EventType::parse(word.as_bytes())).collect();
    let of_row = |row: usize| {
        let parsed = types[words.position(row)];
        parsed.ok_or_else(|| ArrowError::ParseError(format!("{:?} is no event type", words.text(row))))
    };
    (0..words.rows.len()).map(of_row).collect()
}
