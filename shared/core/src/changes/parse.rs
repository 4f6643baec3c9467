//! From the texts of a change file to values.

use chrono::{DateTime, NaiveDateTime};

use crate::event::{parse_date, parse_long};

pub(super) fn boolean(text: &[u8]) -> Option<bool> {
    match text {
        b"true" | b"t" | b"1" | b"TRUE" | b"True" => Some(true),
        b"false" | b"f" | b"0" | b"FALSE" | b"False" => Some(false),
        _ => None,
    }
}

pub(super) fn long(text: &[u8]) -> Option<i64> {
    parse_long(text)
}

pub(super) fn double(text: &[u8]) -> Option<f64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// A decimal in units of its last digit. More digits than the column holds are accepted only if they are zeros.
pub(super) fn decimal(text: &[u8], precision: u8, scale: i8) -> Option<i64> {
    let (negative, digits) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        _ => (false, text),
    };
    let point = memchr::memchr(b'.', digits).unwrap_or(digits.len());
    let (whole, fraction) = (&digits[..point], digits.get(point + 1..).unwrap_or_default());
    let scale = usize::try_from(scale).ok()?;
    if (whole.is_empty() && fraction.is_empty()) || fraction.iter().skip(scale).any(|digit| *digit != b'0') {
        return None;
    }
    let mut units: i64 = 0;
    let places = fraction.iter().copied().chain(std::iter::repeat(b'0')).take(scale);
    for digit in whole.iter().copied().chain(places) {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        units = units.checked_mul(10)?.checked_add(digit.into())?;
    }
    let fits = units < 10i64.checked_pow(precision.into())?;
    fits.then_some(if negative { -units } else { units })
}

/// `YYYY-MM-DD`, or the date of a time.
pub(super) fn date(text: &[u8]) -> Option<i32> {
    let text = std::str::from_utf8(text).ok()?;
    parse_date(text.get(..10)?).filter(|_| text.len() == 10 || text.as_bytes()[10] == b' ')
}

/// `YYYY-MM-DD HH:MM:SS.ffffff`, UTC unless it says otherwise, with a space or a T; microseconds since the Unix epoch.
pub(super) fn time(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    let plain = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"];
    if let Some(time) = plain.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok()) {
        return Some(time.and_utc().timestamp_micros());
    }
    let zoned = ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M:%S%.f%#z"];
    let time = zoned.iter().find_map(|form| DateTime::parse_from_str(text, form).ok())?;
    Some(time.timestamp_micros())
}
