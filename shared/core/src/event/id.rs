//! The identity of an event.

use xxhash_rust::xxh3::xxh3_128;

use super::EventType;

/// The 128-bit identity of an event: XXH3-128 (seed 0) of its nine source fields in canonical form, so
/// that spellings of one value (`33.2`, `33.20`; the same instant in two notations) are one event.
///
/// The bytes hashed, integers little-endian, in the order of the public dataset's columns:
///
/// | field | bytes |
/// |---|---|
/// | event_time | i64, microseconds since the Unix epoch |
/// | event_type | u32 length, UTF-8 |
/// | product_id | i64 |
/// | category_id | u8 0 if null, else u8 1 and i64 |
/// | category_code | u32 length, UTF-8; null is empty |
/// | brand | u32 length, UTF-8; null is empty |
/// | price | i64, hundredths |
/// | user_id | i64 |
/// | user_session | u32 length, UTF-8 |
///
/// Lengths stand before the texts so that no two events share their bytes. In tables it is written as 32
/// lower-case hex digits, most significant first. This definition never changes: the tables' deduplication
/// rests on it.
#[derive(Debug, Default)]
pub struct EventIdHasher {
    buffer: Vec<u8>,
}

impl EventIdHasher {
    /// Hashes one event. `scratch` keeps its allocation between calls.
    #[allow(clippy::too_many_arguments)] // nine fields make an event
    pub(super) fn hash(
        &mut self,
        event_time_us: i64,
        event_type: EventType,
        product_id: i64,
        category_id: Option<i64>,
        category_code: &[u8],
        brand: &[u8],
        price_cents: i64,
        user_id: i64,
        user_session: &[u8],
    ) -> u128 {
        self.buffer.clear();
        self.integer(event_time_us);
        self.text(event_type.as_str().as_bytes());
        self.integer(product_id);
        match category_id {
            None => self.buffer.push(0),
            Some(id) => {
                self.buffer.push(1);
                self.integer(id);
            }
        }
        self.text(category_code);
        self.text(brand);
        self.integer(price_cents);
        self.integer(user_id);
        self.text(user_session);
        xxh3_128(&self.buffer)
    }

    fn integer(&mut self, value: i64) {
        self.buffer.extend_from_slice(&value.to_le_bytes());
    }

    fn text(&mut self, value: &[u8]) {
        // Fields are bounded by the record limit, far below u32.
        self.buffer.extend_from_slice(&(value.len() as u32).to_le_bytes());
        self.buffer.extend_from_slice(value);
    }
}

/// Value of each byte as a lower-case hex digit; 0xff for any other byte.
const DIGITS: [u8; 256] = {
    let mut values = [0xff; 256];
    let mut digit = 0;
    while digit < 16 {
        values[b"0123456789abcdef"[digit] as usize] = digit as u8;
        digit += 1;
    }
    values
};

/// Reads an identity back from its 32 hex digits. Without branches on the digits, which are random.
pub fn parse_event_id(text: &str) -> Option<u128> {
    let digits: &[u8; 32] = text.as_bytes().try_into().ok()?;
    let mut seen = 0;
    let mut half = |digits: &[u8]| {
        digits.iter().fold(0u64, |half, &digit| {
            let value = DIGITS[usize::from(digit)];
            seen |= value;
            half << 4 | u64::from(value & 15)
        })
    };
    let (high, low) = (half(&digits[..16]), half(&digits[16..]));
    (seen < 16).then_some(u128::from(high) << 64 | u128::from(low))
}

/// Reads the id that a source gives an event: a UUID, 32 hex digits, or a number from 0, which becomes its digits in
/// hex behind zeros.
pub(super) fn parse_own_id(text: &[u8]) -> Option<u128> {
    let text = std::str::from_utf8(text).ok()?;
    match text.len() {
        36 => {
            let dashes = [8, 13, 18, 23];
            let are_dashes = dashes.iter().all(|at| text.as_bytes()[*at] == b'-');
            let digits: String = text.chars().filter(|c| *c != '-').collect();
            are_dashes.then(|| parse_event_id(&digits.to_ascii_lowercase())).flatten()
        }
        32 => parse_event_id(&text.to_ascii_lowercase()),
        _ => u128::try_from(super::number::parse_id(text.as_bytes())?).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_a_source_are_uuids_or_numbers() {
        let id = 0x72d7_6fde_8bb3_4e00_8c23_a032_dfed_738c;
        for text in ["72d76fde-8bb3-4e00-8c23-a032dfed738c", "72D76FDE8BB34E008C23A032DFED738C"] {
            assert_eq!(parse_own_id(text.as_bytes()), Some(id), "{text}");
        }
        assert_eq!(parse_own_id(b"12345"), Some(12345));
        for bad in ["-1", "x", "72d76fde-8bb3-4e00-8c23-a032dfed738", "72d76fde-8bb3-4e00-8c23xa032dfed738c"]
        {
            assert_eq!(parse_own_id(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn identities_are_read_as_they_are_written() {
        for id in [0, 1, u128::MAX, 0x0123_4567_89ab_cdef_fedc_ba98_7654_3210] {
            assert_eq!(parse_event_id(&format!("{id:032x}")), Some(id));
        }
        for bad in ["", "0", &"g".repeat(32), &"A".repeat(32), &"0".repeat(33)] {
            assert_eq!(parse_event_id(bad), None, "{bad}");
        }
    }
}
