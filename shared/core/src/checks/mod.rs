//! The built-in quality checks of a batch of events.

use estrella_contracts::{CheckResult, Decision};

use crate::event::{MICROS_PER_DAY, MICROS_PER_HOUR, format_date};
use crate::profile::Profile;

/// Limits of the checks, as shares from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// Refused rows of the batch's objects: from here on somebody is told.
    pub reject_share_warn: f64,
    /// Refused rows of the batch's objects: from here on the batch is held back.
    pub reject_share_block: f64,
    /// Nulls of brand or category_code: from here on somebody is told.
    pub null_share_warn: f64,
}

impl Default for Thresholds {
    /// The public dataset refuses 0.1 % of its rows; a fifth is a broken export.
    fn default() -> Self {
        Self { reject_share_warn: 0.01, reject_share_block: 0.2, null_share_warn: 0.05 }
    }
}

/// What was measured of a batch.
#[derive(Debug, Clone)]
pub struct Measures {
    /// Date of the batch, days since the Unix epoch.
    pub date: i32,
    /// Rows that were to be cleaned.
    pub rows_in: u64,
    /// Rows in the batch's new files, as the files say.
    pub rows: u64,
    /// Rows dropped as duplicates.
    pub duplicates: u64,
    /// Rows read from the batch's objects, all dates.
    pub source_rows: u64,
    /// Rows refused in the batch's objects, all dates.
    pub source_rejected: u64,
    /// Nulls by required column, as the files say.
    pub required_nulls: Vec<(&'static str, u64)>,
    /// Least and greatest event_time, as the files say; none of no rows.
    pub event_times: Option<(i64, i64)>,
    /// Rows whose event_id another row of the files has too.
    pub repeated_ids: u64,
    /// The profile.
    pub profile: Profile,
}

/// Judges a batch: the worst outcome decides.
pub fn judge(measures: &Measures, thresholds: &Thresholds) -> (Decision, Vec<CheckResult>) {
    let mut results = vec![
        count("row_count", None, measures.rows_in, measures.rows_in > 0, "at least one row"),
        conservation(measures),
        count(
            "unique",
            Some("event_id"),
            measures.repeated_ids,
            measures.repeated_ids == 0,
            "no row with another's id",
        ),
    ];
    for (column, nulls) in &measures.required_nulls {
        results.push(count("complete", Some(column), *nulls, *nulls == 0, "no nulls"));
    }
    results.extend(domains(measures));
    results.push(reject_share(measures, thresholds));
    let total = measures.profile.total();
    let rows = total.rows;
    for (column, nulls) in [("brand", total.null_brands), ("category_code", total.null_category_codes)] {
        let share = share(nulls, rows);
        let outcome = if share >= thresholds.null_share_warn { Decision::Warn } else { Decision::Pass };
        let expected = format!("null share below {}", thresholds.null_share_warn);
        results.push(result("null_share", Some(column), outcome, share, expected));
    }
    (results.iter().map(|r| r.outcome).max().unwrap_or(Decision::Pass), results)
}

/// How bad a share of refused rows is; also asked of objects that have no accepted row and so no batch.
pub fn judge_reject_share(rejected: u64, rows: u64, thresholds: &Thresholds) -> Decision {
    match share(rejected, rows) {
        share if share >= thresholds.reject_share_block => Decision::Block,
        share if share >= thresholds.reject_share_warn => Decision::Warn,
        _ => Decision::Pass,
    }
}

fn reject_share(measures: &Measures, thresholds: &Thresholds) -> CheckResult {
    let (rejected, rows) = (measures.source_rejected, measures.source_rows);
    let outcome = judge_reject_share(rejected, rows, thresholds);
    let expected =
        format!("below {}, held back from {}", thresholds.reject_share_warn, thresholds.reject_share_block);
    result("reject_share", None, outcome, share(rejected, rows), expected)
}

fn conservation(measures: &Measures) -> CheckResult {
    let lost = measures.rows_in as f64 - (measures.rows + measures.duplicates) as f64;
    let profiled = measures.profile.rows() == measures.rows;
    let outcome = if lost == 0.0 && profiled { Decision::Pass } else { Decision::Block };
    result("conservation", None, outcome, lost, "rows in - rows - duplicates is 0".to_owned())
}

fn domains(measures: &Measures) -> Vec<CheckResult> {
    let profile = measures.profile.total();
    let typed: u64 = profile.event_types.iter().sum();
    let hours: u64 = measures.profile.hours.range(0..24).map(|(_, hour)| hour.rows).sum();
    let least_price = profile.prices.min_cents.unwrap_or(1);
    let day = i64::from(measures.date) * MICROS_PER_DAY;
    let inside =
        measures.event_times.is_none_or(|(least, greatest)| least >= day && greatest < day + MICROS_PER_DAY);
    let off_hours =
        measures.event_times.map_or(0.0, |(least, _)| (least - day) as f64 / MICROS_PER_HOUR as f64);
    vec![
        count(
            "domain",
            Some("event_type"),
            profile.rows.abs_diff(typed),
            typed == profile.rows,
            "one of the four types",
        ),
        count("domain", Some("hour_of_day"), profile.rows.abs_diff(hours), hours == profile.rows, "0-23"),
        result(
            "domain",
            Some("price"),
            if least_price > 0 { Decision::Pass } else { Decision::Block },
            least_price as f64 / 100.0,
            "least price above 0".to_owned(),
        ),
        result(
            "domain",
            Some("event_time"),
            if inside { Decision::Pass } else { Decision::Block },
            off_hours,
            format!(
                "within {}; observed is the first event in hours of that day",
                format_date(measures.date)
            ),
        ),
    ]
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn count(name: &str, column: Option<&str>, observed: u64, good: bool, expected: &str) -> CheckResult {
    let outcome = if good { Decision::Pass } else { Decision::Block };
    result(name, column, outcome, observed as f64, expected.to_owned())
}

fn result(
    name: &str,
    column: Option<&str>,
    outcome: Decision,
    observed: f64,
    expected: String,
) -> CheckResult {
    CheckResult { name: name.to_owned(), column: column.map(str::to_owned), outcome, observed, expected }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{HourProfile, Prices};

    fn good() -> Measures {
        let mut profile = Profile::default();
        let prices = Prices::of(&[100; 10]);
        let hour = HourProfile { rows: 10, event_types: [9, 1, 0, 0], prices, ..HourProfile::default() };
        profile.hours.insert(3, hour);
        Measures {
            date: 0,
            rows_in: 12,
            rows: 10,
            duplicates: 2,
            source_rows: 1_000,
            source_rejected: 1,
            required_nulls: vec![("user_id", 0)],
            event_times: Some((0, MICROS_PER_DAY - 1)),
            repeated_ids: 0,
            profile,
        }
    }

    fn hour(measures: &mut Measures) -> &mut HourProfile {
        measures.profile.hours.get_mut(&3).unwrap()
    }

    fn decision(change: impl FnOnce(&mut Measures)) -> Decision {
        let mut measures = good();
        change(&mut measures);
        judge(&measures, &Thresholds::default()).0
    }

    #[test]
    fn a_good_batch_passes() {
        assert_eq!(decision(|_| ()), Decision::Pass);
        let (_, results) = judge(&good(), &Thresholds::default());
        assert!(results.len() >= 10);
    }

    #[test]
    fn each_check_can_fail() {
        assert_eq!(decision(|m| m.duplicates = 1), Decision::Block);
        assert_eq!(decision(|m| m.repeated_ids = 1), Decision::Block);
        assert_eq!(decision(|m| m.required_nulls[0].1 = 1), Decision::Block);
        assert_eq!(decision(|m| hour(m).event_types[0] = 8), Decision::Block);
        assert_eq!(decision(|m| hour(m).rows = 9), Decision::Block);
        let to_no_hour = |m: &mut Measures| {
            let hour = m.profile.hours.remove(&3).unwrap();
            m.profile.hours.insert(24, hour);
        };
        assert_eq!(decision(to_no_hour), Decision::Block);
        assert_eq!(decision(|m| hour(m).prices = Prices::of(&[0])), Decision::Block);
        assert_eq!(decision(|m| m.event_times = Some((-1, 0))), Decision::Block);
        assert_eq!(decision(|m| m.event_times = Some((0, MICROS_PER_DAY))), Decision::Block);
        assert_eq!(decision(|m| m.source_rejected = 10), Decision::Warn);
        assert_eq!(decision(|m| m.source_rejected = 200), Decision::Block);
        assert_eq!(decision(|m| hour(m).null_brands = 1), Decision::Warn);
        assert_eq!(decision(|m| (m.rows_in, m.rows, m.duplicates) = (0, 0, 0)), Decision::Block);
    }
}
