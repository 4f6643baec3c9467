//! The data files that have to be gone in the end, noted before anything is changed: a call that is killed after the
//! tables forgot a file and before it is removed would leave it for good.

use std::collections::BTreeSet;

use bytes::Bytes;
use estrella_core::schema::TableSchema;
use estrella_lake::{Error, ErrorKind, Result, Table};
use estrella_runtime::Deps;

use super::who::hash;

/// The data files that tables had when a person began to be erased, of this call and of those that were cut short.
pub(super) struct Noted {
    note: String,
    keys: BTreeSet<String>,
}

impl Noted {
    /// Whether a call was cut short that had begun to erase the person.
    pub(super) async fn is_there(user_id: i64, deps: &Deps) -> Result<bool> {
        match deps.lake.store().size_bytes(&key(user_id)).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Notes the files of all retained snapshots.
    pub(super) async fn note(tables: &[&'static TableSchema], user_id: i64, deps: &Deps) -> Result<Self> {
        let store = deps.lake.store();
        let note = key(user_id);
        let mut keys: BTreeSet<String> = match store.get(&note).await {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|e| Error::invalid("note of files cannot be read").at(&note).because(e))?,
            Err(error) if error.kind() == ErrorKind::NotFound => BTreeSet::new(),
            Err(error) => return Err(error),
        };
        for table in tables {
            if let Some(table) = deps.lake.table_if_exists(table).await? {
                keys.extend(files(&table).await?);
            }
        }
        let body = serde_json::to_vec(&keys).map_err(|e| Error::bug("write note of files").because(e))?;
        store.delete(&note).await?;
        store.put_if_absent(&note, Bytes::from(body)).await?;
        Ok(Self { note, keys })
    }

    /// Removes those that no retained snapshot names any more, and the note. Tells how many were still there.
    pub(super) async fn remove(mut self, tables: &[&'static TableSchema], deps: &Deps) -> Result<u64> {
        for table in tables {
            if let Some(table) = deps.lake.table_if_exists(table).await? {
                for key in files(&table).await? {
                    self.keys.remove(&key);
                }
            }
        }
        let store = deps.lake.store();
        let mut removed = 0;
        for key in &self.keys {
            match store.size_bytes(key).await {
                Ok(_) => {
                    store.delete(key).await?;
                    removed += 1;
                }
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        store.delete(&self.note).await?;
        Ok(removed)
    }
}

/// Names the person without naming him.
fn key(user_id: i64) -> String {
    format!("landed/forget/{:016x}.json", hash(user_id, "forget"))
}

/// The data files of the head, and those that the snapshots before it added.
async fn files(table: &Table) -> Result<Vec<String>> {
    let mut keys: Vec<String> = table.plan(None).await?.into_iter().map(|file| file.key).collect();
    for snapshot in table.history() {
        let added = table.added_files(snapshot.snapshot_id).await?;
        keys.extend(added.into_iter().map(|file| file.key));
    }
    Ok(keys)
}
