//! The users and how active they are.

use rand::Rng;
use rand::distr::Distribution;
use rand::rngs::SmallRng;
use rand_distr::LogNormal;
use rand_distr::weighted::WeightedAliasIndex;

use super::sampling::{Purpose, stream};

/// People who might come, for each row: the real month saw 4.7 M users in 66.6 M rows, and more than one
/// in four of the people here is so inactive as to stay away.
const PEOPLE_PER_ROW: f64 = 0.097;
const FEWEST: u64 = 20;
const FIRST_ID: u32 = 512_000_000;
/// Range of the ids, whatever the number of users.
const ID_RANGE: u64 = 140_000_000;
/// Spread of the log of a user's activity: the busiest tenth makes two fifths of the sessions.
const ACTIVITY_SPREAD: f64 = 1.0;

/// Everybody who might come to the shop.
pub(super) struct Users {
    ids: Vec<u32>,
    activity: WeightedAliasIndex<f64>,
}

impl Users {
    pub(super) fn new(rows: u64, seed: u64) -> anyhow::Result<Self> {
        let mut rng = stream(seed, Purpose::Users, 0);
        let count = ((rows as f64 * PEOPLE_PER_ROW) as u64).max(FEWEST);
        let widest_gap = (2 * ID_RANGE / count).max(1) as u32;
        let ids = (0..count)
            .scan(FIRST_ID, |id, _| {
                *id += rng.random_range(1..=widest_gap);
                Some(*id)
            })
            .collect();
        let activity = LogNormal::new(0.0, ACTIVITY_SPREAD)?;
        let activity = (0..count).map(|_| activity.sample(&mut rng)).collect();
        Ok(Self { ids, activity: WeightedAliasIndex::new(activity)? })
    }

    /// A user id, by activity.
    pub(super) fn draw(&self, rng: &mut SmallRng) -> u32 {
        self.ids[self.activity.sample(rng)]
    }

    /// An id that [`draw`](Self::draw) never gives, different for each `number`.
    pub(super) fn stranger(&self, number: u32) -> u32 {
        self.ids.last().map_or(FIRST_ID, |last| last + 1 + number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_are_nobody_who_comes_anyway() {
        let users = Users::new(10_000, 1).unwrap();
        assert!(users.ids.is_sorted_by(|a, b| a < b));
        assert!((0..5).all(|number| !users.ids.contains(&users.stranger(number))));
        assert_ne!(users.stranger(0), users.stranger(1));
    }
}
