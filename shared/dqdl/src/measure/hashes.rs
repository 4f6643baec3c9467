//! Which values occur once: the hashes of all values, sorted at the end. Eight bytes a row.

use super::Selection;

/// Hashes of values.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hashes(Vec<u64>);

/// What sorted hashes tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Values.
    pub(crate) values: u64,
    /// Distinct values.
    pub(crate) distinct: u64,
    /// Values that occur exactly once.
    pub(crate) once: u64,
}

impl Hashes {
    pub(crate) fn update(&mut self, hashes: &[u64], selection: &Selection) {
        selection.for_each_run(|start, end| self.0.extend_from_slice(&hashes[start..end]));
    }

    pub(crate) fn merge(&mut self, other: Self) {
        if self.0.is_empty() {
            self.0 = other.0;
        } else {
            self.0.extend(other.0);
        }
    }

    /// Each distinct hash and how often it occurs, in order.
    pub(crate) fn runs(mut self) -> Vec<(u64, u64)> {
        self.0.sort_unstable();
        self.0.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() as u64)).collect()
    }

    pub(crate) fn counts(mut self) -> Counts {
        self.0.sort_unstable();
        let mut counts = Counts { values: self.0.len() as u64, distinct: 0, once: 0 };
        for run in self.0.chunk_by(|a, b| a == b) {
            counts.distinct += 1;
            counts.once += u64::from(run.len() == 1);
        }
        counts
    }
}
