//! Instants and dates in UTC.

use chrono::{DateTime, Datelike, NaiveDate};

/// Microseconds in an hour.
pub const MICROS_PER_HOUR: i64 = 3_600_000_000;
/// Microseconds in a day; UTC in this system has no leap seconds.
pub const MICROS_PER_DAY: i64 = 24 * MICROS_PER_HOUR;

/// Below this a bare number is seconds, from here on milliseconds: 10^11 s is the year 5138, 10^11 ms is 1973.
const FIRST_MILLISECONDS: i64 = 100_000_000_000;

/// Reads `YYYY-MM-DD HH:MM:SS UTC`, RFC 3339, or epoch seconds or milliseconds, into microseconds since
/// the Unix epoch.
pub(super) fn parse_time(text: &[u8]) -> Option<i64> {
    if text.len() == 23 && text.ends_with(b" UTC") {
        return parse_plain(&text[..19]);
    }
    if text.iter().all(u8::is_ascii_digit) {
        let number = super::number::parse_id(text)?;
        let scale = if number < FIRST_MILLISECONDS { 1_000_000 } else { 1_000 };
        return number.checked_mul(scale);
    }
    let text = std::str::from_utf8(text).ok()?;
    DateTime::parse_from_rfc3339(text).ok().map(|t| t.timestamp_micros())
}

/// Reads `YYYY-MM-DD HH:MM:SS` without chrono: it stands on every row of the public dataset.
fn parse_plain(text: &[u8]) -> Option<i64> {
    let separators = [(4, b'-'), (7, b'-'), (10, b' '), (13, b':'), (16, b':')];
    if separators.iter().any(|&(at, byte)| text[at] != byte) {
        return None;
    }
    let two = |at: usize| -> Option<i64> {
        let (high, low) = (text[at].wrapping_sub(b'0'), text[at + 1].wrapping_sub(b'0'));
        (high <= 9 && low <= 9).then(|| i64::from(high) * 10 + i64::from(low))
    };
    let year = two(0)? * 100 + two(2)?;
    let (month, day, hour, minute, second) = (two(5)?, two(8)?, two(11)?, two(14)?, two(17)?);
    if !(1..=12).contains(&month) || day < 1 || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let month_days = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if day > month_days {
        return None;
    }
    // Days from civil: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days =
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468;
    Some(((days * 24 + hour) * 60 + minute) * 60_000_000 + second * 1_000_000)
}

/// The UTC date of an instant, in days since the Unix epoch. Instants outside of what i32 days hold are
/// clamped; the event window keeps such out of the tables.
pub fn date_of(micros: i64) -> i32 {
    i32::try_from(micros.div_euclid(MICROS_PER_DAY)).unwrap_or(if micros < 0 { i32::MIN } else { i32::MAX })
}

/// 1 = Sunday .. 7 = Saturday, as Spark's dayofweek. 1970-01-01 was a Thursday.
pub fn day_of_week(date: i32) -> i32 {
    (i64::from(date) + 4).rem_euclid(7) as i32 + 1
}

/// `YYYY-MM-DD` of a date in days since the Unix epoch.
pub fn format_date(date: i32) -> String {
    NaiveDate::from_epoch_days(date).map_or_else(|| format!("day {date}"), |d| d.to_string())
}

/// Days since the Unix epoch of `YYYY-MM-DD`.
pub fn parse_date(text: &str) -> Option<i32> {
    let date: NaiveDate = text.parse().ok()?;
    (date.to_string() == text).then(|| date.num_days_from_ce() - 719_163)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_one_instant_agrees() {
        let expected = Some(1_569_888_001_000_000);
        for text in [
            "2019-10-01 00:00:01 UTC",
            "2019-10-01T00:00:01Z",
            "2019-10-01T02:00:01.000+02:00",
            "1569888001",
            "1569888001000",
        ] {
            assert_eq!(parse_time(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(parse_time(b"2019-10-01T00:00:01.25Z"), Some(1_569_888_001_250_000));
    }

    #[test]
    fn impossible_times_are_refused() {
        for bad in [
            "",
            "2019-02-29 00:00:00 UTC",
            "2019-13-01 00:00:00 UTC",
            "2019-10-00 00:00:00 UTC",
            "2019-10-01 24:00:00 UTC",
            "2019-10-01 00:00:60 UTC",
            "2019-10-01 00:00:00",
            "2019-10-01 00:00:00 CET",
            "2019-1O-01 00:00:00 UTC",
            "01/10/2019 00:00",
            "99999999999999999999",
            "9223372036854775807",
        ] {
            assert_eq!(parse_time(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn the_fast_path_agrees_with_chrono() {
        for day in (-30_000..60_000).step_by(13) {
            let micros = i64::from(day) * MICROS_PER_DAY + 86_399 * 1_000_000;
            let text = format!("{} 23:59:59 UTC", format_date(day));
            assert_eq!(parse_time(text.as_bytes()), Some(micros), "{text}");
            assert_eq!(date_of(micros), day);
            assert_eq!(parse_date(&format_date(day)), Some(day));
        }
    }

    #[test]
    fn weekdays_count_as_spark_does() {
        let tuesday = parse_date("2019-10-01").unwrap();
        assert_eq!(day_of_week(tuesday), 3);
        assert_eq!(day_of_week(tuesday - 2), 1);
        assert_eq!(day_of_week(tuesday + 4), 7);
        assert_eq!(day_of_week(-4), 1);
    }
}
