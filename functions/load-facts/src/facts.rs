//! Facts follow the log of `clean.events`: each of its snapshots is enriched and committed once.
//!
//! The facts' head says which snapshot of `clean.events` it reflects. So a crash between the two commits, or a
//! rollback of the facts alone, is healed by whoever loads next.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Date32Array, Int32Array, RecordBatch, StringArray};
use arrow::datatypes::TimestampMicrosecondType;
use estrella_core::event::{MICROS_PER_DAY, MICROS_PER_HOUR, UNKNOWN, day_of_week};
use estrella_core::schema::{CLEAN_EVENTS, FACT_USER_EVENTS};
use estrella_lake::data::{Column, DataFileWriter, ParquetFile};
use estrella_lake::{
    Base, Commit, Error, ErrorKind, NewFile, Operation, PlannedFile, Result, SnapshotInfo, Table,
};
use estrella_runtime::Deps;
use futures::{StreamExt, TryStreamExt, stream};

/// Property of a commit: the snapshot of the table it was made from.
pub const SOURCE_SNAPSHOT: &str = "estrella.source-snapshot";

/// Columns whose chunks are copied from `clean.events` as they stand, and their names there.
const COPIED: [(&str, &str); 10] = [
    ("event_id", "event_id"),
    ("event_time", "event_time"),
    ("event_type", "event_type"),
    ("user_id", "user_id"),
    ("product_id", "product_id"),
    ("price", "price"),
    ("session_id", "session_id"),
    ("category_id", "category_id"),
    ("category_name", "category_code"),
    ("brand", "brand"),
];
/// The column that new ones are computed from; it is copied as well.
const READ: &str = "event_time";

/// How often the facts are read again when somebody else writes them meanwhile.
const MAX_ATTEMPTS: u32 = 10;

/// Brings the facts up to the head of `clean.events`, and tells whether they had to be changed for that.
///
/// # Errors
/// `Conflict` if someone else writes the facts at the same time without end. Else those of the stores.
pub async fn sync(deps: &Deps) -> Result<bool> {
    let mut attempt = 1;
    loop {
        match sync_once(deps).await {
            Err(error) if error.kind() == ErrorKind::Conflict && attempt < MAX_ATTEMPTS => attempt += 1,
            done => return done,
        }
    }
}

async fn sync_once(deps: &Deps) -> Result<bool> {
    let clean = deps.lake.table(&CLEAN_EVENTS).await?;
    let facts = deps.lake.table(&FACT_USER_EVENTS).await?;
    let source = reflected(&facts);
    // Facts that do not say what they reflect cannot be continued.
    let known = source.is_some() || facts.snapshot_id().is_none();
    match clean.ancestors_after(source) {
        Some(new) if known && new.iter().all(|s| matches!(s.operation.as_str(), "append" | "replace")) => {
            let mut base = facts.snapshot_id();
            for snapshot in &new {
                base = Some(append(&clean, snapshot, base, deps).await?);
            }
            Ok(!new.is_empty())
        }
        // clean.events was rolled back, or rows of it were deleted: the facts are made anew from what is left.
        _ => rebuild(&clean, &facts, deps).await,
    }
}

/// The snapshot of `clean.events` that the facts reflect. Compaction does not carry the property on and changes no
/// rows.
fn reflected(facts: &Table) -> Option<i64> {
    let changed = facts.history().into_iter().find(|snapshot| snapshot.operation != "replace")?;
    changed.summary.get(SOURCE_SNAPSHOT)?.parse().ok()
}

async fn append(clean: &Table, snapshot: &SnapshotInfo, base: Option<i64>, deps: &Deps) -> Result<i64> {
    // Compaction of clean.events puts the same rows into other files; the facts have them.
    let new = match snapshot.operation.as_str() {
        "append" => clean.added_files(snapshot.snapshot_id).await?,
        _ => Vec::new(),
    };
    let files = enriched(new, deps).await?;
    commit(Operation::Append(files), snapshot.snapshot_id, base, deps).await
}

async fn rebuild(clean: &Table, facts: &Table, deps: &Deps) -> Result<bool> {
    let Some(source) = clean.snapshot_id() else { return Ok(false) };
    let files = enriched(clean.plan(None).await?, deps).await?;
    commit(Operation::ReplaceAll(files), source, facts.snapshot_id(), deps).await?;
    Ok(true)
}

/// Commits on top of `base`, and gives the new snapshot. The base is part of the key: after a rollback the same
/// source is to be applied again, although an ancestor has applied it once.
async fn commit(operation: Operation, source: i64, base: Option<i64>, deps: &Deps) -> Result<i64> {
    let commit = Commit {
        key: format!("{source} on {}", base.unwrap_or_default()),
        operation,
        base: Some(Base { snapshot_id: base, partitions: None }),
        properties: BTreeMap::from([(SOURCE_SNAPSHOT.to_owned(), source.to_string())]),
    };
    Ok(deps.lake.commit(&FACT_USER_EVENTS, commit).await?.snapshot_id())
}

/// The fact files of files of `clean.events`, some at a time.
async fn enriched(sources: Vec<PlannedFile>, deps: &Deps) -> Result<Vec<NewFile>> {
    let tasks = stream::iter(sources).map(|source| {
        let deps = deps.clone();
        let task = tokio::spawn(async move { enrich(&source, &deps).await });
        async { task.await.map_err(|e| Error::bug("enriching panicked").because(e))? }
    });
    tasks.buffered(deps.config.workers).try_collect().await
}

/// Writes the fact file of a file of `clean.events`, under a name derived from that one's.
async fn enrich(source: &PlannedFile, deps: &Deps) -> Result<NewFile> {
    let name = source.key.rsplit('/').next().unwrap_or(&source.key);
    let date =
        source.partition_date.ok_or_else(|| Error::invalid("file has no event_date").at(&source.key))?;
    let folder = estrella_core::event::format_date(date);
    let key = format!("model/fact_user_events/data/event_date={folder}/{name}");
    match crate::new_file(&key, Some(date), deps).await {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        written => return written,
    }
    let clean = ParquetFile::open(deps.lake.store(), &source.key).await?;
    let mut facts = DataFileWriter::create(&FACT_USER_EVENTS, &deps.scratch)?;
    let copied: HashMap<&str, usize> =
        COPIED.into_iter().map(|(name, there)| Ok((name, clean.column(there)?))).collect::<Result<_>>()?;
    let wanted: Vec<usize> = copied.values().copied().collect();
    let read = [clean.column(READ)?];
    for group in 0..clean.groups() {
        let chunks = clean.fetch(group, &wanted).await?;
        let batch = clean.decode(&chunks, group, &read)?;
        let mut columns = Vec::with_capacity(FACT_USER_EVENTS.columns.len());
        for column in FACT_USER_EVENTS.columns {
            columns.push(match copied.get(column.name) {
                Some(&column) => Column::Copy { file: &clean, chunks: &chunks, group, column },
                None => Column::Encode(derived(column.name, &batch, date).ok_or_else(|| {
                    Error::bug(format!("no rule for column {}", column.name)).at(&source.key)
                })?),
            });
        }
        facts.write_columns(columns)?;
    }
    facts.finish()?.install(deps.lake.store(), &key, Some(date)).await
}

/// A column that the facts have beyond `clean.events`. Device and channel are not in event files; they stay
/// unknown until the shop's sessions are loaded.
fn derived(column: &str, batch: &RecordBatch, date: i32) -> Option<ArrayRef> {
    let rows = batch.num_rows();
    let array: ArrayRef = match column {
        "device_type" | "source_channel" => {
            Arc::new(StringArray::from_iter_values((0..rows).map(|_| UNKNOWN)))
        }
        "hour_of_day" => {
            let times = batch.column_by_name(READ)?.as_primitive_opt::<TimestampMicrosecondType>()?;
            let hour = |time: &i64| (time.rem_euclid(MICROS_PER_DAY) / MICROS_PER_HOUR) as i32;
            Arc::new(Int32Array::from_iter_values(times.values().iter().map(hour)))
        }
        "day_of_week" => Arc::new(Int32Array::from(vec![day_of_week(date); rows])),
        "event_date" => Arc::new(Date32Array::from(vec![date; rows])),
        _ => return None,
    };
    Some(array).filter(|array| array.len() == rows)
}
