//! From when on facts can be other than they are because products, brands or categories have changed.

use std::collections::{HashMap, HashSet};

use estrella_core::changes::{ALWAYS, Role};
use estrella_core::event::MICROS_PER_DAY;
use estrella_core::schema::{DIM_PRODUCTS, TableSchema};
use estrella_core::star::RowReader;
use estrella_lake::data::ParquetFile;
use estrella_lake::{Error, PlannedFile, Result, Table};

use crate::build::Build;
use crate::changes::Log;
use crate::changes::attributes::id;
use crate::correct::texts;

/// The first of the new changes of a row.
#[derive(Clone, Copy)]
struct First {
    time_us: i64,
    is_insert: bool,
}

/// An instant, in microseconds since the Unix epoch; no fact of a date before it is affected by the changes in these files of a
/// log.
///
/// A version holds until the next one, but the first one of a row also holds for all events before it. So where it is a new one,
/// a product is looked for from its first event on. Of brands and categories that were inserted nobody can have heard more
/// than a day before; of those that were there when something else became of them, at any time.
pub(crate) async fn since(
    role: Role,
    log: &Log,
    files: Vec<PlannedFile>,
    products: &Table,
    build: &Build<'_>,
) -> Result<i64> {
    let new = first_changes(log, files, build).await?;
    let mut since = new.values().map(|first| first.time_us).min().unwrap_or(i64::MAX);
    if since <= ALWAYS {
        return Ok(ALWAYS);
    }
    let mut begun = HashSet::new();
    let mut rows = build.histories_of(log, |key| id(key).is_ok_and(|id| new.contains_key(&id))).await?;
    while let Some((key, versions)) = rows.next()? {
        let id = id(&key)?;
        let (Some(version), Some(first)) = (versions.first(), new.get(&id)) else { continue };
        if version.valid_from < first.time_us {
            continue;
        }
        match role {
            Role::Products => drop(begun.insert(id)),
            _ if first.is_insert => since = since.min(first.time_us - MICROS_PER_DAY),
            _ => return Ok(ALWAYS),
        }
    }
    Ok(since.min(first_seen(products, &begun, build).await?))
}

/// The first of the changes of each row.
async fn first_changes(log: &Log, files: Vec<PlannedFile>, build: &Build<'_>) -> Result<HashMap<i64, First>> {
    let key = &log.source.columns[log.source.key[0]].name;
    let schema = log.table.schema();
    let mut firsts: HashMap<i64, First> = HashMap::new();
    for planned in files {
        let file = ParquetFile::open(build.store, &planned.key).await?;
        for group in 0..file.groups() {
            let batch = file.read(group, &[key, "change_op", "change_time"]).await?;
            let (ids, times) = longs_and_times(schema, &batch, key, "change_time", &file)?;
            for ((id, time), op) in ids.iter().zip(&times).zip(&texts(schema, &batch, "change_op", &file)?) {
                // What a full load finds was always so.
                let time_us = if op == Some("L") { ALWAYS } else { time.unwrap_or(ALWAYS) };
                let new = First { time_us, is_insert: op == Some("I") };
                firsts
                    .entry(*id)
                    .and_modify(|first| {
                        if new.time_us < first.time_us {
                            *first = new;
                        }
                    })
                    .or_insert(new);
            }
        }
    }
    Ok(firsts)
}

/// When the first event of any of these products was, as far as the dimension knows; the end of time if there is none.
async fn first_seen(products: &Table, wanted: &HashSet<i64>, build: &Build<'_>) -> Result<i64> {
    let mut first = i64::MAX;
    if wanted.is_empty() {
        return Ok(first);
    }
    for planned in products.plan(None).await? {
        let file = ParquetFile::open(build.store, &planned.key).await?;
        for group in 0..file.groups() {
            let batch = file.read(group, &["product_id", "first_seen_at"]).await?;
            let (ids, times) = longs_and_times(&DIM_PRODUCTS, &batch, "product_id", "first_seen_at", &file)?;
            let of_wanted = ids.iter().zip(&times).filter(|(id, _)| wanted.contains(id));
            first = of_wanted.filter_map(|(_, time)| time).fold(first, i64::min);
        }
    }
    Ok(first)
}

fn longs_and_times(
    schema: &'static TableSchema,
    batch: &arrow::array::RecordBatch,
    longs: &str,
    times: &str,
    file: &ParquetFile,
) -> Result<(arrow::buffer::ScalarBuffer<i64>, arrow::array::TimestampMicrosecondArray)> {
    let columns = RowReader::new(schema, batch);
    let read = columns.longs(longs).and_then(|longs| Ok((longs, columns.optional_times(times)?)));
    read.map_err(|e| Error::invalid("rows cannot be read").at(file.key()).because(e))
}
