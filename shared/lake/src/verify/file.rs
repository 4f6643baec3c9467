//! One data file: that it is there, and what its entry says of it.

use std::sync::Arc;

use estrella_core::schema::TableSchema;
use iceberg::spec::{DataContentType, DataFileFormat, ManifestEntryRef};

use super::{Check, Finding, unreadable};
use crate::data::ParquetFile;
use crate::data_file::{Difference, differences};
use crate::error::{ErrorKind, Result};
use crate::ports::ObjectStore;

/// Differences of one file that are told; more say no more.
const MAX_TOLD: usize = 5;

/// Looks at the file of an entry. Row-level deletes and formats of other engines are only looked for.
pub(super) async fn check(
    store: Arc<dyn ObjectStore>,
    schema: &'static TableSchema,
    entry: ManifestEntryRef,
) -> Result<Vec<Finding>> {
    let file = entry.data_file();
    let key = match store.key_of(file.file_path()) {
        Ok(key) => key,
        Err(error) => {
            return Ok(vec![unreadable(
                Check::Files,
                schema,
                file.file_path(),
                "a file of the lake",
                error,
            )?]);
        }
    };
    if let Some(finding) = sized(&*store, Check::Files, schema, &key, file.file_size_in_bytes()).await? {
        return Ok(vec![finding]);
    }
    if file.content_type() != DataContentType::Data || file.file_format() != DataFileFormat::Parquet {
        return Ok(Vec::new());
    }
    let opened = ParquetFile::open(&store, &key).await;
    let compared = opened.and_then(|parquet| differences(schema, parquet.metadata(), file));
    Ok(match compared {
        Ok(differences) => {
            differences.into_iter().take(MAX_TOLD).map(|found| finding(schema, &key, found)).collect()
        }
        // Removed since its size was read, which matters only if its snapshot is still there.
        Err(error) => vec![unreadable(Check::Counts, schema, key, "a file that fits the table", error)?],
    })
}

/// A file that is not there, or has another size.
pub(super) async fn sized(
    store: &dyn ObjectStore,
    check: Check,
    schema: &TableSchema,
    key: &str,
    size_bytes: u64,
) -> Result<Option<Finding>> {
    let found = match store.size_bytes(key).await {
        Ok(size) if size == size_bytes => return Ok(None),
        Ok(size) => format!("{size} bytes"),
        Err(error) if error.kind() == ErrorKind::NotFound => "no such file".to_owned(),
        Err(error) => return Err(error.at(schema.full_name())),
    };
    let (table, expected) = (schema.full_name(), format!("{size_bytes} bytes"));
    Ok(Some(Finding { check, table, place: key.to_owned(), expected, found }))
}

fn finding(schema: &TableSchema, key: &str, difference: Difference) -> Finding {
    let (check, expected, found) = match difference {
        Difference::Count { what, entry, footer } => {
            (Check::Counts, format!("{footer} {what}, as in its footer"), format!("{entry} in the manifest"))
        }
        Difference::Bound { what, entry, footer } => {
            (Check::Bounds, format!("{what} {footer}, as in its footer"), format!("{entry} in the manifest"))
        }
    };
    Finding { check, table: schema.full_name(), place: key.to_owned(), expected, found }
}
