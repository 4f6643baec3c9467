//! Rows and sessions per hour.

use estrella_stats::{Test, median};

use super::spread::moderated_z;
use super::{Comparison, Finding, clump};
use crate::input::HourInput;
use crate::settings::{Monitor, Rule, Settings};
use crate::verdict::{HourVerdict, Outcome};

/// Whether far too few rows came for the other monitors to say anything.
pub(crate) fn has_failed(verdict: &HourVerdict, settings: &Settings) -> bool {
    let is_off = |outcome| matches!(outcome, Outcome::Breach | Outcome::Muted);
    let volume = verdict.results.iter().find(|result| result.monitor == Monitor::Volume.as_str());
    volume.is_some_and(|r| is_off(r.outcome) && r.observed < settings.fails_below * r.expected)
}

pub(super) fn rows(comparison: &Comparison<'_>, rule: &Rule) -> Finding {
    let clump = clump(&comparison.reference.all.input.profile);
    let mut finding = count(comparison, rule, clump, |input| input.profile.rows);
    finding.is_hard = finding.observed == 0.0 && finding.expected >= comparison.settings.hard_rows;
    Finding { unit: "rows", ..finding }
}

pub(super) fn sessions(comparison: &Comparison<'_>, rule: &Rule) -> Finding {
    Finding { unit: "sessions", ..count(comparison, rule, 1.0, |input| input.profile.sessions.sessions) }
}

/// The robust z of log(1 + count). The effect is how many times more or fewer there are.
fn count(comparison: &Comparison<'_>, rule: &Rule, clump: f64, count: impl Fn(&HourInput) -> u64) -> Finding {
    let log = |input: &HourInput| (count(input) as f64).ln_1p();
    let usual: Vec<f64> = comparison.reference.same_time.iter().map(|input| log(input)).collect();
    let current = log(&comparison.current.input);
    let observed = count(&comparison.current.input) as f64;
    let mut finding = Finding { test: "robust_z", observed, effect: 1.0, ..Finding::default() };
    let Some(center) = median(&usual) else { return finding };
    // Where the calendar expects another volume, what is usual is the nearest that it allows.
    let multiple = |center: f64, multiple: f64| (center.exp_m1() * multiple).ln_1p();
    let range = comparison.settings.calendar_of(comparison.hour).filter_map(|entry| entry.volume);
    let ranges = range.map(|[least, most]| current.clamp(multiple(center, least), multiple(center, most)));
    let nearest = ranges.min_by(|a, b| (a - current).abs().total_cmp(&(b - current).abs())).unwrap_or(center);
    finding.expected = nearest.exp_m1();
    if !rule.is_enough(center.exp_m1()) {
        return finding;
    }
    let shifted: Vec<f64> = usual.iter().map(|log| log + nearest - center).collect();
    let by_chance = (clump / center.exp()).sqrt();
    finding.outcome = Some(if current == nearest {
        Test::NOTHING
    } else {
        moderated_z(current, &shifted, rule.noise.hypot(by_chance))
    });
    finding.effect = (current - nearest).abs().exp();
    finding
}
