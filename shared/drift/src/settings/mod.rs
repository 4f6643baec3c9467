//! All that can be configured, in one TOML file.

mod calendar;
mod error;
mod monitor;
mod parse;
mod pattern;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use calendar::Calendar;
pub use error::SettingsError;
pub use monitor::Monitor;
pub use pattern::Pattern;

use crate::verdict::Severity;

/// The shipped file, which explains each key. A user's own file names only what it changes.
const SHIPPED: &str = include_str!("../monitors.toml");

/// What is compared with what, which monitors watch, and when somebody is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Table that the events are in, for messages.
    pub table: String,
    /// Weeks of which the same hour is looked at.
    pub weeks: u32,
    /// Weeks that are enough.
    pub least_weeks: u32,
    /// Days of which the same hour is looked at where there are too few weeks.
    pub days: u32,
    /// Days that are enough.
    pub least_days: u32,
    /// Days that are enough to compare an hour with whole days.
    pub least_whole_days: u32,
    /// Greatest categories whose prices are watched one by one.
    pub price_categories: usize,
    /// Rows from which on a single hour without any is told at once.
    pub hard_rows: f64,
    /// Below this share of the usual rows the volume has failed, and the other monitors have nothing to say.
    pub fails_below: f64,
    /// Hours within which an incident that comes back is the same.
    pub cooldown_hours: i64,
    /// What to look at, by monitor; all are there.
    pub monitors: BTreeMap<Monitor, Rule>,
    /// What is known to become unusual, and when.
    pub calendar: Vec<Calendar>,
}

/// How closely a monitor watches.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Whether it watches at all.
    pub enabled: bool,
    /// The least effect that somebody is told of, on the monitor's own scale.
    pub floor: f64,
    /// The adjusted p-value from which on down it is no chance.
    pub p: f64,
    /// Least rows, or what is named in the shipped file, to judge by.
    pub min_rows: f64,
    /// How bad an effect of the floor is.
    pub severity: Severity,
    /// The effect from which on it is critical, if it ever is.
    pub critical: Option<f64>,
    /// What the value moves by from week to week without meaning anything, at the least.
    pub noise: f64,
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            enabled: true,
            floor: f64::MAX,
            p: 0.001,
            min_rows: 0.0,
            severity: Severity::Warning,
            critical: None,
            noise: 0.0,
        }
    }
}

impl Rule {
    /// How bad an effect is.
    pub(crate) fn severity_of(&self, effect: f64) -> Severity {
        if self.critical.is_some_and(|critical| effect >= critical) {
            Severity::Critical
        } else {
            self.severity
        }
    }
}

impl Settings {
    /// Reads a file. What it does not name is as in the shipped one.
    ///
    /// # Errors
    /// With line, key and reason: text that is no TOML, an unknown key or monitor, a value out of its range.
    pub fn parse(toml: &str) -> Result<Self, SettingsError> {
        let mut settings = Self::default();
        parse::overlay(&mut settings, toml)?;
        Ok(settings)
    }

    /// The shipped file, as a text to start one's own from.
    pub fn shipped() -> &'static str {
        SHIPPED
    }

    /// The rule of a monitor.
    pub fn rule(&self, monitor: Monitor) -> Rule {
        self.monitors.get(&monitor).cloned().unwrap_or_default()
    }

    /// What the calendar says of an hour.
    pub(crate) fn calendar_of(&self, hour: i64) -> impl Iterator<Item = &Calendar> + Clone {
        self.calendar.iter().filter(move |entry| (entry.from..entry.to).contains(&hour))
    }
}

impl Default for Settings {
    /// The shipped file.
    fn default() -> Self {
        let mut settings = Self {
            table: "model.fact_user_events".to_owned(),
            weeks: 8,
            least_weeks: 4,
            days: 28,
            least_days: 7,
            least_whole_days: 3,
            price_categories: 20,
            hard_rows: 200.0,
            fails_below: 0.2,
            cooldown_hours: 24,
            monitors: Monitor::ALL.map(|monitor| (monitor, Rule::default())).into(),
            calendar: Vec::new(),
        };
        // A test holds that it is read; without it no monitor would speak.
        let _ = parse::overlay(&mut settings, SHIPPED);
        settings
    }
}
