//! Rows on their way to files: those of whole transactions, and those of the one that is being received.

use std::sync::Arc;

use super::layout::{Layout, Op, Place};
use super::report::Rows;
use crate::Result;

/// The lines of one file.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) layout: Arc<Layout>,
    pub(super) csv: Vec<u8>,
    pub(super) rows: Rows,
    /// Of its first row, microseconds since 1970.
    pub(super) first_commit_us: i64,
}

impl Part {
    pub(super) fn new(layout: Arc<Layout>, first_commit_us: i64) -> Self {
        Self { layout, csv: Vec::new(), rows: Rows::default(), first_commit_us }
    }

    /// Appends a row, of which there are as many values as columns.
    pub(super) fn push<'a>(
        &mut self,
        op: Op,
        values: impl ExactSizeIterator<Item = Option<&'a str>>,
        place: &Place,
    ) -> Result<()> {
        self.layout.push_row(&mut self.csv, op, values, place)?;
        match op {
            Op::Insert => self.rows.inserts += 1,
            Op::Update => self.rows.updates += 1,
            Op::Delete => self.rows.deletes += 1,
        }
        Ok(())
    }
}

/// Parts, one for each layout: a table whose columns change gets a second one, with a header of its own.
#[derive(Debug, Default)]
pub(super) struct Parts(Vec<Part>);

impl Parts {
    pub(super) fn of(&mut self, layout: &Arc<Layout>, commit_us: i64) -> &mut Part {
        let found = self.0.iter().position(|part| Arc::ptr_eq(&part.layout, layout));
        let index = found.unwrap_or_else(|| {
            self.0.push(Part::new(Arc::clone(layout), commit_us));
            self.0.len() - 1
        });
        &mut self.0[index]
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn rows(&self) -> u64 {
        self.0.iter().map(|part| part.rows.total()).sum()
    }

    pub(super) fn bytes(&self) -> usize {
        self.0.iter().map(|part| part.csv.len()).sum()
    }

    /// Takes over the rows of a transaction that is complete now.
    pub(super) fn append(&mut self, later: Self) {
        for part in later.0 {
            let own = self.of(&part.layout, part.first_commit_us);
            own.csv.extend_from_slice(&part.csv);
            own.rows += part.rows;
        }
    }

    pub(super) fn take(&mut self) -> Vec<Part> {
        std::mem::take(&mut self.0)
    }
}
