//! The summary of a new snapshot.

use std::collections::HashMap;

use iceberg::spec::{DataFile, Operation as IcebergOperation, SnapshotSummaryCollector, Summary};

use super::manifests::Change;
use super::{Commit, KEY_PROPERTY, Operation};
use crate::error::{Error, Result};
use crate::table::{ROWS_OF, Table};

/// Total, what adds to it, what takes from it (<https://iceberg.apache.org/spec/#optional-snapshot-summary-fields>).
const TOTALS: [(&str, &str, &str); 3] = [
    ("total-records", "added-records", "deleted-records"),
    ("total-files-size", "added-files-size", "removed-files-size"),
    ("total-data-files", "added-data-files", "deleted-data-files"),
];
/// Totals of row-level deletes, which only other engines write.
const DELETE_TOTALS: [&str; 3] = ["total-delete-files", "total-position-deletes", "total-equality-deletes"];

pub(super) fn summary(
    table: &Table,
    commit: &Commit,
    added: &[DataFile],
    change: &Change,
) -> Result<Summary> {
    let metadata = table.metadata();
    let mut collector = SnapshotSummaryCollector::default();
    for file in added {
        collector.add_file(
            file,
            metadata.current_schema().clone(),
            metadata.default_partition_spec().clone(),
        );
    }
    for entry in &change.removed {
        let (schema, spec) = (metadata.current_schema().clone(), metadata.default_partition_spec().clone());
        collector.remove_file(entry.data_file(), schema, spec);
    }
    let mut properties: HashMap<String, String> = commit.properties.clone().into_iter().collect();
    let computed = collector.build();
    add_totals(table, change, &computed, &mut properties)?;
    properties.extend(computed);
    if let (Operation::Compact { .. }, Some(rows)) = (&commit.operation, table.rows_snapshot_id()) {
        properties.insert(ROWS_OF.to_owned(), rows.to_string());
    }
    properties.insert(KEY_PROPERTY.to_owned(), commit.key.clone());
    Ok(Summary { operation: operation(&commit.operation), additional_properties: properties })
}

fn operation(operation: &Operation) -> IcebergOperation {
    match operation {
        Operation::Append(_) => IcebergOperation::Append,
        Operation::RewriteFiles { .. } | Operation::Compact { .. } => IcebergOperation::Replace,
        Operation::OverwritePartitions { files, .. } | Operation::ReplaceAll(files) if files.is_empty() => {
            IcebergOperation::Delete
        }
        Operation::OverwritePartitions { .. } | Operation::ReplaceAll(_) => IcebergOperation::Overwrite,
    }
}

/// Carries the totals on from the parent. If another engine left one out, it stays out: no total is better
/// than a wrong one.
fn add_totals(
    table: &Table,
    change: &Change,
    computed: &HashMap<String, String>,
    properties: &mut HashMap<String, String>,
) -> Result<()> {
    let parent = table.ancestors().next().map(|snapshot| &snapshot.summary().additional_properties);
    let before = |name: &str| match parent {
        Some(summary) => summary.get(name).map(|value| parse(value)).transpose(),
        None => Ok(Some(0)),
    };
    let changed = |name: &str| computed.get(name).map_or(Ok(0), |value| parse(value));
    for (total, plus, minus) in TOTALS {
        let (plus, minus) = (changed(plus)?, changed(minus)?);
        set(properties, total, before(total)?.map(|n| n.saturating_add(plus).saturating_sub(minus)));
    }
    for total in DELETE_TOTALS {
        set(properties, total, if change.drops_row_deletes { Some(0) } else { before(total)? });
    }
    Ok(())
}

fn set(properties: &mut HashMap<String, String>, name: &str, value: Option<u64>) {
    match value {
        Some(value) => properties.insert(name.to_owned(), value.to_string()),
        None => properties.remove(name),
    };
}

fn parse(value: &str) -> Result<u64> {
    value
        .parse()
        .map_err(|error| Error::invalid(format!("summary has {value:?} for a number")).because(error))
}
