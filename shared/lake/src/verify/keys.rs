//! Keys that have to be unique.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use arrow::array::{Array, AsArray};
use estrella_core::event::format_date;
use estrella_core::schema::TableSchema;
use futures::{StreamExt, TryStreamExt, stream};
use xxhash_rust::xxh3::xxh3_128;

use super::{Check, Finding};
use crate::data::ParquetFile;
use crate::error::{Error, ErrorKind, Result};
use crate::lake::Lake;
use crate::ports::ObjectStore;
use crate::table::{PlannedFile, Table};
use crate::task::spawned;

/// Keys held at once for one partition, 64 MiB of them; of a larger one only a range of hashes at a time.
const KEYS_AT_ONCE: u64 = 4 << 20;
/// Partitions looked at at the same time.
const PARTITIONS_AT_ONCE: usize = 2;
/// How often files that were removed meanwhile are looked for in a newer state.
const ATTEMPTS: u32 = 3;
/// Files that are named for a key.
const FILES_TOLD: usize = 2;

/// What was looked at, and what comes more than once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifiedKey {
    /// Rows looked at.
    pub rows: u64,
    /// Partitions that they are in.
    pub partitions: u64,
    /// One for each partition that has a key twice.
    pub findings: Vec<Finding>,
}

impl Lake {
    /// Verifies that no value of a text column comes twice in one partition of the table's head. That column is read
    /// whole; memory does not follow its size. A table that is not there has no rows.
    ///
    /// # Errors
    /// `InvalidInput` if a file cannot be read or has no such column of texts, `NotFound` if one is missing. Else those of
    /// the store.
    pub async fn verify_key(
        &self,
        schema: &'static TableSchema,
        column: &'static str,
    ) -> Result<VerifiedKey> {
        let mut attempt = 1;
        loop {
            let Some(table) = self.table_if_exists(schema).await? else { return Ok(VerifiedKey::default()) };
            match verify(self, &table, column, KEYS_AT_ONCE).await {
                Err(error) if error.kind() == ErrorKind::NotFound && attempt < ATTEMPTS => attempt += 1,
                done => return done,
            }
        }
    }
}

async fn verify(lake: &Lake, table: &Table, column: &'static str, at_once: u64) -> Result<VerifiedKey> {
    let mut partitions: BTreeMap<Option<i32>, Vec<PlannedFile>> = BTreeMap::new();
    for file in table.plan(None).await? {
        partitions.entry(file.partition_date).or_default().push(file);
    }
    let rows = partitions.values().flatten().map(|file| file.rows).sum();
    let count = partitions.len() as u64;
    let name = table.schema.full_name();
    let tasks = stream::iter(partitions).map(|(date, files)| {
        let keys = Keys { store: lake.store.clone(), table: name.clone(), column, date, files };
        spawned(async move { keys.repeated(at_once).await })
    });
    let found: Vec<Option<Finding>> = tasks.buffered(PARTITIONS_AT_ONCE).try_collect().await?;
    Ok(VerifiedKey { rows, partitions: count, findings: found.into_iter().flatten().collect() })
}

/// The keys of one partition.
struct Keys {
    store: Arc<dyn ObjectStore>,
    table: String,
    column: &'static str,
    date: Option<i32>,
    files: Vec<PlannedFile>,
}

impl Keys {
    async fn repeated(&self, at_once: u64) -> Result<Option<Finding>> {
        let rows: u64 = self.files.iter().map(|file| file.rows).sum();
        let ranges = u128::from(rows.div_ceil(at_once).max(1));
        let mut repeated = BTreeSet::new();
        for range in 0..ranges {
            let mut hashes = Vec::with_capacity((u128::from(rows) / ranges) as usize);
            let add = |hash: u128, _: &str, _: &str| hashes.extend((hash % ranges == range).then_some(hash));
            self.each(add).await?;
            hashes.sort_unstable();
            repeated.extend(hashes.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]));
        }
        if repeated.is_empty() {
            return Ok(None);
        }
        self.finding(&repeated).await.map(Some)
    }

    /// Looks up what the hash of the first one stands for.
    async fn finding(&self, repeated: &BTreeSet<u128>) -> Result<Finding> {
        let mut places: HashMap<String, Vec<String>> = HashMap::new();
        let first = repeated.first();
        let add = |hash: u128, key: &str, file: &str| {
            if Some(&hash) == first {
                places.entry(key.to_owned()).or_default().push(file.to_owned());
            }
        };
        self.each(add).await?;
        let example = places.into_iter().next().map(|(key, files)| {
            let more = files.len().saturating_sub(FILES_TOLD);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!(", as {key} in {}{more}", files[..files.len().min(FILES_TOLD)].join(" and "))
        });
        let count = repeated.len();
        Ok(Finding {
            check: Check::Keys,
            table: self.table.clone(),
            place: self.date.map_or_else(|| "all rows".to_owned(), format_date),
            expected: format!("each {} once", self.column),
            found: format!("{count} more than once{}", example.unwrap_or_default()),
        })
    }

    /// Calls with hash, key and file of every row, a row group at a time.
    async fn each(&self, mut call: impl FnMut(u128, &str, &str)) -> Result<()> {
        for planned in &self.files {
            let file = ParquetFile::open(&self.store, &planned.key).await?;
            for group in 0..file.groups() {
                let batch = file.read(group, &[self.column]).await?;
                let texts = batch.column(0).as_string_opt::<i32>().ok_or_else(|| {
                    Error::invalid(format!("column {} is no text", self.column)).at(&planned.key)
                })?;
                for text in (0..texts.len()).map(|row| texts.value(row)) {
                    call(xxh3_128(text.as_bytes()), text, &planned.key);
                }
            }
        }
        Ok(())
    }
}

#[cfg(all(test, feature = "fakes"))]
mod tests {
    use super::*;
    use crate::contract::write_rows;
    use crate::fakes::memory_lake;
    use crate::{Commit, Operation};
    use estrella_core::schema::CLEAN_EVENTS;

    #[tokio::test]
    async fn a_key_is_found_in_any_number_of_ranges() {
        let lake = memory_lake();
        for (name, numbers) in [("a", [1, 2, 3]), ("b", [4, 2, 5])] {
            let files = vec![write_rows(&*lake.store, &CLEAN_EVENTS, name, Some(7), &numbers).await.unwrap()];
            let operation = Operation::Append(files);
            let commit = Commit { key: name.into(), operation, base: None, properties: Default::default() };
            lake.commit(&CLEAN_EVENTS, commit).await.unwrap();
        }
        let table = lake.table(&CLEAN_EVENTS).await.unwrap();
        for at_once in [1, 2, 5, 100] {
            let verified = verify(&lake, &table, "event_id", at_once).await.unwrap();
            assert_eq!((verified.rows, verified.partitions), (6, 1));
            let found: Vec<&str> = verified.findings.iter().map(|f| f.found.as_str()).collect();
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].contains("as 2 in clean/events/data/day=7/a.parquet and clean/"), "{found:?}");
        }
    }
}
