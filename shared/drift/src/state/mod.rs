//! What has been told and what is open.

mod acknowledge;
mod extent;
mod incident;
mod record;
mod step;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use acknowledge::{Mute, StateError};
pub use incident::{Incident, Status};
pub(crate) use record::Record;
pub use step::{Notice, NoticeKind, step};

use crate::hour::WEEK;

/// Hours that are remembered: somewhat more than the longest reference.
const REMEMBERED: i64 = 10 * WEEK;
/// Incidents that are remembered.
const MAX_INCIDENTS: usize = 200;
/// Mutes that are remembered.
const MAX_MUTES: usize = 200;

/// What has been told of a table, what is open and what is muted. Bounded: ten weeks, 200 incidents, 200 mutes. Kept as
/// JSON; fields that are not known are passed over, those that are missing are as in a new state. The caller does
/// compare-and-swap on it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    hours: BTreeMap<i64, Record>,
    incidents: Vec<Incident>,
    mutes: Vec<Mute>,
}

impl State {
    /// Incidents of the last ten weeks, newest first.
    pub fn incidents(&self) -> &[Incident] {
        &self.incidents
    }

    /// Mutes, also those that are over.
    pub fn mutes(&self) -> &[Mute] {
        &self.mutes
    }

    /// Whether an hour is no reference for others: it lies within an incident that nobody has called expected.
    pub fn excluded(&self, hour: i64) -> bool {
        let holds = |incident: &Incident| (incident.opened_hour..=incident.last_breach_hour).contains(&hour);
        self.incidents.iter().any(|incident| !incident.expected && holds(incident))
    }

    /// Where the newest normal begins that is known in an hour: the first hour of the latest incident that was called
    /// expected.
    pub fn normal_since(&self, hour: i64) -> Option<i64> {
        let expected = self.incidents.iter().filter(|incident| incident.expected);
        expected.map(|incident| incident.opened_hour).filter(|opened| *opened <= hour).max()
    }

    /// Whether a monitor, given with its segment, is muted in an hour.
    pub fn is_muted(&self, name: &str, hour: i64) -> bool {
        self.mutes.iter().any(|mute| hour < mute.until_hour && mute.monitors.matches(name))
    }

    /// Forgets what is too old.
    fn forget(&mut self) {
        let Some((&newest, _)) = self.hours.last_key_value() else { return };
        let horizon = newest - REMEMBERED;
        self.hours = self.hours.split_off(&horizon);
        self.incidents.retain(|incident| incident.last_breach_hour >= horizon);
        self.incidents.sort_by_key(|incident| std::cmp::Reverse(incident.opened_hour));
        self.incidents.truncate(MAX_INCIDENTS);
        self.mutes.retain(|mute| mute.until_hour >= horizon);
    }

    /// Whether an hour is too old to be judged.
    fn has_forgotten(&self, hour: i64) -> bool {
        self.hours.last_key_value().is_some_and(|(newest, _)| hour < newest - REMEMBERED)
    }
}
