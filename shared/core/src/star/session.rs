//! Sessions.

use super::visit::earliest;
use super::{Activity, Merge, Visit};
use crate::event::{EventType, MICROS_PER_DAY};

/// A session with more events than this is oversized.
const MAX_EVENTS: u64 = 1_000;

/// What is known of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// User of the first event; the smallest id where first events of several users coincide.
    pub user_id: i64,
    /// Further users, ascending.
    pub other_user_ids: Vec<i64>,
    /// Times and counts.
    pub activity: Activity,
    /// Time of the first view or cart, in microseconds since the Unix epoch.
    pub first_interest_at: Option<i64>,
    /// Time of the first purchase, in microseconds since the Unix epoch.
    pub first_purchase_at: Option<i64>,
}

impl Session {
    /// What a visit adds to its session.
    pub fn of(user_id: i64, visit: &Visit) -> Self {
        Self {
            user_id,
            other_user_ids: Vec::new(),
            activity: visit.activity,
            first_interest_at: visit.first_interest_at,
            first_purchase_at: visit.first_purchase_at,
        }
    }

    /// Whether the session has an event of this user.
    pub fn has_user(&self, user_id: i64) -> bool {
        self.user_id == user_id || self.other_user_ids.binary_search(&user_id).is_ok()
    }

    /// Duration, in microseconds.
    pub fn duration_us(&self) -> i64 {
        self.activity.last_at.saturating_sub(self.activity.first_at)
    }

    /// Whether something was bought.
    pub fn is_converted(&self) -> bool {
        self.activity.count(EventType::Purchase) > 0
    }

    /// Logic flag: events of more than one user.
    pub fn has_many_users(&self) -> bool {
        !self.other_user_ids.is_empty()
    }

    /// Logic flag: a purchase with no view or cart before it. Sources stamp whole seconds, so one in the same
    /// instant counts as before.
    pub fn has_unexplained_purchase(&self) -> bool {
        let before = |purchase: i64| self.first_interest_at.is_some_and(|interest| interest <= purchase);
        self.first_purchase_at.is_some_and(|purchase| !before(purchase))
    }

    /// Logic flag: longer than 24 hours or more than 1,000 events.
    pub fn is_oversized(&self) -> bool {
        self.duration_us() > MICROS_PER_DAY || self.activity.events() > MAX_EVENTS
    }

    fn add_other_user(&mut self, user_id: i64) {
        if user_id != self.user_id
            && let Err(at) = self.other_user_ids.binary_search(&user_id)
        {
            self.other_user_ids.insert(at, user_id);
        }
    }
}

impl Merge for Session {
    fn merge(&mut self, other: Self) {
        let mine = self.user_id;
        self.user_id = (self.activity.first_at, mine).min((other.activity.first_at, other.user_id)).1;
        if self.user_id != mine
            && let Ok(at) = self.other_user_ids.binary_search(&self.user_id)
        {
            self.other_user_ids.remove(at);
        }
        for user_id in [mine, other.user_id].into_iter().chain(other.other_user_ids) {
            self.add_other_user(user_id);
        }
        self.activity.merge(other.activity);
        self.first_interest_at = earliest(self.first_interest_at, other.first_interest_at);
        self.first_purchase_at = earliest(self.first_purchase_at, other.first_purchase_at);
    }
}
