//! What each monitor measures.

use crate::settings::{Monitor, Settings};
use crate::verdict::{HourVerdict, Outcome};

/// Whether far too few rows came for the other monitors to say anything.
pub(crate) fn has_failed(verdict: &HourVerdict, settings: &Settings) -> bool {
    let is_off = |outcome| matches!(outcome, Outcome::Breach | Outcome::Muted);
    let volume = verdict.results.iter().find(|result| result.monitor == Monitor::Volume.as_str());
    volume.is_some_and(|r| is_off(r.outcome) && r.observed < settings.fails_below * r.expected)
}
