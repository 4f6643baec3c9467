//! How figures and times are written.

use chrono::DateTime;

const HOUR_MS: i64 = 3_600_000;
/// Stands for what is not known.
pub(crate) const UNKNOWN: &str = "–";
/// Keeps a figure and its unit on one line.
const THIN: char = '\u{202f}';

/// A number in groups of three digits.
pub(crate) fn count(number: u64) -> String {
    grouped(&number.to_string())
}

fn grouped(digits: &str) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    let mut text = sign.to_owned();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with four significant digits, or all digits before the point; very small and very large ones in
/// scientific notation.
pub(crate) fn figure(number: Option<f64>) -> String {
    let Some(number) = number.filter(|n| n.is_finite()) else { return UNKNOWN.to_owned() };
    let size = number.abs();
    if size == 0.0 {
        return "0".to_owned();
    }
    if !(1e-4..1e15).contains(&size) {
        return format!("{number:.1e}");
    }
    let decimals = (3 - size.log10().floor() as i32).clamp(0, 7) as usize;
    let text = format!("{number:.decimals$}");
    match text.split_once('.') {
        Some((whole, fraction)) => {
            let fraction = fraction.trim_end_matches('0');
            let point = if fraction.is_empty() { "" } else { "." };
            format!("{}{point}{fraction}", grouped(whole))
        }
        None => grouped(&text),
    }
}

/// A share in percent: one decimal, two below one percent and next to all.
pub(crate) fn percent(share: Option<f64>) -> String {
    let Some(share) = share.filter(|s| s.is_finite()) else { return UNKNOWN.to_owned() };
    let percent = share * 100.0;
    let whole = percent == 0.0 || percent == 100.0;
    let decimals = match percent.abs() {
        _ if whole => 0,
        p if p < 0.995 || (99.5..100.0).contains(&p) => 2,
        _ => 1,
    };
    if !whole && percent.abs() < 0.005 {
        return format!("<{THIN}0.01{THIN}%");
    }
    // Not all is never written as all.
    let shown = if percent < 100.0 { percent.min(99.99) } else { percent };
    let text = format!("{shown:.decimals$}");
    let (digits, rest) = text.split_once('.').unwrap_or((&text, ""));
    let point = if rest.is_empty() { "" } else { "." };
    format!("{}{point}{rest}{THIN}%", grouped(digits))
}

/// A round share in percent, without decimals that say nothing.
pub(crate) fn round_percent(share: f64) -> String {
    percent(Some(share)).replace(&format!(".0{THIN}"), &THIN.to_string())
}

/// A part of a whole; none if the whole is nothing.
pub(crate) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// A figure with its unit; `share` is percent.
pub(crate) fn with_unit(number: Option<f64>, unit: &str) -> String {
    match unit {
        "share" => percent(number),
        _ if unit.is_empty() || number.is_none_or(|n| !n.is_finite()) => figure(number),
        _ => format!("{}\u{a0}{unit}", figure(number)),
    }
}

/// `2019-11-25 14:03`, UTC.
pub(crate) fn minute(ms: i64) -> String {
    time(ms, "%Y-%m-%d %H:%M")
}

/// RFC 3339, for machines.
pub(crate) fn machine_time(ms: i64) -> String {
    time(ms, "%Y-%m-%dT%H:%M:%SZ")
}

/// An hour in a pattern of chrono.
pub(crate) fn hour(hour: i64, pattern: &str) -> String {
    time(hour_ms(hour), pattern)
}

/// Start of an hour.
pub(crate) fn hour_ms(hour: i64) -> i64 {
    hour.saturating_mul(HOUR_MS)
}

fn time(ms: i64, pattern: &str) -> String {
    // Beyond the years that a calendar has.
    let Some(time) = DateTime::from_timestamp_millis(ms) else { return UNKNOWN.to_owned() };
    time.format(pattern).to_string()
}

/// How long, in its two greatest units: `3 h 10 min`.
pub(crate) fn duration(ms: u64) -> String {
    let seconds = ms / 1000;
    let two = |big: u64, big_unit, small: u64, small_unit| match small {
        0 => format!("{}\u{a0}{big_unit}", count(big)),
        _ => format!("{}\u{a0}{big_unit} {small}\u{a0}{small_unit}", count(big)),
    };
    match seconds {
        0 => format!("{ms}\u{a0}ms"),
        1..60 => format!("{seconds}\u{a0}s"),
        60..3600 => two(seconds / 60, "min", seconds % 60, "s"),
        3600..86_400 => two(seconds / 3600, "h", seconds / 60 % 60, "min"),
        _ => two(seconds / 86_400, "d", seconds / 3600 % 24, "h"),
    }
}

/// How long ago, to the minute.
pub(crate) fn age(now_ms: i64, then_ms: i64) -> String {
    match u64::try_from(now_ms.saturating_sub(then_ms)).unwrap_or(0) {
        ms if ms < 60_000 => "under 1\u{a0}min".to_owned(),
        ms => duration(ms - ms % 60_000),
    }
}

/// A name of no more than so many characters; a shortened one ends with an ellipsis.
pub(crate) fn shortened(name: &str, max: usize) -> String {
    if name.is_empty() {
        return "(empty)".to_owned();
    }
    match name.char_indices().nth(max) {
        Some(_) => name.chars().take(max.saturating_sub(1)).chain(['…']).collect(),
        None => name.to_owned(),
    }
}

/// `1 rule`, `2 rules`.
pub(crate) fn counted(number: usize, noun: &str) -> String {
    format!("{}\u{a0}{noun}{}", count(number as u64), if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_000), "1,000");
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
    }

    #[test]
    fn figures_keep_four_digits() {
        let shown = |n: f64| figure(Some(n));
        assert_eq!(shown(0.0), "0");
        assert_eq!(shown(-0.0), "0");
        assert_eq!(shown(0.031_249), "0.03125");
        assert_eq!(shown(2.0), "2");
        assert_eq!(shown(1234.5), "1,234");
        assert_eq!(shown(-1_234_567.0), "-1,234,567");
        assert_eq!(shown(3.2e-9), "3.2e-9");
        assert_eq!(shown(1e300), "1.0e300");
        assert_eq!(shown(f64::NAN), UNKNOWN);
        assert_eq!(shown(f64::NEG_INFINITY), UNKNOWN);
        assert_eq!(figure(None), UNKNOWN);
    }

    #[test]
    fn shares_are_percent() {
        let shown = |s: f64| percent(Some(s)).replace(THIN, " ");
        assert_eq!(shown(0.0), "0 %");
        assert_eq!(shown(1.0), "100 %");
        assert_eq!(shown(0.1234), "12.3 %");
        assert_eq!(shown(0.00042), "0.04 %");
        assert_eq!(shown(0.000_001), "< 0.01 %");
        assert_eq!(shown(0.999_999), "99.99 %");
        assert_eq!(shown(12.5), "1,250.0 %");
        assert_eq!([0.1, 0.025].map(|s| round_percent(s).replace(THIN, " ")), ["10 %", "2.5 %"]);
        assert_eq!(shown(f64::INFINITY), UNKNOWN);
    }

    #[test]
    fn units_follow_figures_that_are_known() {
        assert_eq!(with_unit(Some(12.0), "EUR"), "12\u{a0}EUR");
        assert_eq!(with_unit(Some(12.0), ""), "12");
        assert_eq!(with_unit(Some(f64::NAN), "EUR"), UNKNOWN);
        assert_eq!(with_unit(Some(0.5), "share"), percent(Some(0.5)));
    }

    #[test]
    fn long_names_are_cut_between_characters() {
        assert_eq!(shortened("brand", 5), "brand");
        assert_eq!(shortened("brands", 5), "bran…");
        assert_eq!(shortened("", 5), "(empty)");
        assert_eq!(shortened(&"é".repeat(99), 7), "éééééé…");
    }

    #[test]
    fn times_are_utc_and_never_fail() {
        assert_eq!(minute(1_574_690_580_000), "2019-11-25 14:03");
        assert_eq!(hour(437_414, "%a %-d %b"), "Mon 25 Nov");
        assert_eq!(machine_time(0), "1970-01-01T00:00:00Z");
        assert_eq!(minute(i64::MAX), UNKNOWN);
        assert_eq!(hour(i64::MIN, "%H"), UNKNOWN);
    }

    #[test]
    fn durations_have_two_units() {
        let shown = |ms| duration(ms).replace('\u{a0}', " ");
        assert_eq!(shown(12), "12 ms");
        assert_eq!(shown(59_999), "59 s");
        assert_eq!(shown(61_000), "1 min 1 s");
        assert_eq!(shown(11_400_000), "3 h 10 min");
        assert_eq!(shown(2 * 86_400_000), "2 d");
        assert_eq!(age(100, 5_000), "under 1\u{a0}min");
        assert_eq!(age(11_400_000, 0).replace('\u{a0}', " "), "3 h 10 min");
    }
}
