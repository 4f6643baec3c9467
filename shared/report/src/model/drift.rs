//! What the monitors said.

use serde::{Deserialize, Serialize};

/// What became of a comparison.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MonitorOutcome {
    /// Unlike the reference, by more than the floor and not by chance.
    Breach,
    /// Not told: silenced by hand, or because volume fails as well.
    Muted,
    /// There is not yet enough of a reference.
    #[default]
    Learning,
    /// As expected.
    Ok,
}

/// The last result of a monitor, for a column and a segment. A figure is none where there is nothing to compare.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Monitor {
    /// Name.
    pub monitor: String,
    /// Column it looks at; empty if it looks at whole rows.
    pub column: String,
    /// Part of the data, such as a category.
    pub segment: Option<String>,
    /// Statistical test.
    pub test: String,
    /// The hour that was judged.
    pub hour: i64,
    /// Outcome.
    pub outcome: MonitorOutcome,
    /// Statistic of the test.
    pub statistic: Option<f64>,
    /// p-value of the test alone.
    pub p_value: Option<f64>,
    /// p-value after Benjamini-Hochberg over all monitors of the hour.
    pub p_adjusted: Option<f64>,
    /// How large the difference is.
    pub effect: Option<f64>,
    /// From which effect on it matters.
    pub effect_floor: Option<f64>,
    /// What was measured, in `unit`.
    pub observed: Option<f64>,
    /// What the reference says, in `unit`.
    pub expected: Option<f64>,
    /// Unit of both; `share` is shown in percent.
    pub unit: String,
    /// Segments that contribute most.
    pub contributors: Vec<Contributor>,
}

/// A segment's part in a difference.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Contributor {
    /// Segment.
    pub segment: String,
    /// Measured, in the monitor's unit.
    pub observed: Option<f64>,
    /// Expected, in the monitor's unit.
    pub expected: Option<f64>,
    /// Its part of the difference, 0 to 1.
    pub share: Option<f64>,
}

/// Monitors that are silenced by hand.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mute {
    /// Which monitors.
    pub pattern: String,
    /// First hour that is told again.
    pub until_hour: i64,
    /// Who silenced them.
    pub by: String,
    /// Why.
    pub note: Option<String>,
}
