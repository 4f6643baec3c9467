//! What was told against what went wrong.

use estrella_drift::NoticeKind;

use super::incident::Injected;
use super::run::{Outcome, Plan, Told};

/// The greatest delay that is good enough, in hours from the first event that was wrong.
const GREATEST_DELAY: i64 = 2;

/// What was told of one thing that went wrong.
pub(crate) struct Line {
    pub(crate) injected: Injected,
    /// Hours from the first event that was wrong to the first message, none if there was none.
    pub(crate) delay: Option<i64>,
    pub(crate) messages: usize,
    /// Hours from the last event that was wrong to the message of its end.
    pub(crate) recoveries: Vec<i64>,
}

impl Line {
    pub(crate) fn is_good(&self) -> bool {
        if !self.injected.kind.must_page() {
            return self.messages == 0;
        }
        let in_time = self.delay.is_some_and(|delay| delay <= GREATEST_DELAY);
        in_time && self.messages == 1 && self.recoveries.len() == 1
    }
}

/// What was told of each thing that went wrong, and what was told of nothing.
pub(crate) fn judge<'o>(plan: &Plan, outcome: &'o Outcome) -> (Vec<Line>, Vec<&'o Told>) {
    let is_recovery = |told: &Told| told.notice.kind == NoticeKind::Recovered;
    let is_of = |injected: &Injected, told: &Told| injected.holds(told.notice.incident.opened_hour);
    let line = |injected: &Injected| {
        let own: Vec<&Told> = outcome.told.iter().filter(|told| is_of(injected, told)).collect();
        let messages: Vec<i64> = own.iter().filter(|told| !is_recovery(told)).map(|told| told.hour).collect();
        let ends = own.iter().filter(|told| is_recovery(told));
        Line {
            injected: *injected,
            delay: messages.first().map(|hour| hour + 1 - injected.from),
            messages: messages.len(),
            recoveries: ends.map(|told| told.hour + 1 - injected.to()).collect(),
        }
    };
    let is_false = |told: &&Told| !plan.injected.iter().any(|injected| is_of(injected, told));
    (plan.injected.iter().map(line).collect(), outcome.told.iter().filter(is_false).collect())
}
