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

/// Reads an identity back from its 32 hex digits, lower case.
pub fn parse_event_id(text: &str) -> Option<u128> {
    let digits: &[u8; 32] = text.as_bytes().try_into().ok()?;
    let mut id = 0;
    let mut is_hex = true;
    for eight in digits.as_chunks::<8>().0 {
        let (value, is_good) = parse_eight(*eight);
        id = id << 32 | u128::from(value);
        is_hex &= is_good;
    }
    is_hex.then_some(id)
}

/// Eight hex digits in one word, without a look-up or a branch on what is random; and whether they are some.
fn parse_eight(digits: [u8; 8]) -> (u32, bool) {
    /// The same in each byte.
    const fn each(byte: u8) -> u64 {
        u64::from_ne_bytes([byte; 8])
    }
    let text = u64::from_be_bytes(digits);
    // The seventh bit tells letters from digits. What is neither would be written otherwise than it stands.
    let letters = text >> 6 & each(1);
    let values = (text & each(15)).wrapping_add(letters.wrapping_mul(9)) & each(15);
    let above_nine = values.wrapping_add(each(6)) >> 4 & each(1);
    let written = values + each(b'0') + above_nine * u64::from(b'a' - b'0' - 10);
    let pairs = (values | values >> 4) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs | pairs >> 8) & 0x0000_ffff_0000_ffff;
    ((fours | fours >> 16) as u32, written == text)
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

    #[test]
    fn only_hex_digits_are_hex_digits() {
        for (position, byte) in (0..8).flat_map(|position| (0..=u8::MAX).map(move |byte| (position, byte))) {
            let mut digits = *b"01234567";
            digits[position] = byte;
            let is_hex = matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            let (value, is_good) = parse_eight(digits);
            assert_eq!(is_good, is_hex, "{byte:#x} at {position}");
            if is_hex {
                let text = std::str::from_utf8(&digits).unwrap();
                assert_eq!(u32::from_str_radix(text, 16), Ok(value));
            }
        }
    }
}
