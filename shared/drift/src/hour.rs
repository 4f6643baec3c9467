//! Hours since the Unix epoch, UTC, and their spelling.

use estrella_core::event::{format_date, parse_date};

/// Hours in a day.
pub(crate) const DAY: i64 = 24;
/// Hours in a week.
pub(crate) const WEEK: i64 = 7 * DAY;

/// The date of an hour as `YYYY-MM-DD`, and its hour of day, 0 to 23.
pub fn date_and_hour(hour: i64) -> (String, i64) {
    // Years of thousands of digits have no spelling that anybody could use.
    let date = i32::try_from(hour.div_euclid(DAY)).unwrap_or(i32::MAX);
    (format_date(date), hour.rem_euclid(DAY))
}

/// `YYYY-MM-DD HH:00 UTC`, for people.
pub fn format_hour(hour: i64) -> String {
    let (date, of_day) = date_and_hour(hour);
    format!("{date} {of_day:02}:00 UTC")
}

/// `YYYY-MM-DDTHH:00:00Z`, for machines.
pub fn format_hour_iso(hour: i64) -> String {
    let (date, of_day) = date_and_hour(hour);
    format!("{date}T{of_day:02}:00:00Z")
}

/// Reads a date or a time of the whole hour, UTC: `YYYY-MM-DD`, with `THH` or ` HH` after it, also with `:00`, `:00:00`
/// and `Z` or ` UTC`. None of anything else.
pub fn parse_hour(text: &str) -> Option<i64> {
    let date = i64::from(parse_date(text.get(..10)?)?);
    let rest = text.get(10..)?;
    let rest = rest.strip_suffix('Z').or_else(|| rest.strip_suffix(" UTC")).unwrap_or(rest);
    if rest.is_empty() {
        return Some(date * DAY);
    }
    let of_day = rest.strip_prefix(['T', ' '])?;
    let (of_day, minutes) = of_day.split_at_checked(2)?;
    let is_whole = matches!(minutes, "" | ":00" | ":00:00");
    let is_digits = of_day.bytes().all(|byte| byte.is_ascii_digit());
    let of_day: i64 = of_day.parse().ok().filter(|hour| is_whole && is_digits && *hour < DAY)?;
    Some(date * DAY + of_day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_an_hour_is_read() {
        let hour = parse_hour("2026-11-27T09").unwrap();
        assert_eq!(format_hour(hour), "2026-11-27 09:00 UTC");
        for text in ["2026-11-27 09", "2026-11-27T09:00", "2026-11-27T09:00:00Z", &format_hour(hour)] {
            assert_eq!(parse_hour(text), Some(hour), "{text}");
        }
        assert_eq!(parse_hour("2026-11-27"), Some(hour - 9));
        assert_eq!(format_hour_iso(-1), "1969-12-31T23:00:00Z");
    }

    #[test]
    fn what_is_no_whole_hour_is_refused() {
        for text in [
            "",
            "2026-11",
            "2026-02-30",
            "2026-11-27T24",
            "2026-11-27T09:30",
            "2026-11-27T+9",
            "2026-11-27x09",
        ] {
            assert_eq!(parse_hour(text), None, "{text}");
        }
    }
}
