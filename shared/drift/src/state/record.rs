//! What is kept of an hour's verdict.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::settings::Settings;
use crate::verdict::{HourVerdict, Outcome, Season, Severity};

/// What is kept of an hour's verdict: what tells an incident's beginning and its end.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Record {
    /// Monitors in breach.
    #[serde(rename = "b", skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) breaches: BTreeMap<String, Hit>,
    /// Monitors that would be.
    #[serde(rename = "m", skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) muted: BTreeSet<String>,
    /// Whether nothing can be said: there is no reference, or the volume has failed.
    #[serde(rename = "x", skip_serializing_if = "std::ops::Not::not")]
    pub(super) is_blind: bool,
    #[serde(rename = "r")]
    pub(super) rows: u64,
    #[serde(rename = "e")]
    pub(super) expected_rows: u64,
}

/// A monitor in breach.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Hit {
    #[serde(rename = "s")]
    pub(super) severity: Severity,
    /// Whether this hour alone is enough.
    #[serde(rename = "h", default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) is_hard: bool,
}

impl Record {
    pub(super) fn of(verdict: &HourVerdict, settings: &Settings) -> Self {
        let has_failed = crate::monitors::has_failed(verdict, settings);
        let with = |outcome| verdict.results.iter().filter(move |result| result.outcome == outcome);
        let hit = |result: &crate::MonitorResult| Hit { severity: result.severity, is_hard: result.is_hard };
        Self {
            breaches: with(Outcome::Breach).map(|result| (result.name(), hit(result))).collect(),
            // Of an hour whose volume has failed all the others are muted: that it is blind says as much.
            muted: if has_failed {
                BTreeSet::new()
            } else {
                with(Outcome::Muted).map(|r| r.name()).collect()
            },
            is_blind: has_failed || verdict.season == Season::Learning,
            rows: verdict.rows,
            expected_rows: verdict.expected_rows.unwrap_or(verdict.rows as f64).round() as u64,
        }
    }

    /// Whether one of the monitors is in breach.
    pub(super) fn breaches_any(&self, monitors: &BTreeSet<String>) -> bool {
        self.breaches.keys().any(|name| monitors.contains(name))
    }

    /// Whether the monitors were heard, and none of them is in breach or would be.
    pub(super) fn is_clean_of(&self, monitors: &BTreeSet<String>) -> bool {
        !self.is_blind && !self.breaches_any(monitors) && self.muted.is_disjoint(monitors)
    }
}
