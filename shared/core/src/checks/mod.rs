//! The built-in quality checks of a batch of events: what must hold whatever the rules of a lake say.

use estrella_contracts::{CheckResult, Decision, Outcome};

use crate::event::{MICROS_PER_DAY, MICROS_PER_HOUR, format_date};
use crate::profile::Profile;

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
    /// Rows set aside because they break a rule.
    pub quarantined: u64,
    /// Nulls by required column, as the files say.
    pub required_nulls: Vec<(&'static str, u64)>,
    /// Least and greatest event_time, as the files say; none of no rows.
    pub event_times: Option<(i64, i64)>,
    /// Rows whose event_id another row of the files has too.
    pub repeated_ids: u64,
    /// The profile.
    pub profile: Profile,
}

/// Judges a batch.
pub fn judge(measures: &Measures) -> Vec<CheckResult> {
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
    results
}

/// What the worst of some results means for their batch.
pub fn decide(results: &[CheckResult]) -> Decision {
    results.iter().map(|result| result.outcome.decision()).max().unwrap_or(Decision::Pass)
}

fn conservation(measures: &Measures) -> CheckResult {
    let kept = measures.rows + measures.quarantined + measures.duplicates;
    let profiled = measures.profile.rows() == measures.rows;
    let expected = "rows in - rows - quarantined - duplicates is 0".to_owned();
    let lost = measures.rows_in as f64 - kept as f64;
    result("conservation", None, passes(lost == 0.0 && profiled), lost, expected)
}

fn domains(measures: &Measures) -> Vec<CheckResult> {
    let hours = &measures.profile.hours;
    let rows = measures.profile.rows();
    let typed: u64 = hours.values().flat_map(|hour| hour.event_types).sum();
    let in_day: u64 = hours.range(0..24).map(|(_, hour)| hour.rows).sum();
    let least_price = hours.values().filter_map(|hour| hour.prices.min_cents).min().unwrap_or(1);
    let day = i64::from(measures.date) * MICROS_PER_DAY;
    let inside =
        measures.event_times.is_none_or(|(least, greatest)| least >= day && greatest < day + MICROS_PER_DAY);
    let off_hours =
        measures.event_times.map_or(0.0, |(least, _)| (least - day) as f64 / MICROS_PER_HOUR as f64);
    vec![
        count("domain", Some("event_type"), rows.abs_diff(typed), typed == rows, "one of the four types"),
        count("domain", Some("hour_of_day"), rows.abs_diff(in_day), in_day == rows, "0-23"),
        result(
            "domain",
            Some("price"),
            passes(least_price > 0),
            least_price as f64 / 100.0,
            "least price above 0".to_owned(),
        ),
        result(
            "domain",
            Some("event_time"),
            passes(inside),
            off_hours,
            format!(
                "within {}; observed is the first event in hours of that day",
                format_date(measures.date)
            ),
        ),
    ]
}

fn passes(good: bool) -> Outcome {
    if good { Outcome::Pass } else { Outcome::Block }
}

fn count(name: &str, column: Option<&str>, observed: u64, good: bool, expected: &str) -> CheckResult {
    result(name, column, passes(good), observed as f64, expected.to_owned())
}

fn result(
    name: &str,
    column: Option<&str>,
    outcome: Outcome,
    observed: f64,
    expected: String,
) -> CheckResult {
    CheckResult {
        name: name.to_owned(),
        column: column.map(str::to_owned),
        outcome,
        observed: Some(observed),
        expected,
        rule_id: None,
        rule: None,
        failing_rows: None,
    }
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
            quarantined: 0,
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
        decide(&judge(&measures))
    }

    #[test]
    fn a_good_batch_passes() {
        assert_eq!(decision(|_| ()), Decision::Pass);
        assert_eq!(decision(|m| (m.duplicates, m.quarantined) = (1, 1)), Decision::Pass);
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
        assert_eq!(decision(|m| (m.rows_in, m.rows, m.duplicates) = (0, 0, 0)), Decision::Block);
    }
}
