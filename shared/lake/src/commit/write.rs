//! Writing manifests.

use iceberg::spec::{
    DataFile, ManifestEntry, ManifestEntryRef, ManifestFile, ManifestWriter, ManifestWriterBuilder,
    PartitionSpec,
};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::lake::Lake;
use crate::table::Table;

/// Entries that share a partition spec.
#[derive(Default)]
pub(super) struct Group {
    pub(super) removed: Vec<ManifestEntryRef>,
    pub(super) kept: Vec<ManifestEntryRef>,
}

/// Writes the manifest of the new files. Their entries have no sequence number: they take it from the
/// manifest list, so that every attempt can use the same manifest.
pub(super) async fn write_added(
    lake: &Lake,
    table: &Table,
    snapshot_id: i64,
    entries: &[DataFile],
) -> Result<ManifestFile> {
    let mut writer = writer(lake, table, snapshot_id, table.metadata().default_partition_spec_id())?;
    for entry in entries {
        writer.add_file(entry.clone(), -1)?;
    }
    Ok(writer.write_manifest_file().await?)
}

pub(super) async fn write_group(
    lake: &Lake,
    table: &Table,
    snapshot_id: i64,
    spec_id: i32,
    group: &Group,
) -> Result<ManifestFile> {
    let numbers = |entry: &ManifestEntry| {
        let missing = || Error::bug("live entry without numbers").at(entry.file_path());
        Ok::<_, Error>((
            entry.snapshot_id().ok_or_else(missing)?,
            entry.sequence_number().ok_or_else(missing)?,
            entry.file_sequence_number,
        ))
    };
    let mut writer = writer(lake, table, snapshot_id, spec_id)?;
    for entry in &group.removed {
        let (_, sequence_number, file_sequence_number) = numbers(entry)?;
        writer.add_delete_file(entry.data_file().clone(), sequence_number, file_sequence_number)?;
    }
    for entry in &group.kept {
        let (added_by, sequence_number, file_sequence_number) = numbers(entry)?;
        writer.add_existing_file(
            entry.data_file().clone(),
            added_by,
            sequence_number,
            file_sequence_number,
        )?;
    }
    Ok(writer.write_manifest_file().await?)
}

fn writer(lake: &Lake, table: &Table, snapshot_id: i64, spec_id: i32) -> Result<ManifestWriter> {
    let metadata = table.metadata();
    let location = format!("{}/metadata/{}-m.avro", metadata.location(), Uuid::new_v4());
    let output = lake.io.new_output(location)?;
    let spec = partition_spec(table, spec_id)?.clone();
    let schema = metadata.current_schema().clone();
    Ok(ManifestWriterBuilder::new(output, Some(snapshot_id), schema, spec).build_v2_data())
}

pub(super) fn partition_spec(table: &Table, spec_id: i32) -> Result<&PartitionSpec> {
    let spec = table.metadata().partition_spec_by_id(spec_id);
    spec.map(|spec| &**spec).ok_or_else(|| {
        Error::invalid(format!("manifest of unknown partition spec {spec_id}")).at(table.schema.full_name())
    })
}
