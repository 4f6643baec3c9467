//! Exact numbers from text.

/// Digits before the point that decimal(12,2) holds.
const MAX_UNITS: i64 = 9_999_999_999;

/// Reads a 64-bit integer: an optional minus and digits, nothing else, so `2.10381E+18` is none.
pub(crate) fn parse_id(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        _ => (false, text),
    };
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    let mut value: u64 = 0;
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        // 19 digits fit in u64, so this cannot wrap.
        value = value * 10 + u64::from(digit);
    }
    if negative { 0i64.checked_sub_unsigned(value) } else { i64::try_from(value).ok() }
}

/// Reads a decimal price into hundredths. Digits past the second are accepted only if they are zeros:
/// rounding would change what the shop said.
pub(super) fn parse_cents(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        _ => (false, text),
    };
    let point = memchr::memchr(b'.', digits).unwrap_or(digits.len());
    let (units, fraction) = (&digits[..point], digits.get(point + 1..).unwrap_or_default());
    if units.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value: i64 = 0;
    for &byte in units {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + i64::from(digit);
        if value > MAX_UNITS {
            return None;
        }
    }
    for place in 0..2 {
        let digit = fraction.get(place).map_or(0, |b| b.wrapping_sub(b'0'));
        if digit > 9 {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    if fraction.iter().skip(2).any(|&b| b != b'0') {
        return None;
    }
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_exact_or_nothing() {
        assert_eq!(parse_id(b"2103807459595387724"), Some(2_103_807_459_595_387_724));
        assert_eq!(parse_id(b"9223372036854775807"), Some(i64::MAX));
        assert_eq!(parse_id(b"-9223372036854775808"), Some(i64::MIN));
        for bad in ["9223372036854775808", "2.10381E+18", "", "-", "+1", "1 ", "0x1", "99999999999999999999"]
        {
            assert_eq!(parse_id(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn prices_are_exact_or_nothing() {
        for (text, cents) in [
            ("33.20", 3320),
            ("33.2", 3320),
            ("33", 3300),
            (".5", 50),
            ("5.", 500),
            ("0.00", 0),
            ("-1.05", -105),
            ("1.2300", 123),
            ("9999999999.99", 999_999_999_999),
        ] {
            assert_eq!(parse_cents(text.as_bytes()), Some(cents), "{text}");
        }
        for bad in ["", ".", "-", "1.234", "1e3", "1,5", "NaN", "inf", "10000000000", " 1", "1.x", "1.0x"] {
            assert_eq!(parse_cents(bad.as_bytes()), None, "{bad}");
        }
    }
}
