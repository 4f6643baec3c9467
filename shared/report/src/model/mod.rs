//! What the report is made from.
//!
//! `_ms` are milliseconds since the Unix epoch, UTC; `hour` is whole hours since it. Periods are half-open: `to_hour`
//! is the first hour that is not part of them.

mod drift;
mod events;
mod incident;
mod lake;
mod rules;

pub use drift::{Contributor, Monitor, MonitorOutcome, Mute};
pub use events::{
    Bin, Distance, Distribution, Form, Funnel, FunnelStep, Hour, Mark, MarkKind, Period, Volume,
};
pub use incident::{Incident, IncidentStatus, Severity};
pub use lake::{Example, Freshness, Rejected, Rows, Run, RunStatus, Table, Totals};
pub use rules::{Rule, RuleOutcome, RuleResult};
use serde::{Deserialize, Serialize};

/// All that is shown. Anything may be empty: each section then says what will be there, and when.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// Where the lake is, as `--lake` takes it.
    pub lake: String,
    /// When the report was made.
    pub generated_at_ms: i64,
    /// The lake's tables.
    pub tables: Vec<Table>,
    /// The last runs.
    pub runs: Vec<Run>,
    /// All runs together, as of now.
    pub totals: Totals,
    /// From view to purchase.
    pub funnel: Option<Funnel>,
    /// Events by hour.
    pub volume: Volume,
    /// How values are spread, now and before.
    pub distributions: Vec<Distribution>,
    /// Rules and what they said.
    pub rules: Vec<Rule>,
    /// The last result of each monitor and segment.
    pub monitors: Vec<Monitor>,
    /// Monitors that are silenced now.
    pub mutes: Vec<Mute>,
    /// Refused rows by reason.
    pub rejected: Vec<Rejected>,
    /// Incidents, open ones and past ones.
    pub incidents: Vec<Incident>,
}
