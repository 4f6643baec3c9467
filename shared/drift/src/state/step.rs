//! From the verdicts of hours to what is told.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::record::Hit;
use super::{Incident, Record, State, Status};
use crate::settings::Settings;
use crate::verdict::{HourVerdict, Severity};

/// What is told of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// It has begun, or has come back and stayed.
    Opened,
    /// It has become critical.
    Escalated,
    /// It is over.
    Recovered,
}

impl NoticeKind {
    /// The word in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Escalated => "escalated",
            Self::Recovered => "recovered",
        }
    }
}

/// Something to be told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// What.
    pub kind: NoticeKind,
    /// Of which incident, as it stands now.
    pub incident: Incident,
}

/// Steps the incidents by the verdict of one hour. Hours may come in any order, again with more rows (the last word
/// holds), and twice: the same verdict again changes nothing and tells nothing. Hours of more than ten weeks before the
/// newest are passed over.
///
/// - An incident begins when a monitor is in breach in two hours in a row, or in one that is hard. There is one at a
///   time: what else is found joins it, silently, unless it makes a warning critical.
/// - It is over after two hours in a row that are clean: none of its monitors is in breach, and of those that say most
///   not half had too few rows to judge by, or are as far off as before on too few. If nothing is known for longer than the cool-down, it ends without
///   a word: what comes later is another story, in whichever order hours come.
/// - One that comes back with one of its monitors within the cool-down is the same, and nobody is told, neither of its
///   return nor of its end, unless it becomes critical or is still there when the cool-down is over.
pub fn step(state: &mut State, verdict: &HourVerdict, settings: &Settings) -> Vec<Notice> {
    let hour = verdict.hour;
    let record = Record::of(verdict, settings);
    if state.has_forgotten(hour) || state.hours.get(&hour) == Some(&record) {
        return Vec::new();
    }
    state.hours.insert(hour, record);
    let mut notices = Vec::new();
    // An hour that comes late confirms the one after it.
    for last in [hour, hour + 1] {
        let confirmed = state.confirmed(last);
        if !confirmed.is_empty() {
            notices.extend(state.raise(last, &confirmed, verdict, settings));
        }
    }
    notices.extend(state.follow(verdict, settings));
    state.forget();
    notices
}

impl State {
    /// The monitors in breach in an hour and in the one before it, or hard in it, each as bad as in the better of both.
    fn confirmed(&self, hour: i64) -> BTreeMap<String, Severity> {
        let Some(now) = self.hours.get(&hour) else { return BTreeMap::new() };
        let before = self.hours.get(&(hour - 1));
        let severity = |name: &String, hit: &Hit| match before.and_then(|before| before.breaches.get(name)) {
            _ if hit.is_hard => Some(hit.severity),
            Some(earlier) => Some(earlier.severity.min(hit.severity)),
            None => None,
        };
        now.breaches.iter().filter_map(|(name, hit)| Some((name.clone(), severity(name, hit)?))).collect()
    }

    /// The incident that monitors in breach in an hour belong to: one that goes on, or one that had one of them.
    fn incident_of(&self, hour: i64, names: &BTreeSet<String>, cooldown: i64) -> Option<usize> {
        let goes_on = |incident: &Incident| incident.is_active() || incident.has_lapsed(cooldown);
        let is_of = |incident: &Incident| {
            let told_end = incident.recovered_hour.filter(|_| !goes_on(incident));
            let end = told_end.unwrap_or(incident.last_breach_hour);
            let is_within = incident.opened_hour <= hour && hour < end.max(incident.last_breach_hour + 1);
            let is_near = incident.opened_hour - cooldown <= hour && hour - end <= cooldown;
            is_within || is_near && (goes_on(incident) || !incident.monitors.is_disjoint(names))
        };
        let candidates = self.incidents.iter().enumerate().filter(|(_, incident)| is_of(incident));
        let distance = |incident: &Incident| (!goes_on(incident), (hour - incident.opened_hour).abs());
        candidates.min_by_key(|(_, incident)| distance(incident)).map(|(at, _)| at)
    }

    /// Opens an incident for monitors that are confirmed in an hour, or has them join the one that there is.
    fn raise(
        &mut self,
        hour: i64,
        confirmed: &BTreeMap<String, Severity>,
        verdict: &HourVerdict,
        settings: &Settings,
    ) -> Option<Notice> {
        let names: BTreeSet<String> = confirmed.keys().cloned().collect();
        let severity = confirmed.values().copied().max().unwrap_or_default();
        let since = self.first_hour(hour, &names);
        let Some(at) = self.incident_of(hour, &names, settings.cooldown_hours) else {
            let mut incident = Incident::open(&settings.table, names.clone(), since, hour);
            incident.severity = severity;
            incident.take_in(&names, &verdict.results);
            self.measure(&mut incident);
            let notice = Notice { kind: NoticeKind::Opened, incident: incident.clone() };
            self.incidents.push(incident);
            return Some(notice);
        };
        let incident = &mut self.incidents[at];
        let is_new_critical = confirmed
            .iter()
            .any(|(name, severity)| *severity == Severity::Critical && !incident.monitors.contains(name));
        let is_worse =
            severity > incident.severity || incident.status == Status::Acknowledged && is_new_critical;
        incident.take_in(&names, &verdict.results);
        incident.severity = incident.severity.max(severity);
        let is_back = incident.recovered_hour.is_some_and(|recovered| recovered <= hour);
        let has_lapsed = incident.has_lapsed(settings.cooldown_hours);
        if is_back || has_lapsed {
            if !has_lapsed {
                incident.silent_since = incident.silent_since.or(incident.recovered_hour);
                incident.resumed_hour = since;
            }
            incident.recovered_hour = None;
            let is_known = incident.acknowledged_by.is_some();
            incident.status = if is_known { Status::Acknowledged } else { Status::Open };
        }
        if incident.is_active() && since < incident.resumed_hour && hour + 1 >= incident.resumed_hour {
            incident.resumed_hour = since;
            incident.opened_hour = incident.opened_hour.min(since);
        }
        incident.last_breach_hour = incident.last_breach_hour.max(hour);
        let has_stayed = incident.status == Status::Open
            && incident.silent_since.is_some_and(|recovered| hour - recovered > settings.cooldown_hours);
        if !is_worse && !has_stayed {
            return None;
        }
        if is_worse && incident.status == Status::Acknowledged {
            incident.status = Status::Open;
        }
        incident.silent_since = None;
        incident.told_hour = hour;
        let mut incident = incident.clone();
        self.measure(&mut incident);
        let kind = if is_worse { NoticeKind::Escalated } else { NoticeKind::Opened };
        Some(Notice { kind, incident })
    }

    /// The first of the hours in a row, up to this one, in which one of the monitors is in breach.
    fn first_hour(&self, hour: i64, names: &BTreeSet<String>) -> i64 {
        let is_in_breach = |hour: &i64| self.hours.get(hour).is_some_and(|record| record.breaches_any(names));
        (0..).map(|back| hour - back).take_while(is_in_breach).last().unwrap_or(hour)
    }

    /// Follows the incidents that go on, and tells of those that are over.
    fn follow(&mut self, verdict: &HourVerdict, settings: &Settings) -> Vec<Notice> {
        let mut incidents = std::mem::take(&mut self.incidents);
        let mut notices = Vec::new();
        let window = settings.cooldown_hours;
        for incident in &mut incidents {
            if !incident.is_active() && !incident.has_lapsed(window) {
                continue;
            }
            if incident.resumed_hour <= verdict.hour {
                incident.note_unclear(verdict.hour, &verdict.results);
            }
            let extent = self.extent(incident, window);
            incident.last_breach_hour = match extent.last_breach_hour {
                Some(last) => last,
                // Rows that came late have shown that nothing was wrong: it has no hours.
                None if incident.resumed_hour == incident.opened_hour => incident.opened_hour - 1,
                None => incident.last_breach_hour,
            };
            self.measure(incident);
            let Some(recovered) = extent.recovered_hour else { continue };
            let is_known = incident.acknowledged_by.is_some() && incident.status != Status::Open;
            incident.status = Status::Recovered;
            incident.recovered_hour = Some(recovered);
            if incident.has_lapsed(window) {
                continue;
            }
            incident.unclear_hours.clear();
            if !is_known && incident.silent_since.is_none() {
                notices.push(Notice { kind: NoticeKind::Recovered, incident: incident.clone() });
            }
        }
        self.incidents = incidents;
        notices
    }
}
