//! One hour against history.

use std::collections::BTreeMap;

use estrella_stats::{Test, benjamini_hochberg, median};

use crate::input::HourInput;
use crate::monitors::{Comparison, Finding, contributors, has_failed, look};
use crate::reference::{Reference, Unit};
use crate::settings::{Monitor, Settings};
use crate::state::State;
use crate::verdict::{HourVerdict, MonitorResult, Outcome, name_of};

/// Compares one closed hour with history: the same hour of the week, or of the day, or the days of the last week,
/// whichever is the first to have enough; with too little it says that it is learning. An hour without rows is an hour,
/// and its volume is judged.
///
/// `history` may hold more hours than [`wanted_hours`](crate::wanted_hours), and never needs all. Left out of the
/// reference are the hour itself, hours that `state` excludes, and those of the calendar.
///
/// A result is a breach if its adjusted p-value (Benjamini-Hochberg over all monitors of the hour) and its effect both
/// pass the monitor's rule and the hour is further off than the reference's own hours are from each other; or if it is
/// hard: no row at all where many are usual.
pub fn evaluate(
    hour: i64,
    current: &HourInput,
    history: &BTreeMap<i64, HourInput>,
    settings: &Settings,
    state: &State,
) -> HourVerdict {
    let reference = Reference::of(hour, history, settings, state);
    let current = Unit::of(current);
    let comparison = Comparison { hour, current: &current, reference: &reference, settings };
    let enabled = Monitor::ALL.into_iter().filter(|monitor| settings.rule(*monitor).enabled);
    let found: Vec<(Monitor, Finding)> = enabled
        .flat_map(|monitor| look(monitor, &comparison).into_iter().map(move |finding| (monitor, finding)))
        .collect();
    let adjusted = adjusted(&found);
    let results = found.iter().zip(adjusted);
    let results = results.map(|((monitor, finding), p)| result(*monitor, finding, p, &comparison, state));
    let usual: Vec<f64> = reference.same_time.iter().map(|input| input.profile.rows as f64).collect();
    let mut verdict = HourVerdict {
        hour,
        rows: current.input.profile.rows,
        expected_rows: median(&usual),
        season: reference.season,
        results: results.collect(),
        reference_hours: reference.hours.clone(),
    };
    if has_failed(&verdict, settings) {
        let others = verdict.results.iter_mut().filter(|result| result.monitor != Monitor::Volume.as_str());
        others.filter(|result| result.outcome != Outcome::Learning).for_each(|r| r.outcome = Outcome::Muted);
    }
    verdict
}

/// The p-values of what was judged, adjusted for each other; 1 for what was not.
fn adjusted(found: &[(Monitor, Finding)]) -> Vec<f64> {
    let judged: Vec<f64> =
        found.iter().filter_map(|(_, finding)| finding.outcome.map(|test| test.p_value)).collect();
    let mut adjusted = benjamini_hochberg(&judged).into_iter();
    let next =
        |(_, finding): &(Monitor, Finding)| finding.outcome.and_then(|_| adjusted.next()).unwrap_or(1.0);
    found.iter().map(next).collect()
}

fn result(
    monitor: Monitor,
    finding: &Finding,
    p_adjusted: f64,
    comparison: &Comparison<'_>,
    state: &State,
) -> MonitorResult {
    let rule = comparison.settings.rule(monitor);
    let test = finding.outcome.unwrap_or(Test::NOTHING);
    let is_off =
        finding.is_hard || p_adjusted <= rule.p && finding.effect >= rule.floor && finding.is_unusual;
    let name = name_of(monitor.as_str(), finding.segment.as_deref());
    let outcome = match finding.outcome {
        None => Outcome::Learning,
        Some(_) if !is_off => Outcome::Ok,
        Some(_) if state.is_muted(&name, comparison.hour) || is_expected(monitor, &name, comparison) => {
            Outcome::Muted
        }
        Some(_) => Outcome::Breach,
    };
    let parts = if is_off { contributors(monitor, finding, comparison) } else { Vec::new() };
    MonitorResult {
        monitor: monitor.as_str().to_owned(),
        column: monitor.column().to_owned(),
        segment: finding.segment.clone(),
        test: finding.test.to_owned(),
        outcome,
        severity: rule.severity_of(finding.effect),
        is_hard: finding.is_hard,
        statistic: finite(test.statistic),
        p_value: test.p_value,
        p_adjusted,
        effect: finite(finding.effect),
        effect_floor: rule.floor,
        observed: finite(finding.observed),
        expected: finite(finding.expected),
        unit: finding.unit.to_owned(),
        contributors: parts,
    }
}

/// Whether the calendar says that the monitor is to be unusual. What it says of the volume is part of that monitor's
/// comparison.
fn is_expected(monitor: Monitor, name: &str, comparison: &Comparison<'_>) -> bool {
    let has_range = matches!(monitor, Monitor::Volume | Monitor::Sessions);
    let mut entries = comparison.settings.calendar_of(comparison.hour);
    entries.any(|entry| entry.expects(name) && !(has_range && entry.volume.is_some()))
}

/// A number that JSON can carry.
fn finite(value: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value.clamp(f64::MIN, f64::MAX) }
}
