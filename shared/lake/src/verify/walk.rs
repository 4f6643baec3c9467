//! The way through a table: from its head over snapshots and manifests to the files.

use std::collections::{HashMap, HashSet};

use futures::{StreamExt, TryStreamExt, stream};
use iceberg::spec::{Manifest, ManifestEntryRef, ManifestFile, Snapshot, SnapshotRef};

use super::file::{check, sized};
use super::manifest::{Live, miscounted};
use super::{Check, Finding, Verified, unreadable};
use crate::commit::named_snapshots;
use crate::error::{Error, Result};
use crate::lake::Lake;
use crate::manifest::manifests;
use crate::table::Table;
use crate::task::spawned;

/// Manifests read at the same time.
const MANIFESTS_AT_ONCE: usize = 8;
/// Files looked at at the same time.
const FILES_AT_ONCE: usize = 16;

pub(super) struct Walk<'a> {
    lake: &'a Lake,
    table: &'a Table,
    pub(super) seen: Verified,
    /// With the snapshot that it is about.
    pub(super) found: Vec<(Option<i64>, Finding)>,
    /// Keys of all that snapshots are made of.
    pub(super) named: HashSet<String>,
    /// Live files of the manifests by location; none of those that cannot be read.
    live: HashMap<String, Option<Live>>,
    /// Size and rows of the data files by key, as the first entry has them.
    files: HashMap<String, (u64, u64)>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(lake: &'a Lake, table: &'a Table) -> Self {
        let (seen, found, named) = (Verified::default(), Vec::new(), HashSet::new());
        Self { lake, table, seen, found, named, live: HashMap::new(), files: HashMap::new() }
    }

    /// Branches and tags, the head among them, name snapshots that are there.
    pub(super) fn references(&mut self) -> Result<()> {
        for id in named_snapshots(self.table.metadata())? {
            if self.table.metadata().snapshot_by_id(id).is_none() {
                let expected = "a retained snapshot";
                self.find(None, Check::Pointers, format!("snapshot {id}"), expected, "no such snapshot");
            }
        }
        Ok(())
    }

    /// All retained snapshots, the head first: of entries that several manifests have, those that are read are checked.
    pub(super) async fn snapshots(&mut self) -> Result<()> {
        let head = self.table.snapshot_id();
        let mut snapshots: Vec<SnapshotRef> = self.table.metadata().snapshots().cloned().collect();
        snapshots.sort_by_key(|s| (Some(s.snapshot_id()) != head, std::cmp::Reverse(s.sequence_number())));
        for snapshot in &snapshots {
            self.snapshot(snapshot).await?;
        }
        self.seen.snapshots = snapshots.len() as u64;
        Ok(())
    }

    async fn snapshot(&mut self, snapshot: &SnapshotRef) -> Result<()> {
        let (id, list) = (snapshot.snapshot_id(), snapshot.manifest_list());
        self.name(list);
        self.seen.manifests += 1;
        let manifests = match manifests(&self.table.inner, snapshot).await {
            Ok(manifests) => manifests,
            Err(error) => return self.unreadable(id, Check::Files, list, "a manifest list", error),
        };
        let new = manifests.iter().filter(|m| !self.live.contains_key(&m.manifest_path)).cloned();
        self.manifests(id, new.collect()).await?;
        let live = manifests.iter().map(|m| self.live.get(&m.manifest_path).copied().flatten());
        // Totals of what cannot be read whole are not known, and the finding is there already.
        if let Some(live) = live.collect::<Option<Vec<Live>>>() {
            let mut total = Live::default();
            live.into_iter().for_each(|live| total.add(live));
            self.totals(snapshot, total);
        }
        Ok(())
    }

    async fn manifests(&mut self, snapshot_id: i64, new: Vec<ManifestFile>) -> Result<()> {
        let io = self.table.inner.file_io();
        let read = |file: ManifestFile| async move {
            let manifest = file.load_manifest(io).await.map_err(Error::from);
            (file, manifest)
        };
        let mut read = stream::iter(new).map(read).buffered(MANIFESTS_AT_ONCE);
        while let Some((file, manifest)) = read.next().await {
            self.seen.manifests += 1;
            self.name(&file.manifest_path);
            let live = match manifest {
                Ok(manifest) => {
                    self.manifest(snapshot_id, &file, &manifest).await?;
                    Some(Live::of(&manifest))
                }
                Err(error) => {
                    let place = &file.manifest_path;
                    self.unreadable(snapshot_id, Check::Files, place, "a manifest", error)?;
                    None
                }
            };
            self.live.insert(file.manifest_path, live);
        }
        Ok(())
    }

    async fn manifest(&mut self, snapshot_id: i64, file: &ManifestFile, manifest: &Manifest) -> Result<()> {
        let id = Some(snapshot_id);
        if let Ok(key) = self.lake.store.key_of(&file.manifest_path) {
            let size_bytes = file.manifest_length.unsigned_abs();
            let schema = self.table.schema;
            let finding = sized(&*self.lake.store, Check::Files, schema, &key, size_bytes).await?;
            self.found.extend(finding.map(|finding| (id, finding)));
        }
        for (what, own, listed) in miscounted(file, manifest) {
            let (expected, found) = (format!("{own} {what}"), format!("{listed} in the manifest list"));
            self.find(id, Check::Counts, file.manifest_path.clone(), &expected, &found);
        }
        let mut new = Vec::new();
        for entry in manifest.entries().iter().filter(|entry| entry.is_alive()) {
            if self.is_new(snapshot_id, entry) {
                new.push(entry.clone());
            }
        }
        self.data_files(snapshot_id, new).await
    }

    /// Whether the entry's file was in no manifest before; then it is to be looked at.
    fn is_new(&mut self, snapshot_id: i64, entry: &ManifestEntryRef) -> bool {
        let file = entry.data_file();
        let key = self.name(file.file_path());
        let own = (file.file_size_in_bytes(), file.record_count());
        let Some(before) = self.files.get(&key).copied() else {
            self.files.insert(key, own);
            return true;
        };
        if own != before {
            let told = |(bytes, rows): (u64, u64)| format!("{bytes} bytes and {rows} rows");
            let (expected, found) = (told(before), format!("{} in another manifest", told(own)));
            self.find(Some(snapshot_id), Check::Counts, key, &expected, &found);
        } else if Some(snapshot_id) == self.table.snapshot_id() {
            let found = "named twice, so its rows are read twice";
            self.find(Some(snapshot_id), Check::Files, key, "named once by the head", found);
        }
        false
    }

    async fn data_files(&mut self, snapshot_id: i64, entries: Vec<ManifestEntryRef>) -> Result<()> {
        for file in entries.iter().map(|entry| entry.data_file()) {
            self.seen.data_files += 1;
            self.seen.rows += file.record_count();
            self.seen.bounds += (file.lower_bounds().len() + file.upper_bounds().len()) as u64;
        }
        let tasks = stream::iter(entries)
            .map(|entry| spawned(check(self.lake.store.clone(), self.table.schema, entry)));
        let found: Vec<Vec<Finding>> = tasks.buffered(FILES_AT_ONCE).try_collect().await?;
        self.found.extend(found.into_iter().flatten().map(|finding| (Some(snapshot_id), finding)));
        Ok(())
    }

    /// A snapshot's totals are those of its files, and its parent's with what it changed. Engines may leave them out.
    fn totals(&mut self, snapshot: &Snapshot, live: Live) {
        let number = |snapshot: &Snapshot, name: &str| {
            snapshot.summary().additional_properties.get(name)?.parse::<u64>().ok()
        };
        let parent = snapshot.parent_snapshot_id();
        let parent = parent.and_then(|id| self.table.metadata().snapshot_by_id(id)).cloned();
        let totals = [
            ("total-records", live.rows, "added-records", "deleted-records"),
            ("total-data-files", live.files, "added-data-files", "deleted-data-files"),
            ("total-files-size", live.size_bytes, "added-files-size", "removed-files-size"),
        ];
        let (id, place) = (snapshot.snapshot_id(), format!("snapshot {}", snapshot.snapshot_id()));
        for (name, live, added, removed) in totals {
            let Some(total) = number(snapshot, name) else { continue };
            if total != live {
                let expected = format!("{name} {live}, as in its manifests");
                self.find(Some(id), Check::Totals, place.clone(), &expected, &total.to_string());
            }
            let Some(before) = parent.as_ref().and_then(|parent| number(parent, name)) else { continue };
            let change = |name: &str| number(snapshot, name).unwrap_or_default();
            let (added, removed) = (change(added), change(removed));
            if before + added != total + removed {
                let expected = format!("{name} {before} of its parent + {added} - {removed}");
                self.find(Some(id), Check::Totals, place.clone(), &expected, &total.to_string());
            }
        }
    }

    /// Remembers a file that is named, and returns its key; the location itself if it is no place of this lake.
    fn name(&mut self, location: &str) -> String {
        let key = self.lake.store.key_of(location).unwrap_or_else(|_| location.to_owned());
        self.named.insert(key.clone());
        key
    }

    fn find(&mut self, id: Option<i64>, check: Check, place: String, expected: &str, found: &str) {
        let table = self.table.schema.full_name();
        let (expected, found) = (expected.to_owned(), found.to_owned());
        self.found.push((id, Finding { check, table, place, expected, found }));
    }

    fn unreadable(&mut self, id: i64, check: Check, place: &str, expected: &str, error: Error) -> Result<()> {
        let expected = format!("{expected} of snapshot {id}");
        self.found.push((Some(id), unreadable(check, self.table.schema, place, &expected, error)?));
        Ok(())
    }
}
