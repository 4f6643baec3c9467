//! The fact file of a file of `clean.events`.

use std::collections::HashMap;

use arrow::array::{ArrayRef, RecordBatch};
use estrella_core::event::format_date;
use estrella_core::schema::FACT_USER_EVENTS;
use estrella_core::star::fact_column;
use estrella_lake::data::{Column, ColumnChunks, DataFileWriter, FinishedFile, ParquetFile};
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
    let name = name_of(&source.key);
    let name = name.strip_suffix(".parquet").unwrap_or(name);
    let date =
        source.partition_date.ok_or_else(|| Error::invalid("file has no event_date").at(&source.key))?;
    Ok((format!("model/fact_user_events/data/event_date={}/{name}", format_date(date)), date))
}

/// The last part of a key.
pub(crate) fn name_of(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}

/// Whether a fact file is made from the file of `clean.events` of this [`stem`]. Folders do not matter: a commit may give a
/// file another one.
pub(crate) fn is_made_from(fact_key: &str, stem: &str) -> bool {
    name_of(fact_key).strip_prefix(name_of(stem)).is_some_and(|rest| rest.starts_with('.'))
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
    let mut facts = FactWriter::create(clean, date, more, deps)?;
    for group in 0..clean.groups() {
        let read = facts.read(group).await?;
        let filled = fill(group, &read.batch)?;
        facts.write(&read, filled)?;
    }
    facts.finish()
}

/// Writes the fact file of a file of `clean.events`, row group by row group.
pub(crate) struct FactWriter<'a> {
    clean: &'a ParquetFile,
    date: i32,
    facts: DataFileWriter,
    copied: HashMap<&'static str, usize>,
    read: Vec<usize>,
}

/// A row group of `clean.events`: columns to copy, and those that were decoded.
pub(crate) struct ReadGroup {
    group: usize,
    chunks: ColumnChunks,
    pub(crate) batch: RecordBatch,
}

impl<'a> FactWriter<'a> {
    /// Starts a file. `more` are columns that are decoded besides the time.
    pub(crate) fn create(clean: &'a ParquetFile, date: i32, more: &[&str], deps: &Deps) -> Result<Self> {
        let facts = DataFileWriter::create(&FACT_USER_EVENTS, &deps.scratch)?;
        let copied = COPIED
            .into_iter()
            .map(|(name, there)| Ok((name, clean.column(there)?)))
            .collect::<Result<_>>()?;
        let mut read = vec![clean.column(READ)?];
        read.extend(more.iter().map(|name| clean.column(name)).collect::<Result<Vec<_>>>()?);
        Ok(Self { clean, date, facts, copied, read })
    }

    pub(crate) async fn read(&self, group: usize) -> Result<ReadGroup> {
        let wanted: Vec<usize> = self.copied.values().copied().collect();
        let chunks = self.clean.fetch(group, &wanted).await?;
        let batch = self.clean.decode(&chunks, group, &self.read)?;
        Ok(ReadGroup { group, chunks, batch })
    }

    /// Writes a row group with what is to be other than the events say.
    pub(crate) fn write(&mut self, read: &ReadGroup, mut filled: Filled) -> Result<()> {
        let (chunks, group) = (&read.chunks, read.group);
        let mut columns = Vec::with_capacity(FACT_USER_EVENTS.columns.len());
        for column in FACT_USER_EVENTS.columns {
            columns.push(match (filled.remove(column.name), self.copied.get(column.name)) {
                (Some(array), _) => Column::Encode(array),
                (None, Some(&column)) => Column::Copy { file: self.clean, chunks, group, column },
                (None, None) => {
                    let computed = fact_column(column.name, &read.batch, self.date);
                    let no_rule = || Error::bug(format!("no rule for column {}", column.name));
                    Column::Encode(computed.ok_or_else(|| no_rule().at(self.clean.key()))?)
                }
            });
        }
        self.facts.write_columns(columns)
    }

    pub(crate) fn finish(self) -> Result<FinishedFile> {
        self.facts.finish()
    }
}
