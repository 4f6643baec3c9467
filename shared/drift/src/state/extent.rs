//! Where an incident ends.

use super::{Incident, State};

/// Clean hours in a row that end an incident.
pub(super) const CLEAN_HOURS: i64 = 2;

/// How far an incident goes, by what is known of the hours.
pub(super) struct Extent {
    pub(super) last_breach_hour: Option<i64>,
    pub(super) recovered_hour: Option<i64>,
}

impl State {
    /// Follows an incident through the hours from where it began, or came back. A breach that comes more than `window`
    /// hours after the one before it is none of its own.
    pub(super) fn extent(&self, incident: &Incident, window: i64) -> Extent {
        let mut last_breach_hour = None;
        let mut clean_since: Option<i64> = None;
        let mut before = None;
        for (&hour, record) in self.hours.range(incident.resumed_hour..) {
            let is_near = hour - last_breach_hour.unwrap_or(incident.resumed_hour) <= window;
            if !record.is_clean_of(&incident.monitors) || incident.unclear_hours.contains(&hour) {
                clean_since = None;
                if is_near && record.breaches_any(&incident.monitors) {
                    last_breach_hour = Some(hour);
                }
                before = Some(hour);
                continue;
            }
            if before != Some(hour - 1) {
                clean_since = None;
            }
            let since = *clean_since.get_or_insert(hour);
            if hour - since + 1 >= CLEAN_HOURS {
                return Extent { last_breach_hour, recovered_hour: Some(since) };
            }
            before = Some(hour);
        }
        Extent { last_breach_hour, recovered_hour: None }
    }

    /// Brings an incident's figures up to what is known of its hours.
    pub(super) fn measure(&self, incident: &mut Incident) {
        let (from, to) = (incident.opened_hour, incident.last_breach_hour);
        (incident.hours, incident.rows, incident.expected_rows) = (0, 0, 0);
        for record in self.hours.range(from..(to + 1).max(from)).map(|(_, record)| record) {
            incident.hours += 1;
            incident.rows += record.rows;
            incident.expected_rows += record.expected_rows;
        }
    }
}
