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

    /// Moves a range of texts up to the `kept` that are kept so far.
    fn keep(&mut self, kept: usize, rows: Range<usize>) {
        let (from, to) = (self.offsets[rows.start], self.offsets[rows.end]);
        let end = self.offsets[kept];
        self.bytes.copy_within(from as usize..to as usize, end as usize);
        for (at, row) in (kept + 1..).zip(rows.start + 1..=rows.end) {
            self.offsets[at] = self.offsets[row] - from + end;
        }
    }

    fn truncate(&mut self, kept: usize) {
        self.bytes.truncate(self.offsets[kept] as usize);
        self.offsets.truncate(kept + 1);
    }

    /// Empty, with room for so many texts of so many bytes together.
    pub(crate) fn with_room(texts: usize, bytes: usize) -> Self {
        let mut offsets = Vec::with_capacity(texts + 1);
        offsets.push(0);
        Self { offsets, bytes: Vec::with_capacity(bytes) }
    }

    /// Bytes of all texts together.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    fn size_bytes(&self) -> usize {
        self.bytes.len() + 4 * (self.offsets.len() - 1)
    }

    /// Gives away offsets and bytes, as Arrow lays them out.
    pub fn into_parts(self) -> (Vec<i32>, Vec<u8>) {
        (self.offsets, self.bytes)
    }
}

/// How much events take: columns that are made in their full size need not grow.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Room {
    events: usize,
    session_bytes: usize,
    category_code_bytes: usize,
    brand_bytes: usize,
}

impl Room {
    /// An eighth more, for what comes next and is much the same.
    pub(crate) fn with_slack(self) -> Self {
        let more = |n: usize| n + n / 8;
        Self {
            events: more(self.events),
            session_bytes: more(self.session_bytes),
            category_code_bytes: more(self.category_code_bytes),
            brand_bytes: more(self.brand_bytes),
        }
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
    /// Empty, with room for so much.
    pub(crate) fn with_room(room: Room) -> Self {
        Self {
            event_id: Vec::with_capacity(room.events),
            event_time: Vec::with_capacity(room.events),
            event_type: Vec::with_capacity(room.events),
            user_id: Vec::with_capacity(room.events),
            product_id: Vec::with_capacity(room.events),
            price_cents: Vec::with_capacity(room.events),
            session: Text::with_room(room.events, room.session_bytes),
            category_id: Vec::with_capacity(room.events),
            category_code: Text::with_room(room.events, room.category_code_bytes),
            brand: Text::with_room(room.events, room.brand_bytes),
        }
    }

    /// How much there is.
    pub(crate) fn room(&self) -> Room {
        Room {
            events: self.len(),
            session_bytes: self.session.bytes.len(),
            category_code_bytes: self.category_code.bytes.len(),
            brand_bytes: self.brand.bytes.len(),
        }
    }

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

    /// Keeps ranges of the events, which are ascending and do not overlap.
    pub(crate) fn keep(&mut self, ranges: impl Iterator<Item = Range<usize>>) {
        let mut kept = 0;
        for rows in ranges {
            self.event_id.copy_within(rows.clone(), kept);
            self.event_time.copy_within(rows.clone(), kept);
            self.event_type.copy_within(rows.clone(), kept);
            self.user_id.copy_within(rows.clone(), kept);
            self.product_id.copy_within(rows.clone(), kept);
            self.price_cents.copy_within(rows.clone(), kept);
            self.category_id.copy_within(rows.clone(), kept);
            self.session.keep(kept, rows.clone());
            self.category_code.keep(kept, rows.clone());
            self.brand.keep(kept, rows.clone());
            kept += rows.len();
        }
        self.event_id.truncate(kept);
        self.event_time.truncate(kept);
        self.event_type.truncate(kept);
        self.user_id.truncate(kept);
        self.product_id.truncate(kept);
        self.price_cents.truncate(kept);
        self.category_id.truncate(kept);
        self.session.truncate(kept);
        self.category_code.truncate(kept);
        self.brand.truncate(kept);
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
