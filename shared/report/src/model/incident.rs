//! What went wrong.

use serde::{Deserialize, Serialize};

/// Where an incident stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentStatus {
    /// It goes on, and nobody has taken it.
    #[default]
    Open,
    /// It goes on, and somebody has taken it.
    Acknowledged,
    /// It is over.
    Recovered,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Look at it now.
    Critical,
    /// Look at it today.
    #[default]
    Warning,
}

/// An incident.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Incident {
    /// Id, as `estrella ack` takes it.
    pub id: String,
    /// Table.
    pub table: String,
    /// Where it stands.
    pub status: IncidentStatus,
    /// How bad it is.
    pub severity: Severity,
    /// First hour that is wrong.
    pub from_hour: i64,
    /// First hour that is right again; none if it goes on.
    pub to_hour: Option<i64>,
    /// What is wrong, the worst first, a sentence each.
    pub what: Vec<String>,
    /// Commands that look into it or end it, ready to be pasted.
    pub commands: Vec<String>,
    /// Who has taken it.
    pub acknowledged_by: Option<String>,
    /// What they noted.
    pub note: Option<String>,
}
