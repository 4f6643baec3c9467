//! The manifests of a new snapshot.

use std::collections::BTreeMap;

use estrella_core::schema::TableSchema;
use iceberg::spec::{ManifestContentType, ManifestEntryRef, ManifestFile};

use super::removal::{Matcher, Removal};
use super::write::{Group, write_group};
use crate::error::{Error, Result};
use crate::lake::Lake;
use crate::manifest::{has_row_deletes, is_live, load, manifests};
use crate::table::Table;

/// From this many small manifests on they are merged into one, as other engines do
/// (`commit.manifest.min-count-to-merge`), so that planning does not open one file per commit.
const MERGE_COUNT: usize = 100;
/// A manifest of this size in bytes is left alone (`commit.manifest.target-size-bytes`).
const MERGE_BELOW_BYTES: i64 = 8 << 20;

/// What a snapshot keeps and takes away. Its new files are not in here.
pub(super) struct Change {
    pub(super) manifests: Vec<ManifestFile>,
    pub(super) removed: Vec<ManifestEntryRef>,
    /// Row-level deletes of other engines went with the data that they apply to.
    pub(super) drops_row_deletes: bool,
}

impl Change {
    pub(super) async fn plan(
        lake: &Lake,
        table: &Table,
        snapshot_id: i64,
        removal: Removal<'_>,
    ) -> Result<Self> {
        let mut current = match table.metadata().current_snapshot() {
            Some(snapshot) => manifests(&table.inner, snapshot).await?,
            None => Vec::new(),
        };
        current.retain(is_live);
        if has_row_deletes(&current) && matches!(removal, Removal::Files(_)) {
            let what = "table has row-level delete files, which a rewrite would undo";
            return Err(Error::invalid(what).at(table.schema.full_name()));
        }
        let everything = matches!(removal, Removal::Everything);
        let (deletes, data): (Vec<_>, Vec<_>) =
            current.into_iter().partition(|m| m.content == ManifestContentType::Deletes);
        let mut change = Self { manifests: Vec::new(), removed: Vec::new(), drops_row_deletes: everything };
        let groups = change.sort_out(lake, table, data, &removal).await?;
        for (spec_id, group) in groups {
            change.manifests.push(write_group(lake, table, snapshot_id, spec_id, &group).await?);
            change.removed.extend(group.removed);
        }
        if !everything {
            change.manifests.extend(deletes);
        }
        change.check_complete(table.schema, &removal)?;
        Ok(change)
    }

    /// Keeps manifests that nothing is removed from, and returns the entries of the others by spec.
    async fn sort_out(
        &mut self,
        lake: &Lake,
        table: &Table,
        data: Vec<ManifestFile>,
        removal: &Removal<'_>,
    ) -> Result<BTreeMap<i32, Group>> {
        let matcher = Matcher { store: &*lake.store, table, removal };
        let mut touched = Vec::new();
        for manifest in data {
            match matcher.may_touch(&manifest)? {
                true => touched.push(manifest),
                false => self.manifests.push(manifest),
            }
        }
        let merged = self.take_mergeable(table);
        let mut groups: BTreeMap<i32, Group> = BTreeMap::new();
        for (file, manifest) in load(&table.inner, merged).await? {
            let live = manifest.entries().iter().filter(|entry| entry.is_alive()).cloned();
            groups.entry(file.partition_spec_id).or_default().kept.extend(live);
        }
        for (file, manifest) in load(&table.inner, touched).await? {
            let live = manifest.entries().iter().filter(|entry| entry.is_alive()).cloned();
            let (mut removed, mut kept) = (Vec::new(), Vec::new());
            for entry in live {
                let goes = matcher.matches(&file, &entry)?;
                if goes { removed.push(entry) } else { kept.push(entry) }
            }
            if removed.is_empty() {
                self.manifests.push(file);
            } else {
                let group = groups.entry(file.partition_spec_id).or_default();
                group.removed.extend(removed);
                group.kept.extend(kept);
            }
        }
        Ok(groups)
    }

    fn take_mergeable(&mut self, table: &Table) -> Vec<ManifestFile> {
        let spec_id = table.metadata().default_partition_spec_id();
        let small =
            |m: &ManifestFile| m.partition_spec_id == spec_id && m.manifest_length < MERGE_BELOW_BYTES;
        if self.manifests.iter().filter(|m| small(m)).count() < MERGE_COUNT {
            return Vec::new();
        }
        let (small, large) = std::mem::take(&mut self.manifests).into_iter().partition(small);
        self.manifests = large;
        small
    }

    fn check_complete(&self, schema: &TableSchema, removal: &Removal<'_>) -> Result<()> {
        match removal {
            Removal::Files(keys) if keys.len() != self.removed.len() => {
                let gone = keys.len().abs_diff(self.removed.len());
                Err(Error::conflict(format!("{gone} of {} files to rewrite are gone", keys.len()))
                    .at(schema.full_name()))
            }
            _ => Ok(()),
        }
    }
}
