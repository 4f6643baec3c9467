//! What the events are like.

use serde::{Deserialize, Serialize};

/// Hours from one to another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Period {
    /// First hour.
    pub from_hour: i64,
    /// First hour after it.
    pub to_hour: i64,
}

/// Steps to a purchase.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Funnel {
    /// The hours it is about.
    pub period: Period,
    /// Steps in order: view, cart, purchase.
    pub steps: Vec<FunnelStep>,
}

/// One step.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FunnelStep {
    /// Event type.
    pub name: String,
    /// Events.
    pub events: u64,
    /// Sessions with such an event.
    pub sessions: u64,
    /// Sessions of this step for each session of the step before, in the reference; none at the first step or
    /// where there is no reference.
    pub reference_rate: Option<f64>,
}

/// Events by hour.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Volume {
    /// Hours that are known, in any order. An hour that is missing is drawn as a gap; one without events is a zero.
    pub hours: Vec<Hour>,
    /// What explains some of them.
    pub marks: Vec<Mark>,
}

/// One hour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hour {
    /// The hour.
    pub hour: i64,
    /// Accepted events.
    pub rows: u64,
    /// Least number of events that is expected; none while there is no reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lower: Option<f64>,
    /// Greatest number of events that is expected; none while there is no reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upper: Option<f64>,
    /// Whether a monitor of volume found it unlike its reference.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub anomalous: bool,
}

/// What explains hours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkKind {
    /// An incident.
    #[default]
    Incident,
    /// An exception of the calendar, such as Black Friday.
    Calendar,
}

/// Hours that something explains, drawn as a labelled span.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mark {
    /// What it is.
    pub kind: MarkKind,
    /// First hour.
    pub from_hour: i64,
    /// First hour after it; none if it has not ended.
    pub to_hour: Option<i64>,
    /// A few words.
    pub label: String,
    /// Id of the incident; the label then links to it.
    pub incident: Option<String>,
}

/// What the bins of a distribution are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Names, drawn as paired bars in the order given.
    #[default]
    Categories,
    /// Ranges of a number, drawn as steps, all equally wide: give them on the scale (logarithmic or not) to be shown.
    Histogram,
}

/// How values are spread now and how they were in the reference.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Distribution {
    /// Heading, such as `Price`.
    pub title: String,
    /// What is counted, such as `events` or `sessions`.
    pub counted: String,
    /// Unit of the value, such as `seconds`; none for names.
    pub unit: Option<String>,
    /// What the bins are.
    pub form: Form,
    /// Bins in the order to be shown.
    pub bins: Vec<Bin>,
    /// The hours that `current` counts.
    pub current: Period,
    /// The first and the last hour that `reference` counts; none while there is no reference.
    pub reference: Option<Period>,
    /// How far apart the two are; none while there is no reference.
    pub distance: Option<Distance>,
}

/// A category or a range.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bin {
    /// Name of the category; may be empty for a range, which is then named by its ends.
    pub label: String,
    /// Lower end of a range, included; none if it is open.
    pub from: Option<f64>,
    /// Upper end of a range, not included; none if it is open.
    pub to: Option<f64>,
    /// Number now.
    pub current: u64,
    /// Number in the reference, over all of its hours; only shares are compared.
    pub reference: u64,
}

/// A distance between two distributions, judged.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Distance {
    /// Name, such as `PSI`.
    pub name: String,
    /// Value.
    pub value: Option<f64>,
    /// From which value on it matters.
    pub limit: Option<f64>,
    /// p-value, where the distance has one.
    pub p_value: Option<f64>,
    /// What the monitor said.
    pub outcome: super::MonitorOutcome,
}
