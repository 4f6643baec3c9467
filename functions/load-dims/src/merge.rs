//! Merging sorted runs.

use estrella_core::star::{Merge, SortKey};
use estrella_lake::Result;
use serde::de::DeserializeOwned;

use crate::spill::Run;

/// The records of several runs by ascending key, each key once.
///
/// A tournament: the first records of all runs are the leaves of a tree whose inner nodes name the run with the
/// lesser key. Records stay where they are until they win, and a new one plays once per level.
pub(crate) struct Merged<K, V> {
    runs: Vec<Run<(K, V)>>,
    /// The first record of each run; none when the run is over.
    heads: Vec<Option<(K, V)>>,
    /// The prefixes of the heads' keys, which decide most games.
    prefixes: Vec<u64>,
    /// The run that won at each node. The root is 1, the children of `n` are `2n` and `2n + 1`, and the leaves
    /// begin at the number of runs.
    winners: Vec<usize>,
}

impl<K: SortKey, V: Merge + DeserializeOwned> Merged<K, V> {
    /// Runs that are each sorted by key.
    pub(crate) fn new(mut runs: Vec<Run<(K, V)>>) -> Result<Self> {
        let count = runs.len();
        let heads = runs.iter_mut().map(Run::next).collect::<Result<Vec<_>>>()?;
        let prefixes = heads.iter().map(prefix).collect();
        let mut merged = Self { runs, heads, prefixes, winners: (0..2 * count).collect() };
        for run in 0..count {
            merged.winners[count + run] = run;
        }
        for node in (1..count).rev() {
            merged.play(node);
        }
        Ok(merged)
    }

    /// The key that [`Self::next`] gives.
    pub(crate) fn peek(&self) -> Option<&K> {
        let winner = *self.winners.get(1)?;
        self.heads[winner].as_ref().map(|(key, _)| key)
    }

    /// The next record.
    pub(crate) fn next(&mut self) -> Result<Option<(K, V)>> {
        let Some((key, mut value)) = self.pop()? else { return Ok(None) };
        while self.peek().is_some_and(|next| *next == key) {
            if let Some((_, same)) = self.pop()? {
                value.merge(same);
            }
        }
        Ok(Some((key, value)))
    }

    fn pop(&mut self) -> Result<Option<(K, V)>> {
        let Some(&winner) = self.winners.get(1) else { return Ok(None) };
        let next = self.runs[winner].next()?;
        self.prefixes[winner] = prefix(&next);
        let popped = std::mem::replace(&mut self.heads[winner], next);
        let mut node = self.runs.len() + winner;
        while node > 1 {
            node /= 2;
            self.play(node);
        }
        Ok(popped)
    }

    fn play(&mut self, node: usize) {
        let (left, right) = (self.winners[2 * node], self.winners[2 * node + 1]);
        self.winners[node] = if self.is_less(right, left) { right } else { left };
    }

    fn is_less(&self, a: usize, b: usize) -> bool {
        if self.prefixes[a] != self.prefixes[b] {
            return self.prefixes[a] < self.prefixes[b];
        }
        match (&self.heads[a], &self.heads[b]) {
            (Some((a, _)), Some((b, _))) => a < b,
            (a, _) => a.is_some(),
        }
    }
}

/// A run that is over loses against every other.
fn prefix<K: SortKey, V>(head: &Option<(K, V)>) -> u64 {
    head.as_ref().map_or(u64::MAX, |(key, _)| key.prefix())
}
