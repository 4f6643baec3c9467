//! Results in words, for somebody who has just been woken.

use crate::settings::Monitor;
use crate::verdict::{Contributor, MonitorResult};

/// What a monitor watches, as the beginning of a line.
pub(super) fn title(result: &MonitorResult) -> String {
    let segment = result.segment.as_deref().unwrap_or_default();
    let monitor = Monitor::ALL.into_iter().find(|monitor| monitor.as_str() == result.monitor);
    let title = match monitor {
        Some(Monitor::Volume) => "rows per hour",
        Some(Monitor::Sessions) => "sessions per hour",
        Some(Monitor::EventMix) => "share of an event type",
        Some(Monitor::ViewToCart) => "carts per view",
        Some(Monitor::CartToPurchase) => "purchases per cart",
        Some(Monitor::ViewToPurchase) => "purchases per view",
        Some(Monitor::Price) => "mean price",
        Some(Monitor::CategoryPrice) => return format!("mean price in {segment}"),
        Some(Monitor::NullBrand) => "rows without brand",
        Some(Monitor::NullCategoryCode) => "rows without category code",
        Some(Monitor::NullCategoryId) => "rows without category id",
        Some(Monitor::CategoryMix) => "share of a category",
        Some(Monitor::BrandMix) => "share of a brand",
        Some(Monitor::NewBrands) => "rows of brands never seen",
        Some(Monitor::NewCategories) => "rows of categories never seen",
        Some(Monitor::SessionLength) => "length of a session",
        Some(Monitor::EventsPerSession) => "events per session",
        Some(Monitor::LargestSession) => "events of one session",
        Some(Monitor::Duplicates) => "duplicate rows",
        Some(Monitor::Rejects) => "refused rows",
        Some(Monitor::Schema) => "columns that no rule knows",
        None => return result.name(),
    };
    // Of a mix it is told what moved most.
    match result.contributors.first().filter(|_| result.segment.is_none()) {
        Some(first) if title.starts_with("share of a") => format!("share of {}", first.segment),
        _ => title.to_owned(),
    }
}

/// One line: what, how much, and against what.
pub(super) fn line(result: &MonitorResult) -> String {
    format!("{}{}", short(result), change(result.observed, result.expected))
}

/// The same without the change.
pub(super) fn short(result: &MonitorResult) -> String {
    let observed = quantity(result.observed, &result.unit);
    let expected = quantity(result.expected, &result.unit);
    format!("{}: {observed} instead of {expected}", title(result))
}

/// One line of the drill-down.
pub(super) fn contributor(part: &Contributor, unit: &str) -> String {
    let (observed, expected) = (quantity(part.observed, unit), quantity(part.expected, unit));
    format!("{}: {observed} instead of {expected}, {} of the change", part.segment, percent(part.share))
}

/// By how much it is more or less; nothing where nothing is usual.
fn change(observed: f64, expected: f64) -> String {
    if expected <= 0.0 {
        return String::new();
    }
    let times = observed / expected;
    if times >= 10.0 {
        format!(" ({times:.0} times as much)")
    } else {
        format!(" ({:+.0} %)", (times - 1.0) * 100.0)
    }
}

fn quantity(value: f64, unit: &str) -> String {
    match unit {
        "share" | "rate" => percent(value),
        "price" => grouped(value, 2),
        "seconds" => format!("{} s", grouped(value, 0)),
        "events" => grouped(value, 1),
        _ => grouped(value, 0),
    }
}

fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent != 0.0 && percent.abs() < 10.0 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

/// With a comma between thousands.
pub(super) fn grouped(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut out = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    let is_negative = value < 0.0 && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
    format!("{}{out}{rest}", if is_negative { "-" } else { "" })
}

/// `1 hour`, `2 hours`.
pub(super) fn counted(count: u64, what: &str) -> String {
    format!("{} {what}{}", grouped(count as f64, 0), if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(grouped(1_234_567.0, 0), "1,234,567");
        assert_eq!(grouped(999.996, 2), "1,000.00");
        assert_eq!(grouped(-0.2, 0), "0");
        assert_eq!(grouped(-1500.0, 0), "-1,500");
        assert_eq!(
            (percent(0.0), percent(0.012), percent(0.999)),
            ("0 %".into(), "1.2 %".into(), "100 %".into())
        );
        assert_eq!(change(0.0, 5.0), " (-100 %)");
        assert_eq!(change(100.0, 1.0), " (100 times as much)");
        assert_eq!(change(1.0, 0.0), "");
        assert_eq!((counted(1, "hour"), counted(3, "hour")), ("1 hour".into(), "3 hours".into()));
    }
}
