//! The files in the store.

use std::sync::Arc;

use bytes::Bytes;
use estrella_lake::{ObjectStore, Put};

use super::buffers::Part;
use super::layout::Layout;
use super::names::{change_file, load_file, load_number, staged, staging, unstaged};
use super::report::{Report, Rows};
use crate::{Error, Result};

/// Writes parts as files, and counts them.
#[derive(Debug)]
pub(super) struct Files {
    store: Arc<dyn ObjectStore>,
    prefix: String,
    slot: String,
    pub(super) report: Report,
}

impl Files {
    pub(super) fn new(store: Arc<dyn ObjectStore>, prefix: String, slot: String) -> Self {
        Self { store, prefix, slot, report: Report::default() }
    }

    /// Writes changes under the time of their first commit, or under the next millisecond that is free.
    pub(super) async fn write_changes(&mut self, part: Part) -> Result<()> {
        let body = body(&part);
        let mut unix_ms = part.first_commit_us.div_euclid(1_000);
        loop {
            let key = format!("{}{}/{}", self.prefix, part.layout.folder(), change_file(unix_ms)?);
            match self.store.put_if_absent(&key, body.clone()).await? {
                Put::Created => break,
                Put::Exists => unix_ms += 1,
            }
        }
        self.report.add(part.layout.name(), part.rows);
        Ok(())
    }

    /// Number of a table's next load file.
    pub(super) async fn next_load(&self, layout: &Layout) -> Result<u32> {
        let listed = self.store.list(&format!("{}{}/LOAD", self.prefix, layout.folder())).await?;
        let last = listed.iter().filter_map(|object| load_number(&object.key)).max().unwrap_or_default();
        let next = last.checked_add(1);
        next.ok_or_else(|| Error::refused(format!("{} has no number left for a load", layout.name())))
    }

    /// Writes rows of a full load where nobody reads them yet.
    pub(super) async fn stage_load(&mut self, part: Part, number: u32) -> Result<()> {
        let path = format!("{}/{}", part.layout.folder(), load_file(number));
        let key = staged(&self.prefix, &self.slot, &path);
        if self.store.put_if_absent(&key, body(&part)).await? == Put::Exists {
            return Err(Error::refused(format!("{key} is there already: another capture is at work")));
        }
        self.report.add(part.layout.name(), Rows { loaded: part.rows.total(), ..Rows::default() });
        Ok(())
    }

    /// Gives all staged files their names. Can be repeated.
    pub(super) async fn publish_staged(&self) -> Result<()> {
        for key in self.staged().await? {
            if let Some(name) = unstaged(&self.prefix, &self.slot, &key) {
                self.store.copy_if_absent(&key, &name).await?;
                self.store.delete(&key).await?;
            }
        }
        Ok(())
    }

    /// Removes what a load that was cut short has left.
    pub(super) async fn discard_staged(&self) -> Result<()> {
        for key in self.staged().await? {
            self.store.delete(&key).await?;
        }
        Ok(())
    }

    async fn staged(&self) -> Result<Vec<String>> {
        let listed = self.store.list(&staging(&self.prefix, &self.slot)).await?;
        Ok(listed.into_iter().map(|object| object.key).collect())
    }
}

fn body(part: &Part) -> Bytes {
    let mut body = Vec::with_capacity(part.csv.len() + 512);
    part.layout.push_header(&mut body);
    body.extend_from_slice(&part.csv);
    body.into()
}
