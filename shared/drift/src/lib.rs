//! Monitors, reference windows and incidents: whether an hour of events looks like those before it, and who hears of
//! it when.
//!
//! [`evaluate`] compares one closed hour with history and gives a [`HourVerdict`]; [`step`] takes verdicts one by one
//! and gives what is to be told; [`message`] puts it into words. All of it is pure: the same hours give the same
//! messages. An hour is a number of whole hours since the Unix epoch, UTC.

mod evaluate;
mod hour;
mod input;
mod message;
mod monitors;
mod reference;
mod settings;
mod state;
#[cfg(test)]
mod tests;
mod verdict;

pub use evaluate::evaluate;
pub use hour::{date_and_hour, format_hour, format_hour_iso, parse_hour};
pub use input::HourInput;
pub use message::{Message, Place, message};
pub use reference::wanted_hours;
pub use settings::{Calendar, Monitor, Pattern, Rule, Settings, SettingsError};
pub use state::{Incident, Mute, Notice, NoticeKind, State, StateError, Status, step};
pub use verdict::{Contributor, HourVerdict, MonitorResult, Outcome, Season, Severity};
