//! The rows that a dimension has.

use std::iter::Peekable;
use std::ops::Range;
use std::sync::Arc;
use std::vec::IntoIter;

use estrella_core::star::Row;
use estrella_lake::data::ParquetFile;
use estrella_lake::{Error, ObjectStore, PlannedFile, Result, Table};

/// The rows of a dimension by ascending key, a row group in memory at a time.
pub(crate) struct Existing<R: Row> {
    store: Arc<dyn ObjectStore>,
    files: IntoIter<PlannedFile>,
    /// The open file and its row groups that are still to come.
    open: Option<(ParquetFile, Range<usize>)>,
    rows: Peekable<IntoIter<(R::Key, R)>>,
    last: Option<R::Key>,
}

impl<R: Row> Existing<R> {
    /// All rows of a dimension.
    pub(crate) async fn of(table: &Table, store: &Arc<dyn ObjectStore>) -> Result<Self> {
        Ok(Self::new(table.plan(None).await?, store))
    }

    /// No rows, for a dimension that is built anew.
    pub(crate) fn none(store: &Arc<dyn ObjectStore>) -> Self {
        Self::new(Vec::new(), store)
    }

    fn new(files: Vec<PlannedFile>, store: &Arc<dyn ObjectStore>) -> Self {
        let rows = Vec::new().into_iter().peekable();
        Self { store: Arc::clone(store), files: files.into_iter(), open: None, rows, last: None }
    }

    /// The next row. `InvalidInput` if the rows are not as this stage writes them: other engines may have
    /// rewritten the table in another order.
    pub(crate) async fn peek(&mut self) -> Result<Option<&(R::Key, R)>> {
        while self.rows.peek().is_none() {
            match &mut self.open {
                Some((file, groups)) => match groups.next() {
                    Some(group) => {
                        self.rows = read(file, group, &mut self.last).await?.into_iter().peekable()
                    }
                    None => self.open = None,
                },
                None => {
                    let Some(planned) = self.files.next() else { return Ok(None) };
                    let file = ParquetFile::open(&self.store, &planned.key).await?;
                    let groups = 0..file.groups();
                    self.open = Some((file, groups));
                }
            }
        }
        Ok(self.rows.peek())
    }

    /// Takes the row that was peeked.
    pub(crate) fn take(&mut self) -> Option<(R::Key, R)> {
        self.rows.next()
    }
}

async fn read<R: Row>(
    file: &ParquetFile,
    group: usize,
    last: &mut Option<R::Key>,
) -> Result<Vec<(R::Key, R)>> {
    let names: Vec<&str> = R::TABLE.columns.iter().map(|column| column.name).collect();
    let batch = file.read(group, &names).await?;
    let rows =
        R::read(&batch).map_err(|e| Error::invalid("rows do not fit the table").at(file.key()).because(e))?;
    let mut rows = rows;
    if R::EVENTLESS && last.is_some() && rows.first().map(|(key, _)| key) == last.as_ref() {
        // Further versions of the last key, which say the same.
        rows.remove(0);
    }
    let follows = last.as_ref().zip(rows.first()).is_none_or(|(last, (first, _))| last < first);
    if !follows || !rows.is_sorted_by(|(a, _), (b, _)| a < b) {
        return Err(Error::invalid("rows are not sorted by their key").at(file.key()));
    }
    *last = rows.last().map(|(key, _)| key.clone()).or(last.take());
    Ok(rows)
}
