//! What dimensions are sorted by.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use serde::de::{DeserializeOwned, Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A key that sorts as its column does.
pub trait SortKey: Ord + Hash + Clone + fmt::Debug + Send + Sync + Serialize + DeserializeOwned {
    /// Sorts as the key does, as far as it goes: keys with equal prefixes have to be compared themselves.
    fn prefix(&self) -> u64;
}

impl SortKey for i64 {
    fn prefix(&self) -> u64 {
        // Two's complement with the sign bit flipped sorts as unsigned.
        self.cast_unsigned() ^ (1 << 63)
    }
}

impl SortKey for Box<str> {
    fn prefix(&self) -> u64 {
        text_prefix(self.as_bytes())
    }
}

/// The first eight bytes. Padding with zeros keeps the order: a text sorts before what it is the beginning of.
pub(super) fn text_prefix(text: &[u8]) -> u64 {
    let mut prefix = [0; 8];
    let length = text.len().min(8);
    prefix[..length].copy_from_slice(&text[..length]);
    u64::from_be_bytes(prefix)
}

/// Length of a UUID as text.
const UUID_BYTES: usize = 36;

/// The id of a session. Most are UUIDs; those lie in place, so that millions of them need no allocation.
#[derive(Clone)]
pub struct SessionId(Repr);

#[derive(Clone)]
enum Repr {
    InPlace([u8; UUID_BYTES]),
    Boxed(Box<str>),
}

impl SessionId {
    /// The id as bytes of UTF-8.
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Repr::InPlace(bytes) => bytes,
            Repr::Boxed(text) => text.as_bytes(),
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            // They were text when they came in.
            Repr::InPlace(bytes) => std::str::from_utf8(bytes).unwrap_or_default(),
            Repr::Boxed(text) => text,
        }
    }
}

impl From<&str> for SessionId {
    fn from(text: &str) -> Self {
        Self(match text.as_bytes().try_into() {
            Ok(bytes) => Repr::InPlace(bytes),
            Err(_) => Repr::Boxed(text.into()),
        })
    }
}

impl PartialEq for SessionId {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for SessionId {}

impl PartialOrd for SessionId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SessionId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl Hash for SessionId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl SortKey for SessionId {
    fn prefix(&self) -> u64 {
        text_prefix(self.as_bytes())
    }
}

impl Serialize for SessionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Whether it is text is checked where it is read: this is for spilling, by the million.
        serializer.serialize_bytes(self.as_bytes())
    }
}

impl<'de> Deserialize<'de> for SessionId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = SessionId;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a session id")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<SessionId, E> {
                let text = std::str::from_utf8(bytes);
                text.map(SessionId::from).map_err(|_| E::invalid_value(Unexpected::Bytes(bytes), &self))
            }
        }
        deserializer.deserialize_bytes(Text)
    }
}
