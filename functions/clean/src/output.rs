//! The data files of a cleaned batch.

use std::mem;

use estrella_core::event::EventColumns;
use estrella_core::landing::{RowGroup, event_columns};
use estrella_core::profile::Profile;
use estrella_core::schema::CLEAN_EVENTS;
use estrella_lake::data::{Column, DataFileWriter};
use estrella_lake::{Error, Result};
use estrella_runtime::Deps;

use crate::groups::Group;

/// From so many rows on, a row group is worth being copied as it is. Smaller ones are put together.
const COPY_ROWS: usize = 16 * 1024;

/// What was written.
pub(crate) struct Written {
    pub(crate) files: Vec<String>,
    pub(crate) rows: u64,
    pub(crate) profile: Profile,
}

/// Writes row groups in the order of time, each file sorted in itself.
pub(crate) struct Output<'d> {
    date: i32,
    prefix: String,
    deps: &'d Deps,
    waiting: EventColumns,
    open: Option<(DataFileWriter, i64)>,
    written: Written,
}

impl<'d> Output<'d> {
    pub(crate) fn new(date: i32, prefix: String, deps: &'d Deps) -> Self {
        let written = Written { files: Vec::new(), rows: 0, profile: Profile::default() };
        Self { date, prefix, deps, waiting: EventColumns::default(), open: None, written }
    }

    /// Adds a row group, or the rows of it that `keep` marks.
    pub(crate) async fn add(&mut self, group: &Group, keep: Option<Vec<bool>>) -> Result<()> {
        match (&group.profile, keep) {
            (Some(profile), None) if group.rows() >= COPY_ROWS => {
                self.write_waiting().await?;
                self.copy(group, profile).await
            }
            (_, Some(keep)) if !keep.contains(&true) => Ok(()),
            (_, keep) => self.decode(group, keep).await,
        }
    }

    /// Adds a file as it is, whose row groups these are.
    pub(crate) async fn copy_file(&mut self, groups: &[Group]) -> Result<()> {
        let Some(first) = groups.first() else { return Ok(()) };
        self.write_waiting().await?;
        self.close().await?;
        let key = self.next_key();
        self.deps.lake.store().copy_if_absent(first.file.key(), &key).await?;
        self.written.files.push(key);
        for group in groups {
            let missing = || Error::invalid("landed row group has no profile").at(group.file.key());
            self.count(group.rows(), group.profile.as_ref().ok_or_else(missing)?);
        }
        Ok(())
    }

    pub(crate) async fn finish(mut self) -> Result<Written> {
        self.write_waiting().await?;
        self.close().await?;
        Ok(self.written)
    }

    async fn copy(&mut self, group: &Group, profile: &Profile) -> Result<()> {
        let columns = CLEAN_EVENTS.columns.iter().map(|column| group.file.column(column.name));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        let chunks = group.file.fetch(group.index, &columns).await?;
        let copies = columns.iter().map(|&column| Column::Copy {
            file: &group.file,
            chunks: &chunks,
            group: group.index,
            column,
        });
        self.file_from(*group.times.start(), *group.times.end()).await?.write_columns(copies)?;
        self.count(group.rows(), profile);
        Ok(())
    }

    async fn decode(&mut self, group: &Group, keep: Option<Vec<bool>>) -> Result<()> {
        let batch = group.file.read_all(&CLEAN_EVENTS, group.index).await?;
        let rows = event_columns(&batch)
            .ok_or_else(|| Error::invalid("rows cannot be read").at(group.file.key()))?;
        let limit = self.deps.config.limits.group_rows;
        let mut row = 0;
        while row < rows.len() {
            let end = rows.len().min(row + limit - self.waiting.len());
            match &keep {
                None => self.waiting.extend(&rows, row..end),
                Some(keep) => {
                    (row..end).filter(|r| keep[*r]).for_each(|r| self.waiting.extend(&rows, r..r + 1))
                }
            }
            row = end;
            if self.waiting.len() >= limit {
                self.write_waiting().await?;
            }
        }
        Ok(())
    }

    async fn write_waiting(&mut self) -> Result<()> {
        let rows = mem::take(&mut self.waiting);
        let (Some(&least), Some(&greatest)) = (rows.event_time.iter().min(), rows.event_time.iter().max())
        else {
            return Ok(());
        };
        let group = RowGroup::build(self.date, rows).map_err(|e| Error::bug("build row group").because(e))?;
        if group.duplicates > 0 {
            return Err(Error::bug("a duplicate was left for the writer to find").at(&self.prefix));
        }
        self.file_from(least, greatest).await?.write(&group.batch)?;
        self.count(group.batch.num_rows(), &group.profile);
        Ok(())
    }

    fn count(&mut self, rows: usize, profile: &Profile) {
        self.written.rows += rows as u64;
        self.written.profile.merge(profile);
    }

    /// The open file, if rows from `least` on continue its order, else a new one.
    async fn file_from(&mut self, least: i64, greatest: i64) -> Result<&mut DataFileWriter> {
        if self.open.as_ref().is_some_and(|(_, last)| *last > least) {
            self.close().await?;
        }
        let open = match self.open.take() {
            Some((file, _)) => file,
            None => DataFileWriter::create(&CLEAN_EVENTS, &self.deps.scratch)?,
        };
        Ok(&mut self.open.insert((open, greatest)).0)
    }

    async fn close(&mut self) -> Result<()> {
        if let Some((file, _)) = self.open.take() {
            let key = self.next_key();
            file.finish()?.install(self.deps.lake.store(), &key, Some(self.date)).await?;
            self.written.files.push(key);
        }
        Ok(())
    }

    fn next_key(&self) -> String {
        format!("{}-{}.parquet", self.prefix, self.written.files.len())
    }
}
