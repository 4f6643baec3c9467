//! The fact file of a file of `clean.events`.

use std::collections::HashMap;

use arrow::array::{ArrayRef, RecordBatch};
use estrella_core::event::format_date;
use estrella_core::schema::FACT_USER_EVENTS;
use estrella_core::star::fact_column;
use estrella_lake::data::{Column, DataFileWriter, FinishedFile, ParquetFile};
use estrella_lake::{Error, ErrorKind, NewFile, PlannedFile, Result};
use estrella_runtime::Deps;

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

/// Columns of a row group that are to be other than events alone say, by name.
pub(crate) type Filled = HashMap<&'static str, ArrayRef>;

/// Folder and name of a fact file without its ending, derived from the file of `clean.events` that it is made from.
pub(crate) fn stem(source: &PlannedFile) -> Result<(String, i32)> {
    let name = source.key.rsplit('/').next().unwrap_or(&source.key);
    let name = name.strip_suffix(".parquet").unwrap_or(name);
    let date =
        source.partition_date.ok_or_else(|| Error::invalid("file has no event_date").at(&source.key))?;
    Ok((format!("model/fact_user_events/data/event_date={}/{name}", format_date(date)), date))
}

/// Writes the fact file of what events alone say.
pub(crate) async fn enrich(source: &PlannedFile, deps: &Deps) -> Result<NewFile> {
    let (stem, date) = stem(source)?;
    let key = format!("{stem}.parquet");
    match crate::new_file(&key, Some(date), deps).await {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        written => return written,
    }
    let clean = ParquetFile::open(deps.lake.store(), &source.key).await?;
    let file = write(&clean, date, deps, |_, _| Ok(Filled::new()), &[]).await?;
    file.install(deps.lake.store(), &key, Some(date)).await
}

/// Writes a fact file. `fill` tells of each row group, of which it is given `more` columns besides the time, which
/// columns are to be filled in.
pub(crate) async fn write(
    clean: &ParquetFile,
    date: i32,
    deps: &Deps,
    mut fill: impl FnMut(usize, &RecordBatch) -> Result<Filled>,
    more: &[&str],
) -> Result<FinishedFile> {
    let mut facts = DataFileWriter::create(&FACT_USER_EVENTS, &deps.scratch)?;
    let copied: HashMap<&str, usize> =
        COPIED.into_iter().map(|(name, there)| Ok((name, clean.column(there)?))).collect::<Result<_>>()?;
    let wanted: Vec<usize> = copied.values().copied().collect();
    let mut read = vec![clean.column(READ)?];
    read.extend(more.iter().map(|name| clean.column(name)).collect::<Result<Vec<_>>>()?);
    for group in 0..clean.groups() {
        let chunks = clean.fetch(group, &wanted).await?;
        let batch = clean.decode(&chunks, group, &read)?;
        let mut filled = fill(group, &batch)?;
        let mut columns = Vec::with_capacity(FACT_USER_EVENTS.columns.len());
        for column in FACT_USER_EVENTS.columns {
            columns.push(match (filled.remove(column.name), copied.get(column.name)) {
                (Some(array), _) => Column::Encode(array),
                (None, Some(&column)) => Column::Copy { file: clean, chunks: &chunks, group, column },
                (None, None) => Column::Encode(fact_column(column.name, &batch, date).ok_or_else(|| {
                    Error::bug(format!("no rule for column {}", column.name)).at(clean.key())
                })?),
            });
        }
        facts.write_columns(columns)?;
    }
    facts.finish()
}
