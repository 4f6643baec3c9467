//! Several files as one, in the order of the table.

use std::path::Path;
use std::sync::Arc;

use estrella_core::schema::TableSchema;

use super::cluster::{Group, clusters};
use super::rows::Rows;
use crate::data::{Column, DataFileWriter, FinishedFile, ParquetFile};
use crate::error::Result;
use crate::ports::ObjectStore;

/// From so many rows on, a row group is worth being copied as it is. Smaller ones are put together.
const COPY_ROWS: u64 = 16 * 1024;

/// Writes a file with the rows of files.
pub(super) async fn merge(
    store: &Arc<dyn ObjectStore>,
    table: &'static TableSchema,
    keys: &[String],
    group_rows: usize,
    scratch: &Path,
) -> Result<FinishedFile> {
    let mut groups = Vec::new();
    for key in keys {
        groups.extend(Group::all(table, ParquetFile::open(store, key).await?)?);
    }
    groups.retain(|group| group.rows() > 0);
    let copy_rows = COPY_ROWS.min(group_rows as u64);
    let mut writer = DataFileWriter::create(table, scratch)?;
    let mut rows = Rows::new(table, group_rows)?;
    for cluster in clusters(groups) {
        match cluster.as_slice() {
            [group] if group.rows() >= copy_rows => {
                rows.flush(&mut writer)?;
                copy(group, table, &mut writer).await?;
            }
            cluster => rows.merge(cluster, &mut writer).await?,
        }
    }
    rows.flush(&mut writer)?;
    writer.finish()
}

async fn copy(group: &Group, table: &TableSchema, writer: &mut DataFileWriter) -> Result<()> {
    let file = &*group.file;
    let columns = table.columns.iter().map(|column| file.column(column.name)).collect::<Result<Vec<_>>>()?;
    let chunks = file.fetch(group.index, &columns).await?;
    let copies =
        columns.iter().map(|&column| Column::Copy { file, chunks: &chunks, group: group.index, column });
    writer.write_columns(copies)
}
