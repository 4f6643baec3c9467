//! Shapes of outcomes: what is told by colour is told by shape as well.

use maud::{Markup, html};

use crate::model::{Freshness, IncidentStatus, MonitorOutcome, RuleOutcome, RunStatus};

/// How something stands. Each has a shape and a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Tone {
    /// Disc.
    Good,
    /// Triangle.
    Warn,
    /// Diamond.
    Aside,
    /// Square.
    Bad,
    /// Ring.
    Quiet,
}

impl Tone {
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Aside => "aside",
            Self::Bad => "bad",
            Self::Quiet => "quiet",
        }
    }
}

/// A shape and a word.
pub(crate) fn badge((tone, word): (Tone, &str)) -> Markup {
    html! { span class={ "badge " (tone.class()) } { i aria-hidden="true" {} (word) } }
}

/// A status as a tone and a word.
pub(crate) trait Status {
    fn status(self) -> (Tone, &'static str);
}

impl Status for Freshness {
    fn status(self) -> (Tone, &'static str) {
        match self {
            Self::Fresh => (Tone::Good, "fresh"),
            Self::Late => (Tone::Warn, "late"),
            Self::Stale => (Tone::Bad, "stale"),
            Self::NoLimit => (Tone::Quiet, "no limit"),
            Self::Empty => (Tone::Quiet, "empty"),
        }
    }
}

impl Status for RunStatus {
    fn status(self) -> (Tone, &'static str) {
        match self {
            Self::Done => (Tone::Good, "done"),
            Self::Blocked => (Tone::Warn, "blocked"),
            Self::Released => (Tone::Aside, "released"),
            Self::Discarded => (Tone::Aside, "discarded"),
        }
    }
}

impl Status for RuleOutcome {
    fn status(self) -> (Tone, &'static str) {
        match self {
            Self::Pass => (Tone::Good, "pass"),
            Self::Warn => (Tone::Warn, "warn"),
            Self::Quarantine => (Tone::Aside, "quarantine"),
            Self::Block => (Tone::Bad, "block"),
            Self::Skip => (Tone::Quiet, "skip"),
        }
    }
}

impl Status for MonitorOutcome {
    fn status(self) -> (Tone, &'static str) {
        match self {
            Self::Ok => (Tone::Good, "ok"),
            Self::Breach => (Tone::Bad, "breach"),
            Self::Muted => (Tone::Aside, "muted"),
            Self::Learning => (Tone::Quiet, "learning"),
        }
    }
}

impl Status for IncidentStatus {
    fn status(self) -> (Tone, &'static str) {
        match self {
            Self::Open => (Tone::Bad, "open"),
            Self::Acknowledged => (Tone::Warn, "acknowledged"),
            Self::Recovered => (Tone::Good, "recovered"),
        }
    }
}
