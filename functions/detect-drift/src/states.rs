//! What was told, what is open, which hours are judged: a chain of numbered documents.
//!
//! A document is written only if its number is free, so of two that build on the same one only one comes to stand. The
//! loser reads again.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use estrella_contracts::{SCHEMA_VERSION, keys};
use estrella_drift::{HourVerdict, State};
use estrella_lake::{Alert, Error, ErrorKind, Put, Result};
use estrella_runtime::Deps;
use serde::{Deserialize, Serialize};

use crate::Judged;

/// Documents that are kept behind the newest, for whoever wants to see what happened.
const KEPT: u64 = 20;
/// How often a change is tried when others write at the same time.
const MAX_ATTEMPTS: u32 = 20;

/// A state of the monitors.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Kept {
    /// Version of this message.
    pub schema_version: u32,
    /// Its number; 0 where there is none yet.
    pub number: u64,
    /// Incidents, mutes, and what monitors have said lately.
    pub state: State,
    /// The snapshot of `ops.profile_hours` whose hours are known to be due.
    pub seen_snapshot: Option<i64>,
    /// Hours that have rows that they were not judged with, of those that are not over the nearest.
    pub due: BTreeSet<i64>,
    /// Rows of the hours that were judged lately.
    pub judged: Judged,
    /// The newest hour that has rows, of those that are over.
    pub latest: Option<i64>,
    /// Batches that are held back and were told, or decided before anybody was.
    pub told_blocks: BTreeSet<String>,
    /// What is to be told and noted.
    pub outbox: Vec<Delivery>,
}

/// Messages to send and verdicts to note in `ops.drift_results`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Delivery {
    /// Made from hours and state: the same look, the same id.
    pub id: String,
    /// When the hours were judged, milliseconds since the Unix epoch.
    pub judged_at_ms: i64,
    /// When it was queued, or taken over by somebody else.
    pub queued_at_ms: i64,
    /// To be sent.
    pub alerts: Vec<Alert>,
    /// To be noted.
    pub verdicts: Vec<HourVerdict>,
}

impl Default for Kept {
    fn default() -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            number: 0,
            state: State::default(),
            seen_snapshot: None,
            due: BTreeSet::new(),
            judged: BTreeMap::new(),
            latest: None,
            told_blocks: BTreeSet::new(),
            outbox: Vec::new(),
        }
    }
}

/// The chain.
#[derive(Debug)]
pub struct States<'d> {
    deps: &'d Deps,
}

impl<'d> States<'d> {
    /// The chain of a lake.
    pub fn new(deps: &'d Deps) -> Self {
        Self { deps }
    }

    /// The newest state.
    ///
    /// # Errors
    /// `InvalidInput` if it cannot be read. Else those of the store.
    pub async fn newest(&self) -> Result<Kept> {
        let store = self.deps.lake.store();
        loop {
            let objects = store.list(keys::MONITOR_STATES).await?;
            let Some(last) = objects.last() else { return Ok(Kept::default()) };
            match store.get(&last.key).await {
                Ok(bytes) => {
                    return serde_json::from_slice(&bytes).map_err(|e| {
                        Error::invalid("state of the monitors cannot be read").at(&last.key).because(e)
                    });
                }
                // So many have been written since that it is gone.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Writes the state that follows `before`; none if another one stands there.
    pub(crate) async fn follow(&self, before: &Kept, mut next: Kept) -> Result<Option<Kept>> {
        next.number = before.number + 1;
        let key = keys::monitor_state(next.number);
        let body = serde_json::to_vec(&next).map_err(|e| Error::bug("write state").at(&key).because(e))?;
        let store = self.deps.lake.store();
        if store.put_if_absent(&key, Bytes::from(body)).await? == Put::Exists {
            return Ok(None);
        }
        // The number was free because it is long gone: whoever wrote this was asleep while others went on.
        let newest = store.list(keys::MONITOR_STATES).await?.into_iter().next_back();
        if newest.is_some_and(|newest| newest.key >= keys::monitor_state(next.number + KEPT)) {
            store.delete(&key).await?;
            return Ok(None);
        }
        if let Some(old) = next.number.checked_sub(KEPT) {
            store.delete(&keys::monitor_state(old)).await?;
        }
        Ok(Some(next))
    }

    /// Changes the newest state, as a human or a delivery does.
    ///
    /// # Errors
    /// What `change` says. `Conflict` if others write all the time. Else those of the store.
    pub async fn change<T>(&self, mut change: impl FnMut(&mut Kept) -> Result<T>) -> Result<T> {
        for _ in 0..MAX_ATTEMPTS {
            let before = self.newest().await?;
            let mut next = before.clone();
            let answer = change(&mut next)?;
            if self.follow(&before, next).await?.is_some() {
                return Ok(answer);
            }
        }
        Err(Error::conflict("the monitors' state is written by others all the time").at(keys::MONITOR_STATES))
    }
}

#[cfg(test)]
mod tests {
    use estrella_runtime::fakes::Fakes;

    use super::*;

    #[tokio::test]
    async fn of_two_that_build_on_one_state_only_one_comes_to_stand() {
        let fakes = Fakes::new().unwrap();
        let deps = fakes.deps();
        let states = States::new(&deps);
        let first = states.newest().await.unwrap();
        assert!(states.follow(&first, first.clone()).await.unwrap().is_some());
        assert!(states.follow(&first, first.clone()).await.unwrap().is_none());
        assert_eq!(states.newest().await.unwrap().number, 1);
    }

    #[tokio::test]
    async fn whoever_slept_while_others_went_on_does_not_come_to_stand() {
        let fakes = Fakes::new().unwrap();
        let deps = fakes.deps();
        let states = States::new(&deps);
        let asleep = states.newest().await.unwrap();
        for _ in 0..KEPT + 5 {
            states.change(|_| Ok(())).await.unwrap();
        }
        assert!(states.follow(&asleep, asleep.clone()).await.unwrap().is_none(), "number 1 is free again");
        assert_eq!(states.newest().await.unwrap().number, KEPT + 5);
        assert_eq!(deps.lake.store().list(keys::MONITOR_STATES).await.unwrap().len() as u64, KEPT);
    }
}
