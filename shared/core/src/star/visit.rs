//! What one user did in one session.

use std::hash::{Hash, Hasher};

use hashbrown::Equivalent;
use serde::{Deserialize, Serialize};

use super::key::text_prefix;
use super::{Activity, Aggregate, Event, Merge, SessionId, SortKey};
use crate::event::EventType;

/// A session and one of its users. Sorts by session first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct VisitKey {
    /// Session.
    pub session_id: SessionId,
    /// User.
    pub user_id: i64,
}

/// A borrowed [`VisitKey`], for look-ups.
#[derive(Debug, Clone, Copy)]
pub struct VisitRef<'a> {
    /// Session.
    pub session_id: &'a str,
    /// User.
    pub user_id: i64,
}

impl SortKey for VisitKey {
    fn prefix(&self) -> u64 {
        text_prefix(self.session_id.as_bytes())
    }
}

impl Hash for VisitKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.session_id.as_bytes().hash(state);
        self.user_id.hash(state);
    }
}

impl Hash for VisitRef<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.session_id.as_bytes().hash(state);
        self.user_id.hash(state);
    }
}

impl Equivalent<VisitKey> for VisitRef<'_> {
    fn equivalent(&self, key: &VisitKey) -> bool {
        self.user_id == key.user_id && self.session_id.as_bytes() == key.session_id.as_bytes()
    }
}

impl<'a> From<&Event<'a>> for VisitRef<'a> {
    fn from(event: &Event<'a>) -> Self {
        Self { session_id: event.session_id, user_id: event.user_id }
    }
}

impl From<VisitRef<'_>> for VisitKey {
    fn from(visit: VisitRef<'_>) -> Self {
        Self { session_id: visit.session_id.into(), user_id: visit.user_id }
    }
}

/// What one user did in one session. Sessions and users are both made from these: a session is what its
/// visits add up to, and so is a user, who has as many sessions as visits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Packed", into = "Packed")]
pub struct Visit {
    /// Times and counts.
    pub activity: Activity,
    /// Time of the first view or cart, in microseconds since the Unix epoch.
    pub first_interest_at: Option<i64>,
    /// Time of the first purchase, in microseconds since the Unix epoch.
    pub first_purchase_at: Option<i64>,
}

impl Aggregate for Visit {
    fn of(event: &Event<'_>) -> Self {
        let (mut first_interest_at, mut first_purchase_at) = (None, None);
        match event.event_type {
            EventType::View | EventType::Cart => first_interest_at = Some(event.event_time),
            EventType::Purchase => first_purchase_at = Some(event.event_time),
            EventType::RemoveFromCart => {}
        }
        Self { activity: Activity::of(event), first_interest_at, first_purchase_at }
    }

    fn add(&mut self, event: &Event<'_>) {
        let at = Some(event.event_time);
        match event.event_type {
            EventType::View | EventType::Cart => {
                self.first_interest_at = earliest(self.first_interest_at, at)
            }
            EventType::Purchase => self.first_purchase_at = earliest(self.first_purchase_at, at),
            EventType::RemoveFromCart => {}
        }
        self.activity.add(event);
    }
}

impl Merge for Visit {
    fn merge(&mut self, other: Self) {
        self.activity.merge(other.activity);
        self.first_interest_at = earliest(self.first_interest_at, other.first_interest_at);
        self.first_purchase_at = earliest(self.first_purchase_at, other.first_purchase_at);
    }
}

/// The smaller one, where none is none at all.
pub(super) fn earliest(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// The serialized form: times as distances from the first event, which are short numbers.
type Packed = (Activity, Option<i64>, Option<i64>);

impl From<Packed> for Visit {
    fn from((activity, interest, purchase): Packed) -> Self {
        let after = |distance: i64| activity.first_at.wrapping_add(distance);
        Self { activity, first_interest_at: interest.map(after), first_purchase_at: purchase.map(after) }
    }
}

impl From<Visit> for Packed {
    fn from(visit: Visit) -> Self {
        let distance = |time: i64| time.wrapping_sub(visit.activity.first_at);
        (visit.activity, visit.first_interest_at.map(distance), visit.first_purchase_at.map(distance))
    }
}
