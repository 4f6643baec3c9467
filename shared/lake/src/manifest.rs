//! Reading manifests: which files are live, and in which partition.

use futures::{StreamExt, TryStreamExt, stream};
use iceberg::spec::{
    DataFile, Datum, Literal, Manifest, ManifestContentType, ManifestFile, PartitionSpec, PrimitiveLiteral,
    PrimitiveType, SnapshotRef, Transform,
};
use iceberg::table::Table as IcebergTable;

use crate::error::Result;

/// How many manifests are fetched at the same time.
pub(crate) const CONCURRENT_LOADS: usize = 8;

/// The manifests of a snapshot.
pub(crate) async fn manifests(table: &IcebergTable, snapshot: &SnapshotRef) -> Result<Vec<ManifestFile>> {
    Ok(table.manifest_list_reader(snapshot).load().await?.consume_entries().into_iter().collect())
}

/// Reads manifests, keeping their order. Entries come with inherited numbers.
pub(crate) async fn load(
    table: &IcebergTable,
    files: Vec<ManifestFile>,
) -> Result<Vec<(ManifestFile, Manifest)>> {
    let read = |file: ManifestFile| async move {
        let manifest = file.load_manifest(table.file_io()).await?;
        Ok((file, manifest))
    };
    stream::iter(files).map(read).buffered(CONCURRENT_LOADS).try_collect().await
}

pub(crate) fn is_live(file: &ManifestFile) -> bool {
    file.has_added_files() || file.has_existing_files()
}

pub(crate) fn has_row_deletes(files: &[ManifestFile]) -> bool {
    files.iter().any(|file| file.content == ManifestContentType::Deletes && is_live(file))
}

/// Where a partition spec keeps the identity of a source column.
fn position(spec: &PartitionSpec, source_id: i32) -> Option<usize> {
    spec.fields()
        .iter()
        .position(|field| field.source_id == source_id && field.transform == Transform::Identity)
}

/// The day of a file's partition, in days since the Unix epoch.
pub(crate) fn partition_date(file: &DataFile, spec: &PartitionSpec, source_id: i32) -> Option<i32> {
    match file.partition().fields().get(position(spec, source_id)?)? {
        Some(Literal::Primitive(PrimitiveLiteral::Int(days))) => Some(*days),
        _ => None,
    }
}

/// The first and the last day that a manifest can have files of, from the summary in the manifest list; none without one.
pub(crate) fn days(file: &ManifestFile, spec: &PartitionSpec, source_id: i32) -> Option<(i32, i32)> {
    let summary = file.partitions.as_ref()?.get(position(spec, source_id)?)?;
    let day = |bytes: &[u8]| match Datum::try_from_bytes(bytes, PrimitiveType::Date).ok()?.literal() {
        PrimitiveLiteral::Int(days) => Some(*days),
        _ => None,
    };
    Some((day(summary.lower_bound.as_ref()?)?, day(summary.upper_bound.as_ref()?)?))
}

/// Whether a manifest can have files of the days in question.
pub(crate) fn may_contain<'a>(
    file: &ManifestFile,
    spec: &PartitionSpec,
    source_id: i32,
    mut wanted: impl Iterator<Item = &'a i32>,
) -> bool {
    // Without a summary the manifest has to be read.
    days(file, spec, source_id).is_none_or(|(first, last)| wanted.any(|day| (first..=last).contains(day)))
}
