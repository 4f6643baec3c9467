//! What the monitors say of one hour.

use serde::{Deserialize, Serialize};

/// What an hour was compared with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Season {
    /// The same hour of the week, over some weeks.
    HourOfWeek,
    /// The same hour of the day, over some days.
    HourOfDay,
    /// All hours of the last week.
    Day,
    /// There is too little yet: nothing is judged.
    #[default]
    Learning,
}

impl Season {
    /// The word in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HourOfWeek => "hour_of_week",
            Self::HourOfDay => "hour_of_day",
            Self::Day => "day",
            Self::Learning => "learning",
        }
    }
}

/// What one monitor came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// There is too little to judge by: no reference yet, or too few rows.
    Learning,
    /// As usual.
    Ok,
    /// It would be in breach, or could not be judged, but nobody is to hear of it: it is muted, the calendar expects
    /// it, or it follows from far too few rows.
    Muted,
    /// Neither chance nor small.
    Breach,
}

impl Outcome {
    /// The word in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Learning => "learning",
            Self::Ok => "ok",
            Self::Muted => "muted",
            Self::Breach => "breach",
        }
    }
}

/// How bad it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Somebody should look at it today.
    #[default]
    Warning,
    /// Somebody should look at it now.
    Critical,
}

impl Severity {
    /// The word in tables and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// A part of the rows, and what it contributes to a change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contributor {
    /// What it is, as `category electronics.smartphone`.
    pub segment: String,
    /// What was measured, in the result's unit.
    pub observed: f64,
    /// What is usual, in the result's unit.
    pub expected: f64,
    /// Its part of the whole change, 1 being all of it; below 0 where it moved the other way.
    pub share: f64,
}

/// What one monitor says of one hour. No number is infinite or NaN.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MonitorResult {
    /// Name of the monitor, as in the settings.
    pub monitor: String,
    /// Column that it watches; empty if it is about rows.
    pub column: String,
    /// Part of the rows that it watches, if not all.
    pub segment: Option<String>,
    /// Name of the test.
    pub test: String,
    /// Outcome.
    pub outcome: Outcome,
    /// How bad it would be.
    pub severity: Severity,
    /// Whether one hour of it is enough to tell somebody.
    pub is_hard: bool,
    /// The test's statistic.
    pub statistic: f64,
    /// The test's p-value, 0 to 1; 1 where nothing was judged.
    pub p_value: f64,
    /// The p-value among those of all monitors of the hour (Benjamini-Hochberg).
    pub p_adjusted: f64,
    /// How much changed, on the scale that the settings name for the monitor.
    pub effect: f64,
    /// The least effect that somebody is told of.
    pub effect_floor: f64,
    /// What was measured.
    pub observed: f64,
    /// What is usual.
    pub expected: f64,
    /// Unit of what was measured and is usual: `rows`, `sessions`, `share` (0 to 1), `price`, `seconds`, ...
    pub unit: String,
    /// What contributes most to the change, at most three.
    pub contributors: Vec<Contributor>,
}

impl MonitorResult {
    /// The monitor with its segment, as `category_price/electronics.smartphone`: what a mute's pattern is matched
    /// with.
    pub fn name(&self) -> String {
        name_of(&self.monitor, self.segment.as_deref())
    }
}

pub(crate) fn name_of(monitor: &str, segment: Option<&str>) -> String {
    segment.map_or_else(|| monitor.to_owned(), |segment| format!("{monitor}/{segment}"))
}

/// What the monitors say of one hour.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HourVerdict {
    /// The hour, in hours since the Unix epoch, UTC.
    pub hour: i64,
    /// Accepted rows of the hour.
    pub rows: u64,
    /// Rows that are usual; none while learning.
    pub expected_rows: Option<f64>,
    /// What it was compared with.
    pub season: Season,
    /// The hours that it was compared with, ascending.
    pub reference_hours: Vec<i64>,
    /// One result per monitor and segment, in a fixed order.
    pub results: Vec<MonitorResult>,
}
