//! What is wrong with a commit before anything is read or written.

use std::collections::{BTreeSet, HashMap};

use estrella_core::schema::TableSchema;
use iceberg::spec::{DataFile, ManifestEntryRef, Struct};

use super::{Commit, Operation};
use crate::data_file::data_file;
use crate::error::{Error, Result};
use crate::ports::{ObjectStore, check_key};
use crate::table::Table;

/// Checks the commit and turns its new files into entries.
pub(super) fn entries(
    store: &dyn ObjectStore,
    schema: &TableSchema,
    commit: &Commit,
) -> Result<Vec<DataFile>> {
    let invalid = |what: String| Err(Error::invalid(what).at(schema.full_name()));
    if commit.key.is_empty() {
        return invalid("commit has no key".to_owned());
    }
    if commit.properties.contains_key("operation") {
        return invalid("operation is not free as a property".to_owned());
    }
    let partitioned = matches!(commit.operation, Operation::OverwritePartitions { .. });
    if partitioned && schema.partition.is_none() {
        return invalid("overwrite of partitions, but the table has none".to_owned());
    }
    let mut seen = BTreeSet::new();
    let mut entries = Vec::new();
    for file in commit.operation.added() {
        check_key(&file.key)?;
        // Locations stand in the metadata as they are, and readers take them apart as URIs.
        if file.key.contains(|c: char| matches!(c, '#' | '?' | '%') || c.is_control()) {
            return invalid(format!("key cannot stand in a location: {:?}", file.key));
        }
        if !seen.insert(&file.key) {
            return invalid(format!("file is added twice: {}", file.key));
        }
        if let (Operation::OverwritePartitions { dates, .. }, Some(date)) =
            (&commit.operation, file.partition_date)
            && !dates.contains(&date)
        {
            return invalid(format!("file is of day {date}, which is not overwritten: {}", file.key));
        }
        entries.push(data_file(schema, file, store.location(&file.key))?);
    }
    Ok(entries)
}

/// Checks that a rewrite has as many rows in each partition afterwards as before: readers of a base rely on
/// rewrites to change no rows.
pub(super) fn same_rows(table: &Table, removed: &[ManifestEntryRef], added: &[DataFile]) -> Result<()> {
    let mut rows: HashMap<&Struct, i128> = HashMap::new();
    for entry in removed {
        *rows.entry(entry.data_file().partition()).or_default() -= i128::from(entry.record_count());
    }
    for file in added {
        *rows.entry(file.partition()).or_default() += i128::from(file.record_count());
    }
    match rows.values().find(|difference| **difference != 0) {
        Some(rows) => Err(Error::invalid(format!("rewrite would change the table by {rows} rows"))
            .at(table.schema.full_name())),
        None => Ok(()),
    }
}
