//! Changes of metadata that add no snapshot.

use iceberg::spec::{TableMetadata, TableMetadataBuilder};
use serde_json::Value;

use super::attempt::now_ms;
use crate::error::{Error, Result};
use crate::lake::Lake;
use crate::schema::restamp;
use crate::table::Table;

/// A table's metadata after a change, at our clock's time or that of the last change, whichever is later.
///
/// The iceberg crate takes the machine's time for that of the change, and refuses one that is before the table's logs:
/// of a machine whose clock was set back. So it is shown logs that end at the epoch.
pub(super) fn changed(
    lake: &Lake,
    table: &Table,
    change: impl FnOnce(TableMetadataBuilder) -> Result<TableMetadataBuilder>,
) -> Result<TableMetadata> {
    let metadata = table.metadata();
    let (last_ms, now_ms) = (metadata.last_updated_ms(), now_ms(lake, metadata));
    let early = moved(metadata.clone(), -last_ms)?;
    let builder = early.into_builder(Some(table.head.metadata_location.clone()));
    moved(restamp(change(builder)?.build()?.metadata, now_ms - last_ms)?, last_ms)
}

/// With all times of its logs moved by so many milliseconds. The snapshots' own times stay.
fn moved(metadata: TableMetadata, by_ms: i64) -> Result<TableMetadata> {
    let bug = |error| Error::bug("move times of table metadata").because(error);
    let mut json = serde_json::to_value(metadata).map_err(bug)?;
    let later = |time: &mut Value| {
        if let Some(ms) = time.as_i64() {
            *time = (ms + by_ms).into();
        }
    };
    later(&mut json["last-updated-ms"]);
    for log in ["snapshot-log", "metadata-log"] {
        let entries = json.get_mut(log).and_then(Value::as_array_mut);
        entries.into_iter().flatten().for_each(|entry| later(&mut entry["timestamp-ms"]));
    }
    serde_json::from_value(json).map_err(bug)
}
