//! Sums over sessions, which merge.

use serde::{Deserialize, Serialize};

use super::histogram::Histogram;
use crate::event::EventType;

const TYPES: usize = EventType::ALL.len();
const PAIRS: usize = TYPES * (TYPES + 1) / 2;

/// What rates per session, and their variance with sessions as clusters, are computed from. A session is what one
/// hour of one batch holds of it; one that goes on in the next counts there too.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionSums {
    /// Sessions.
    pub sessions: u64,
    /// Events by type, in the order of [`EventType::ALL`].
    pub sums: [u64; TYPES],
    /// Sessions that have any event of a type, in the same order.
    having: [u64; TYPES],
    /// Sums over sessions of the product of two counts by type, see [`product`](Self::product).
    products: [u128; PAIRS],
    /// Events of the session that has most.
    pub largest: u64,
    /// Sessions by their number of events.
    pub events: Histogram,
    /// Sessions by the seconds from their first to their last event of the hour, and one.
    pub seconds: Histogram,
}

impl SessionSums {
    /// Adds a session: its events by type, and the seconds from its first to its last.
    pub fn add(&mut self, counts: [u64; TYPES], seconds: i64) {
        let events = counts.iter().sum::<u64>();
        self.sessions += 1;
        for (at, &a) in counts.iter().enumerate() {
            self.sums[at] += a;
            self.having[at] += u64::from(a > 0);
            for (other, &b) in counts.iter().enumerate().skip(at) {
                self.products[pair(at, other)] += u128::from(a) * u128::from(b);
            }
        }
        self.largest = self.largest.max(events);
        self.events.add_number(events as i64);
        self.seconds.add_number(seconds + 1);
    }

    /// Adds other sessions.
    pub fn merge(&mut self, other: &Self) {
        self.sessions += other.sessions;
        for (mine, theirs) in self.sums.iter_mut().zip(other.sums) {
            *mine += theirs;
        }
        for (mine, theirs) in self.having.iter_mut().zip(other.having) {
            *mine += theirs;
        }
        for (mine, theirs) in self.products.iter_mut().zip(other.products) {
            *mine += theirs;
        }
        self.largest = self.largest.max(other.largest);
        self.events.merge(&other.events);
        self.seconds.merge(&other.seconds);
    }

    /// Sessions that have any event of a type.
    pub fn with(&self, kind: EventType) -> u64 {
        self.having[kind as usize]
    }

    /// The sum over sessions of events of type `a` times events of type `b`.
    pub fn product(&self, a: EventType, b: EventType) -> u128 {
        let (a, b) = (a as usize, b as usize);
        self.products[pair(a.min(b), a.max(b))]
    }
}

/// The place of an ordered pair in the upper triangle, row by row.
fn pair(a: usize, b: usize) -> usize {
    a * TYPES - a * a.saturating_sub(1) / 2 + b - a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_has_a_place_of_its_own() {
        let places = (0..TYPES).flat_map(|a| (a..TYPES).map(move |b| pair(a, b)));
        assert!(places.eq(0..PAIRS));
    }

    #[test]
    fn products_are_sums_over_sessions() {
        let mut sums = SessionSums::default();
        sums.add([3, 1, 0, 1], 59);
        let mut more = SessionSums::default();
        more.add([2, 0, 0, 0], 0);
        sums.merge(&more);
        assert_eq!((sums.sessions, sums.sums, sums.largest), (2, [5, 1, 0, 1], 5));
        assert_eq!(sums.product(EventType::View, EventType::View), 13);
        assert_eq!(sums.product(EventType::Purchase, EventType::View), 3);
        assert_eq!((sums.with(EventType::Cart), sums.with(EventType::View)), (1, 2));
        assert_eq!(sums.seconds.count(), 2);
    }
}
