//! When and how often.

use serde::{Deserialize, Serialize};

use super::{Aggregate, Event, Merge};
use crate::event::EventType;

/// First and last time, events by type, and what was bought for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Packed", into = "Packed")]
pub struct Activity {
    /// Time of the first event, in microseconds since the Unix epoch.
    pub first_at: i64,
    /// Time of the last event, in microseconds since the Unix epoch.
    pub last_at: i64,
    /// Number of events, by the discriminant of [`EventType`].
    pub counts: [u64; 4],
    /// Sum of the prices of the purchases, in hundredths of the currency. Prices are positive, so the sum can
    /// stop at the greatest i64, which is more than its column holds: it is refused then, never wrong.
    pub purchases_cents: i64,
}

impl Activity {
    /// Number of events of a type.
    pub fn count(&self, event_type: EventType) -> u64 {
        self.counts[event_type as usize]
    }

    /// Number of events.
    pub fn events(&self) -> u64 {
        self.counts.iter().sum()
    }
}

impl Aggregate for Activity {
    fn of(event: &Event<'_>) -> Self {
        let mut counts = [0; 4];
        counts[event.event_type as usize] = 1;
        let purchases_cents = if event.event_type == EventType::Purchase { event.price_cents } else { 0 };
        Self { first_at: event.event_time, last_at: event.event_time, counts, purchases_cents }
    }

    fn add(&mut self, event: &Event<'_>) {
        self.first_at = self.first_at.min(event.event_time);
        self.last_at = self.last_at.max(event.event_time);
        self.counts[event.event_type as usize] += 1;
        if event.event_type == EventType::Purchase {
            self.purchases_cents = self.purchases_cents.saturating_add(event.price_cents);
        }
    }
}

impl Merge for Activity {
    fn merge(&mut self, other: Self) {
        self.first_at = self.first_at.min(other.first_at);
        self.last_at = self.last_at.max(other.last_at);
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count += more;
        }
        self.purchases_cents = self.purchases_cents.saturating_add(other.purchases_cents);
    }
}

/// The serialized form: the last time as a distance, which is a short number.
type Packed = (i64, i64, [u64; 4], i64);

impl From<Packed> for Activity {
    fn from((first_at, distance, counts, purchases_cents): Packed) -> Self {
        Self { first_at, last_at: first_at.wrapping_add(distance), counts, purchases_cents }
    }
}

impl From<Activity> for Packed {
    fn from(activity: Activity) -> Self {
        let Activity { first_at, last_at, counts, purchases_cents } = activity;
        (first_at, last_at.wrapping_sub(first_at), counts, purchases_cents)
    }
}
