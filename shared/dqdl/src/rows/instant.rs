//! Dates and instants in texts.

use chrono::{DateTime, NaiveDate, NaiveDateTime};

/// The instant that a text says, in microseconds since the Unix epoch: `2022-06-30` is its first, and times without a
/// zone are UTC.
pub(crate) fn parse(text: &str) -> Option<i64> {
    if let Some(date) = parse_date(text) {
        return Some(i64::from(date) * 86_400_000_000);
    }
    let text = text.strip_suffix(" UTC").unwrap_or(text);
    let local = |format| NaiveDateTime::parse_from_str(text, format).ok().map(|time| time.and_utc());
    let time = local("%Y-%m-%d %H:%M:%S%.f")
        .or_else(|| local("%Y-%m-%dT%H:%M:%S%.f"))
        .or_else(|| DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc()))?;
    Some(time.timestamp_micros())
}

/// The date that a text says, in days since the Unix epoch.
pub(crate) fn parse_date(text: &str) -> Option<i32> {
    // Chrono also takes 2022-6-3, which as a text does not sort as a date.
    let date = (text.len() == 10).then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())??;
    i32::try_from((date - NaiveDate::default()).num_days()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_instants_are_read() {
        assert_eq!(parse("1970-01-02"), Some(86_400_000_000));
        assert_eq!(parse("1969-12-31"), Some(-86_400_000_000));
        for text in ["1970-01-01 00:00:01.5", "1970-01-01T00:00:01.5", "1970-01-01T01:00:01.5+01:00"] {
            assert_eq!(parse(text), Some(1_500_000), "{text}");
        }
        assert_eq!(parse("2019-11-01 00:00:00 UTC"), Some(1_572_566_400_000_000));
        for text in ["", "2022-13-01", "2022-6-3", "yesterday"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
