//! Events as columns.

use std::ops::Range;

use super::EventType;

/// Texts, end to end.
#[derive(Debug, Clone)]
pub struct Text {
    offsets: Vec<i32>,
    bytes: Vec<u8>,
}

impl Default for Text {
    fn default() -> Self {
        Self { offsets: vec![0], bytes: Vec::new() }
    }
}

impl Text {
    /// Appends one text. The caller bounds the total far below 2 GiB.
    pub fn push(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.offsets.push(self.bytes.len() as i32);
    }

    /// One text.
    pub fn get(&self, row: usize) -> &[u8] {
        &self.bytes[self.offsets[row] as usize..self.offsets[row + 1] as usize]
    }

    fn extend(&mut self, other: &Self, rows: Range<usize>) {
        let (from, to) = (other.offsets[rows.start], other.offsets[rows.end]);
        let shift = self.bytes.len() as i32 - from;
        self.bytes.extend_from_slice(&other.bytes[from as usize..to as usize]);
        self.offsets.extend(other.offsets[rows.start + 1..=rows.end].iter().map(|o| o + shift));
    }

    fn size_bytes(&self) -> usize {
        self.bytes.len() + 4 * (self.offsets.len() - 1)
    }

    /// Gives away offsets and bytes, as Arrow lays them out.
    pub fn into_parts(self) -> (Vec<i32>, Vec<u8>) {
        (self.offsets, self.bytes)
    }
}

/// Accepted events, column by column, in source order. All columns have the same length; an empty
/// category_code or brand is null.
#[derive(Debug, Clone, Default)]
pub struct EventColumns {
    /// Identity, see [`super::EventIdHasher`].
    pub event_id: Vec<u128>,
    /// Microseconds since the Unix epoch, UTC.
    pub event_time: Vec<i64>,
    /// Type.
    pub event_type: Vec<EventType>,
    /// User.
    pub user_id: Vec<i64>,
    /// Product.
    pub product_id: Vec<i64>,
    /// Price in hundredths.
    pub price_cents: Vec<i64>,
    /// Session.
    pub session: Text,
    /// Category.
    pub category_id: Vec<Option<i64>>,
    /// Category code.
    pub category_code: Text,
    /// Brand.
    pub brand: Text,
}

impl EventColumns {
    /// Number of events.
    pub fn len(&self) -> usize {
        self.event_time.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.event_time.is_empty()
    }

    /// Appends a range of another's events.
    pub fn extend(&mut self, other: &Self, rows: Range<usize>) {
        self.event_id.extend_from_slice(&other.event_id[rows.clone()]);
        self.event_time.extend_from_slice(&other.event_time[rows.clone()]);
        self.event_type.extend_from_slice(&other.event_type[rows.clone()]);
        self.user_id.extend_from_slice(&other.user_id[rows.clone()]);
        self.product_id.extend_from_slice(&other.product_id[rows.clone()]);
        self.price_cents.extend_from_slice(&other.price_cents[rows.clone()]);
        self.category_id.extend_from_slice(&other.category_id[rows.clone()]);
        self.session.extend(&other.session, rows.clone());
        self.category_code.extend(&other.category_code, rows.clone());
        self.brand.extend(&other.brand, rows);
    }

    /// Bytes held, allocation slack not counted.
    pub fn size_bytes(&self) -> usize {
        let fixed =
            size_of::<u128>() + 4 * size_of::<i64>() + size_of::<EventType>() + size_of::<Option<i64>>();
        self.len() * fixed
            + self.session.size_bytes()
            + self.category_code.size_bytes()
            + self.brand.size_bytes()
    }
}
