//! What an entry of a manifest says otherwise than the footer of its file.

use estrella_core::schema::TableSchema;
use iceberg::spec::{DataFile, Datum};
use parquet::file::metadata::ParquetMetaData;

use super::columns;
use crate::error::Result;

/// One thing that both tell, each in another way.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Difference {
    /// Of numbers of rows or values.
    Count { what: String, entry: u64, footer: u64 },
    /// A bound of the entry that values lie outside of.
    Bound { what: String, entry: String, footer: String },
}

/// Compares an entry with the footer of its file. What only one of them tells is no difference.
///
/// `InvalidInput` if the file does not fit the table.
pub(crate) fn differences(
    table: &TableSchema,
    footer: &ParquetMetaData,
    entry: &DataFile,
) -> Result<Vec<Difference>> {
    let mut found = Vec::new();
    let mut count = |what: String, entry: Option<u64>, footer: Option<u64>| match (entry, footer) {
        (Some(entry), Some(footer)) if entry != footer => {
            found.push(Difference::Count { what, entry, footer });
        }
        _ => {}
    };
    let columns = columns(table, footer)?;
    let rows = u64::try_from(footer.file_metadata().num_rows()).ok();
    count("rows".to_owned(), Some(entry.record_count()), rows);
    let mut ids: Vec<i32> = columns.keys().copied().collect();
    ids.sort_unstable();
    let name = |id: i32| table.columns[id as usize - 1].name;
    for id in &ids {
        let (column, name) = (&columns[id], name(*id));
        count(format!("values of {name}"), entry.value_counts().get(id).copied(), Some(column.values));
        count(format!("nulls of {name}"), entry.null_value_counts().get(id).copied(), column.nulls);
    }
    for id in &ids {
        let (bounds, name) = (&columns[id].bounds, name(*id));
        let bound = |what: &str, entry: &Datum, footer: Option<Datum>| Difference::Bound {
            what: format!("{what} {name}"),
            entry: entry.to_string(),
            footer: footer.map(|bound| bound.to_string()).unwrap_or_default(),
        };
        if let Some(lower) = entry.lower_bounds().get(id).filter(|lower| !bounds.are_above(lower)) {
            found.push(bound("least", lower, bounds.lower()));
        }
        if let Some(upper) = entry.upper_bounds().get(id).filter(|upper| !bounds.are_below(upper)) {
            found.push(bound("greatest", upper, bounds.upper()));
        }
    }
    Ok(found)
}
