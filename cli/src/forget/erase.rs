//! Taking rows out of a table.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::compute::filter_record_batch;
use estrella_core::schema::{CLEAN_EVENTS, FACT_USER_EVENTS, TableSchema};
use estrella_lake::data::{DataFileWriter, ParquetFile};
use estrella_lake::{Base, Commit, Error, ErrorKind, NewFile, Operation, PlannedFile, Result};
use estrella_load_facts::SOURCE_SNAPSHOT;
use estrella_runtime::Deps;

use super::who::Who;

/// How often it is begun anew when others write meanwhile.
const ATTEMPTS: u32 = 10;

/// Takes the user's rows out of a table. Tells how many there were, and in how many files.
pub(super) async fn erase(table: &'static TableSchema, who: &Who, deps: &Deps) -> Result<(u64, u64)> {
    for _ in 0..ATTEMPTS {
        match attempt(table, who, deps).await {
            Err(error) if error.kind() == ErrorKind::Conflict => {}
            done => return done,
        }
    }
    Err(Error::conflict("others write the table all the time").at(table.full_name()))
}

async fn attempt(schema: &'static TableSchema, who: &Who, deps: &Deps) -> Result<(u64, u64)> {
    let Some(columns) = Who::columns(schema) else { return Ok((0, 0)) };
    let Some(table) = deps.lake.table_if_exists(schema).await? else { return Ok((0, 0)) };
    let (mut rows, mut files) = (0, 0);
    let mut kept: Vec<PlannedFile> = Vec::new();
    let mut written: Vec<NewFile> = Vec::new();
    let mut dates = BTreeSet::new();
    for planned in table.plan(None).await? {
        let file = ParquetFile::open(deps.lake.store(), &planned.key).await?;
        let found = count(&file, schema, columns, who).await?;
        if found == 0 {
            kept.push(planned);
            continue;
        }
        (rows, files) = (rows + found, files + 1);
        dates.extend(planned.partition_date);
        written.extend(rewrite(&file, &planned, schema, who, deps).await?);
    }
    if files == 0 {
        return Ok((0, 0));
    }
    let operation = match schema.partition {
        Some(_) => {
            kept.retain(|file| file.partition_date.is_some_and(|date| dates.contains(&date)));
            written.extend(named(&kept, deps).await?);
            Operation::OverwritePartitions { dates, files: written }
        }
        None => {
            written.extend(named(&kept, deps).await?);
            Operation::ReplaceAll(written)
        }
    };
    let base = table.snapshot_id();
    let mut properties = BTreeMap::new();
    if schema.full_name() == FACT_USER_EVENTS.full_name() {
        // They were taken out there before, so the facts stand where clean.events stands.
        let clean = deps.lake.table(&CLEAN_EVENTS).await?.snapshot_id();
        properties.extend(clean.map(|clean| (SOURCE_SNAPSHOT.to_owned(), clean.to_string())));
    }
    let commit = Commit {
        key: format!("forget-{:016x} on {}", who.hash(schema.name), base.unwrap_or_default()),
        operation,
        base: Some(Base { snapshot_id: base, partitions: None }),
        properties,
    };
    deps.lake.commit(schema, commit).await?;
    Ok((rows, files))
}

async fn count(file: &ParquetFile, schema: &'static TableSchema, columns: &[&str], who: &Who) -> Result<u64> {
    let mut found = 0;
    for group in 0..file.groups() {
        let batch = file.read(group, columns).await?;
        found += who.rows_to_keep(schema, &batch).map_err(|e| e.at(file.key()))?.false_count() as u64;
    }
    Ok(found)
}

/// A file without the user's rows; none if it had no others.
async fn rewrite(
    file: &ParquetFile,
    planned: &PlannedFile,
    schema: &'static TableSchema,
    who: &Who,
    deps: &Deps,
) -> Result<Option<NewFile>> {
    let mut writer = DataFileWriter::create(schema, &deps.scratch)?;
    for group in 0..file.groups() {
        let batch = file.read_all(schema, group).await?;
        let keep = who.rows_to_keep(schema, &batch).map_err(|e| e.at(file.key()))?;
        let batch = filter_record_batch(&batch, &keep)
            .map_err(|e| Error::bug("filter rows").at(file.key()).because(e))?;
        if batch.num_rows() > 0 {
            writer.write(&batch)?;
        }
    }
    if writer.rows() == 0 {
        return Ok(None);
    }
    // A fact file keeps what its name has in common with its file of clean.events.
    let name_at = planned.key.rfind('/').map_or(0, |slash| slash + 1);
    let (folder, name) = planned.key.split_at(name_at);
    let (stem, rest) = name.split_once('.').unwrap_or((name, "parquet"));
    let key = format!("{folder}{stem}-{:016x}.{rest}", who.hash(stem));
    writer.finish()?.install(deps.lake.store(), &key, planned.partition_date).await.map(Some)
}

async fn named(files: &[PlannedFile], deps: &Deps) -> Result<Vec<NewFile>> {
    let mut named = Vec::with_capacity(files.len());
    for planned in files {
        let file = ParquetFile::open(deps.lake.store(), &planned.key).await?;
        named.push(NewFile {
            key: planned.key.clone(),
            partition_date: planned.partition_date,
            size_bytes: file.size_bytes(),
            metadata: Arc::clone(file.metadata()),
        });
    }
    Ok(named)
}
