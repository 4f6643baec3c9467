//! The one pass over the rows.

mod metrics;
mod state;

use arrow::{error::ArrowError, record_batch::RecordBatch};

pub(crate) use metrics::Measured;
pub use metrics::Metrics;
use state::State;

use crate::{
    measure::{hash_column, hash_columns},
    plan::{Plan, Prepared},
};

/// What was collected of some batches.
#[derive(Debug, Clone)]
pub struct Scan<'p> {
    plan: &'p Plan,
    states: Vec<State>,
}

impl<'p> Scan<'p> {
    /// A scan of no batch.
    pub fn new(plan: &'p Plan) -> Self {
        Self { plan, states: plan.measures.iter().map(State::new).collect() }
    }

    /// Adds the rows of a batch.
    ///
    /// # Errors
    /// If a column is missing from the batch or of another type than planned.
    pub fn update(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        let prepared = self.plan.prepare(batch)?;
        let mut hashes = HashedColumns { prepared: &prepared, known: Vec::new() };
        for (measure, state) in self.plan.measures.iter().zip(&mut self.states) {
            if measure.is_needed {
                state.update(measure, &prepared, &mut hashes);
            }
        }
        Ok(())
    }

    /// Adds the rows of another scan by the same plan; the order does not matter.
    pub fn merge(&mut self, other: Self) {
        for (mine, theirs) in self.states.iter_mut().zip(other.states) {
            mine.merge(theirs);
        }
    }

    /// What all rows together measure.
    pub fn finish(self) -> Metrics {
        metrics::finish(self.plan, self.states)
    }
}

/// The hashes of a batch, each computed once.
struct HashedColumns<'b> {
    prepared: &'b Prepared,
    known: Vec<(Vec<usize>, Vec<u64>)>,
}

impl HashedColumns<'_> {
    fn of(&mut self, positions: &[usize]) -> &[u64] {
        let known = self.known.iter().position(|(columns, _)| columns == positions);
        let index = known.unwrap_or_else(|| {
            let columns: Vec<_> =
                positions.iter().map(|position| &self.prepared.columns[*position]).collect();
            let hashes = match columns.as_slice() {
                [single] => hash_column(single),
                several => hash_columns(several),
            };
            self.known.push((positions.to_vec(), hashes));
            self.known.len() - 1
        });
        &self.known[index].1
    }
}
