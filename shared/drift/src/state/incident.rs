//! An incident, from its first hour in breach to its last.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::verdict::{MonitorResult, Outcome, Severity};

/// Monitors that an incident names at most.
const MAX_MONITORS: usize = 64;
/// Results that are kept of an incident.
const MAX_WORST: usize = 6;

/// Unclear hours that are kept of an incident.
const MAX_UNCLEAR: usize = 200;

/// Where an incident stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It goes on, and nobody has said that they know.
    #[default]
    Open,
    /// It goes on, and somebody knows.
    Acknowledged,
    /// It is over.
    Recovered,
}

impl Status {
    /// The word in tables and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Recovered => "recovered",
        }
    }
}

/// Something that went wrong with a table, from its first hour in breach to its last.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Incident {
    /// Eight hex digits of a hash of table, fingerprint and first hour.
    pub id: String,
    /// Table.
    pub table: String,
    /// The monitors that it was opened for, sorted.
    pub fingerprint: String,
    /// Where it stands.
    pub status: Status,
    /// How bad it is, or was at its worst.
    pub severity: Severity,
    /// First hour in breach.
    pub opened_hour: i64,
    /// The hour whose verdict made it told.
    pub told_hour: i64,
    /// Last hour in breach so far.
    pub last_breach_hour: i64,
    /// First hour that was as usual again.
    pub recovered_hour: Option<i64>,
    /// All monitors that took part, sorted.
    pub monitors: BTreeSet<String>,
    /// The results that say most, worst first.
    pub worst: Vec<MonitorResult>,
    /// Hours from the first in breach to the last that were judged.
    pub hours: u64,
    /// Rows of these hours.
    pub rows: u64,
    /// Rows that are usual in these hours.
    pub expected_rows: u64,
    /// Who said that they know.
    pub acknowledged_by: Option<String>,
    /// What they said.
    pub note: Option<String>,
    /// Whether this is how it is to be from now on.
    pub expected: bool,
    /// From where on its end is looked for: its first hour, or the one in which it came back.
    pub(super) resumed_hour: i64,
    /// Hours in which none of its monitors is in breach, but not because all is well: too few rows to judge by.
    pub(super) unclear_hours: BTreeSet<i64>,
    /// The recovery that was told last, if it has come back since and nobody was told.
    pub(super) silent_since: Option<i64>,
}

impl Incident {
    pub(super) fn open(table: &str, names: BTreeSet<String>, opened_hour: i64, told_hour: i64) -> Self {
        let fingerprint = names.iter().cloned().collect::<Vec<_>>().join(" ");
        let hash = xxh3_64(format!("{table}\n{fingerprint}\n{opened_hour}").as_bytes());
        Self {
            id: format!("{:08x}", hash >> 32),
            table: table.to_owned(),
            fingerprint,
            opened_hour,
            told_hour,
            last_breach_hour: told_hour,
            resumed_hour: opened_hour,
            ..Self::default()
        }
    }

    /// Whether it goes on.
    pub fn is_active(&self) -> bool {
        self.status != Status::Recovered
    }

    /// Whether it ended without a word, because nothing was known of it for longer than `window`.
    pub(super) fn has_lapsed(&self, window: i64) -> bool {
        let last = self.last_breach_hour.max(self.resumed_hour);
        !self.is_active() && self.recovered_hour.is_some_and(|recovered| recovered - last > window)
    }

    /// Notes whether an hour says anything of its end. A monitor that has too few rows to judge by, or is as far off as
    /// before but on too few rows, does not: nights would end what the morning brings back. But of many monitors some
    /// always have few, so it takes half of those that say most.
    pub(super) fn note_unclear(&mut self, hour: i64, results: &[MonitorResult]) {
        let is_unclear = |result: &&MonitorResult| match result.outcome {
            Outcome::Learning => true,
            Outcome::Ok => result.effect >= result.effect_floor,
            Outcome::Muted | Outcome::Breach => false,
        };
        let worst: BTreeSet<String> = self.worst.iter().map(MonitorResult::name).collect();
        let of_worst = results.iter().filter(|result| worst.contains(&result.name()));
        let unclear = of_worst.filter(is_unclear).count();
        if unclear > 0 && 2 * unclear >= worst.len() {
            self.unclear_hours.insert(hour);
            if self.unclear_hours.len() > MAX_UNCLEAR {
                self.unclear_hours.pop_first();
            }
        } else {
            self.unclear_hours.remove(&hour);
        }
    }

    /// Takes monitors in, with what they say in an hour.
    pub(super) fn take_in(&mut self, names: &BTreeSet<String>, results: &[MonitorResult]) {
        for name in names {
            if self.monitors.len() < MAX_MONITORS {
                self.monitors.insert(name.clone());
            }
        }
        let in_breach =
            results.iter().filter(|r| r.outcome == Outcome::Breach && self.monitors.contains(&r.name()));
        for result in in_breach {
            match self.worst.iter_mut().find(|known| known.name() == result.name()) {
                Some(known) if rank(known) < rank(result) => *known = result.clone(),
                Some(_) => {}
                None => self.worst.push(result.clone()),
            }
        }
        // Stable, so that equals stay in the order of the monitors.
        self.worst.sort_by(|a, b| {
            let ((a_severity, a_size), (b_severity, b_size)) = (rank(a), rank(b));
            b_severity.cmp(&a_severity).then(b_size.total_cmp(&a_size))
        });
        self.worst.truncate(MAX_WORST);
    }
}

/// How much a result matters: a volume that fails is the cause of all else; then severity, then by how many times the
/// effect is above its floor.
fn rank(result: &MonitorResult) -> ((bool, Severity), f64) {
    ((result.is_hard, result.severity), result.effect / result.effect_floor.max(f64::MIN_POSITIVE))
}
