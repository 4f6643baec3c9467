//! Making a catalog anew from the metadata of its tables.

use std::collections::{BTreeMap, BTreeSet};

use estrella_core::schema::all_tables;
use iceberg::spec::TableMetadata;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::lake::Lake;
use crate::ports::{Head, Swap, TableId};

const METADATA: &str = ".metadata.json";
/// Names a snapshot of the table that a table was made from. So it was a head once.
const SOURCE: &str = "estrella.source-snapshot";

/// A table that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// `namespace.name`.
    pub table: String,
    /// Key of the metadata that is the head now.
    pub metadata: String,
    /// Its current snapshot.
    pub snapshot_id: Option<i64>,
    /// When it was written, in milliseconds since the Unix epoch.
    pub updated_ms: i64,
    /// What the head was before, if the catalog knew the table.
    pub before: Option<String>,
    /// Metadata with the same number, written by a commit that met another one.
    pub doubtful: Vec<String>,
}

struct Candidate {
    key: String,
    metadata: TableMetadata,
}

impl Lake {
    /// Registers every table that is found under the folders of the known namespaces, with its newest metadata: the highest
    /// number; of equal ones, one whose snapshot another table was made from, else the one written last.
    ///
    /// # Errors
    /// `Conflict` if the catalog has other heads, unless `force` says to replace them; then nothing is changed.
    /// `InvalidInput` if metadata cannot be read, or names another place than the one where it is.
    pub async fn restore(&self, force: bool) -> Result<Vec<Restored>> {
        let mut tables: BTreeMap<TableId, Vec<Candidate>> = BTreeMap::new();
        for (table, keys) in self.newest_metadata().await? {
            let mut candidates = Vec::with_capacity(keys.len());
            for key in keys {
                candidates.push(self.candidate(&table, key).await?);
            }
            tables.insert(table, candidates);
        }
        let sources: BTreeSet<i64> = tables.values().flatten().flat_map(sources).collect();
        let mut chosen = Vec::new();
        for (table, mut candidates) in tables {
            let was_head =
                |c: &Candidate| c.metadata.current_snapshot_id().is_some_and(|id| sources.contains(&id));
            candidates.sort_by_key(|c| (was_head(c), c.metadata.last_updated_ms()));
            let Some(newest) = candidates.pop() else { continue };
            let head = self.catalog.head(&table).await?;
            if let Some(head) = head.as_ref().filter(|head| !force && !self.is_at(head, &newest.key)) {
                let what = format!("catalog has another head: {}", head.metadata_location);
                return Err(Error::conflict(what).at(table));
            }
            chosen.push((table, newest, candidates, head));
        }
        let mut restored = Vec::with_capacity(chosen.len());
        for (table, newest, others, head) in chosen {
            self.set_head(&table, &newest.key, head.as_ref()).await?;
            restored.push(Restored {
                table: table.to_string(),
                snapshot_id: newest.metadata.current_snapshot_id(),
                updated_ms: newest.metadata.last_updated_ms(),
                before: head.map(|head| head.metadata_location),
                doubtful: others.into_iter().map(|other| other.key).collect(),
                metadata: newest.key,
            });
        }
        Ok(restored)
    }

    /// The metadata files with the highest number of each table.
    async fn newest_metadata(&self) -> Result<BTreeMap<TableId, Vec<String>>> {
        let namespaces: BTreeSet<&str> = all_tables().iter().map(|table| table.namespace).collect();
        let mut newest: BTreeMap<TableId, (u64, Vec<String>)> = BTreeMap::new();
        for namespace in namespaces {
            let mut after: Option<String> = None;
            loop {
                let page = self.store.list_page(&format!("{namespace}/"), after.as_deref()).await?;
                for object in &page.objects {
                    let Some((table, number)) = table_and_number(&object.key) else { continue };
                    let (highest, keys) = newest.entry(table).or_default();
                    if number > *highest {
                        (*highest, *keys) = (number, Vec::new());
                    }
                    if number == *highest {
                        keys.push(object.key.clone());
                    }
                }
                match page.objects.into_iter().next_back() {
                    Some(last) if page.has_more => after = Some(last.key),
                    _ => break,
                }
            }
        }
        Ok(newest.into_iter().map(|(table, (_, keys))| (table, keys)).collect())
    }

    async fn candidate(&self, table: &TableId, key: String) -> Result<Candidate> {
        let metadata = TableMetadata::read_from(&self.io, &self.store.location(&key)).await;
        let metadata = metadata.map_err(|error| Error::from(error).at(&key))?;
        let here = format!("{}/{}", table.namespace, table.name);
        if self.store.key_of(metadata.location()).ok().as_deref() != Some(here.as_str()) {
            let what = format!(
                "table is at {}, by its metadata; files are named by absolute paths, so a lake is restored where it was",
                metadata.location()
            );
            return Err(Error::invalid(what).at(key));
        }
        Ok(Candidate { key, metadata })
    }

    fn is_at(&self, head: &Head, key: &str) -> bool {
        self.store.key_of(&head.metadata_location).is_ok_and(|at| at == key)
    }

    async fn set_head(&self, table: &TableId, key: &str, head: Option<&Head>) -> Result<()> {
        let location = self.store.location(key);
        let swap = match head {
            Some(head) if self.is_at(head, key) => Swap::Done,
            Some(head) => self.catalog.swap(table, head, &location).await?,
            None => self.catalog.create(table, &location).await?,
        };
        match swap {
            Swap::Done => Ok(()),
            Swap::Conflict => Err(Error::conflict("somebody else writes the catalog").at(table)),
        }
    }
}

/// Of keys like `clean/events/metadata/00012-uuid.metadata.json`; others have number 0 if they are metadata at all.
fn table_and_number(key: &str) -> Option<(TableId, u64)> {
    let parts: Vec<&str> = key.split('/').collect();
    let [namespace, name, "metadata", file] = parts[..] else { return None };
    let number = file.strip_suffix(METADATA)?.split('-').next()?.trim_start_matches('v').parse().unwrap_or(0);
    Some((TableId { namespace: namespace.to_owned(), name: name.to_owned() }, number))
}

fn sources(candidate: &Candidate) -> Vec<i64> {
    let properties = candidate.metadata.snapshots().map(|snapshot| &snapshot.summary().additional_properties);
    properties.filter_map(|properties| properties.get(SOURCE)?.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_told_by_its_name() {
        let found = |key: &str| table_and_number(key).map(|(table, number)| (table.to_string(), number));
        let events = |number| Some(("clean.events".to_owned(), number));
        assert_eq!(found("clean/events/metadata/00012-a-b.metadata.json"), events(12));
        assert_eq!(found("clean/events/metadata/v3.metadata.json"), events(3));
        assert_eq!(found("clean/events/metadata/x.metadata.json"), events(0));
        for other in
            ["clean/events/metadata/snap-1.avro", "clean/events/data/1-a.metadata.json", "a/b.metadata.json"]
        {
            assert_eq!(found(other), None);
        }
    }
}
