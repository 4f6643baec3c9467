//! What people say to incidents and monitors.

use serde::{Deserialize, Serialize};

use super::{Incident, MAX_MUTES, State, Status};
use crate::settings::Pattern;

/// Monitors of which nobody is to hear for some time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mute {
    /// Which.
    pub monitors: Pattern,
    /// The first hour in which they are heard again.
    pub until_hour: i64,
    /// Who said so.
    pub by: String,
    /// Why.
    #[serde(default)]
    pub note: Option<String>,
}

/// What cannot be done with a state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// There is no such incident, or it is forgotten.
    #[error("no incident {0}")]
    NoSuchIncident(String),
    /// The pattern names no monitor or is malformed.
    #[error("{0}")]
    Pattern(String),
}

impl State {
    /// Somebody knows of an incident: nobody is told of its end, nor of its getting worse, unless something critical
    /// joins it. Its hours stay out of references; with `expected` they come in, and as soon as there are enough of
    /// them, hours are compared with these and later ones alone: the new normal. One that is over can be called
    /// expected too.
    ///
    /// # Errors
    /// [`StateError::NoSuchIncident`].
    pub fn ack(
        &mut self,
        id: &str,
        by: &str,
        note: Option<&str>,
        expected: bool,
    ) -> Result<&Incident, StateError> {
        let found = self.incidents.iter_mut().find(|incident| incident.id == id);
        let incident = found.ok_or_else(|| StateError::NoSuchIncident(id.to_owned()))?;
        if incident.is_active() {
            incident.status = Status::Acknowledged;
        }
        incident.acknowledged_by = Some(by.to_owned());
        incident.note = note.map(ToOwned::to_owned);
        incident.expected = expected;
        Ok(incident)
    }

    /// Silences the monitors that a pattern names, until an hour. Said again, the last word holds.
    ///
    /// # Errors
    /// [`StateError::Pattern`].
    pub fn mute(
        &mut self,
        monitors: &str,
        until_hour: i64,
        by: &str,
        note: Option<&str>,
    ) -> Result<&Mute, StateError> {
        let monitors = Pattern::parse(monitors).map_err(StateError::Pattern)?;
        self.mutes.retain(|mute| mute.monitors != monitors);
        if self.mutes.len() >= MAX_MUTES {
            self.mutes.pop();
        }
        let mute = Mute { monitors, until_hour, by: by.to_owned(), note: note.map(ToOwned::to_owned) };
        self.mutes.insert(0, mute);
        Ok(&self.mutes[0])
    }
}
