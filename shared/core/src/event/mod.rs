//! One event: its source fields, its rules and its columns.

mod columns;
mod id;
mod number;
mod reject;
mod row;
mod time;

pub(crate) use columns::Room;
pub use columns::{EventColumns, Text};
pub use id::{EventIdHasher, parse_event_id};
pub(crate) use number::parse_id as parse_long;
pub use reject::{Reason, Reasons, RejectedRow};
pub use row::{RowParser, Rules, SourceRow};
pub use time::{MICROS_PER_DAY, MICROS_PER_HOUR, date_of, day_of_week, format_date, parse_date};

/// The columns of a source object, in the order of the public dataset.
pub const SOURCE_COLUMNS: [&str; 9] = [
    "event_time",
    "event_type",
    "product_id",
    "category_id",
    "category_code",
    "brand",
    "price",
    "user_id",
    "user_session",
];

/// What stands for a brand or category that the source does not know.
pub const UNKNOWN: &str = "unknown";

/// What the user did. The discriminant is the index into counts per type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum EventType {
    /// Looked at a product.
    View = 0,
    /// Put a product into the cart.
    Cart = 1,
    /// Took a product out of the cart.
    RemoveFromCart = 2,
    /// Bought a product.
    Purchase = 3,
}

impl EventType {
    /// All types, by discriminant.
    pub const ALL: [Self; 4] = [Self::View, Self::Cart, Self::RemoveFromCart, Self::Purchase];

    /// The word in source and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Cart => "cart",
            Self::RemoveFromCart => "remove_from_cart",
            Self::Purchase => "purchase",
        }
    }

    /// Reads the word; anything else is no event type.
    pub fn parse(word: &[u8]) -> Option<Self> {
        match word {
            b"view" => Some(Self::View),
            b"cart" => Some(Self::Cart),
            b"remove_from_cart" => Some(Self::RemoveFromCart),
            b"purchase" => Some(Self::Purchase),
            _ => None,
        }
    }
}
