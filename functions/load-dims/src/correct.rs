//! Filling facts in: which dates have to be looked at, and the commit.
//!
//! Facts are loaded with what their events say. What the shop's database says besides, it may say later. So once a day
//! the dates are looked at that can be affected: those with new facts, those with events of sessions that changed, and
//! those since the first change of a product, brand or category, or before it where nothing was known of it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use estrella_core::changes::{Role, Value};
use estrella_core::event::{MICROS_PER_DAY, UNKNOWN, date_of};
use estrella_core::schema::{CLEAN_EVENTS, DIM_SESSIONS};
use estrella_core::star::RowReader;
use estrella_lake::data::ParquetFile;
use estrella_lake::{Base, Commit, Error, NewFile, Operation, PlannedFile, Result, Table, spawned};
use estrella_load_facts::{Known, SOURCE_SNAPSHOT, Wanted, fill, is_level, reflected, stem_of, unmatched};
use estrella_runtime::Deps;
use futures::{StreamExt, TryStreamExt, stream};

use crate::build::Build;
use crate::changes::attributes::{id, long, position, text};
use crate::changes::{Log, Logs, Naming};
use crate::heads::{CHANGES_PROPERTY, Heads, LISTINGS_PROPERTY, Work};
use crate::since::since;

/// Sessions that are held at once, some 40 bytes each.
const MAX_SESSIONS: usize = 1 << 20;

/// Fills facts in, and tells how many files were written anew. The heads are to be loaded again after that.
pub(crate) async fn correct(deps: &Deps, heads: &Heads, work: &Work, build: &Build<'_>) -> Result<u64> {
    let state = build.logs.state();
    if state.is_empty() || heads.facts.snapshot_id().is_none() {
        return Ok(0);
    }
    let Some(dates) = dates(heads, build, &state, deps).await? else { return Ok(0) };
    let mut changes = Changes::default();
    // The dimensions have read these in their old form.
    let unread: Option<HashSet<&str>> = match work {
        Work::Add(files) => Some(files.iter().map(|file| stem_of(&file.key)).collect()),
        Work::Rebuild => None,
    };
    let clean = deps.lake.table(&CLEAN_EVENTS).await?;
    let mut known = Known::default();
    products(&mut known, build).await?;
    let mut chunk = Chunk::default();
    let is_level = is_level(&clean, &heads.facts);
    for date in dates {
        let (sources, facts) = (clean.plan_partition(date).await?, heads.facts.plan_partition(date).await?);
        // Of rows that are filled in no one may be left out, or nobody looks at them again.
        if is_level && let Some(fact) = unmatched(&sources, &facts).first() {
            return Err(Error::conflict("clean.events was compacted meanwhile").at(&fact.key));
        }
        for source in sources {
            chunk.add(source, &facts, deps).await?;
        }
        if chunk.sessions.len() >= MAX_SESSIONS {
            known = std::mem::take(&mut chunk).fill(known, build, deps, &mut changes).await?;
        }
    }
    chunk.fill(known, build, deps, &mut changes).await?;
    let written = changes.added.len() as u64;
    changes.commit(unread, heads, &state, deps).await?;
    Ok(written)
}

/// The dates to look at, ascending; none if the facts are as they should be.
async fn dates(heads: &Heads, build: &Build<'_>, state: &str, deps: &Deps) -> Result<Option<BTreeSet<i32>>> {
    let facts = heads.facts.plan(None).await?;
    let all: BTreeSet<i32> = facts.iter().filter_map(|file| file.partition_date).collect();
    let mut dates = BTreeSet::new();
    let mut before = None;
    for snapshot in heads.facts.history() {
        if let Some(filled) = snapshot.summary.get(CHANGES_PROPERTY) {
            before = Some(filled.clone());
            break;
        }
        match snapshot.operation.as_str() {
            "append" => {
                let added = heads.facts.added_files(snapshot.snapshot_id).await?;
                dates.extend(added.iter().filter_map(|file| file.partition_date));
            }
            "replace" => {}
            _ => return Ok(Some(all)),
        }
    }
    let Some(before) = before else { return Ok(Some(all)) };
    if before == state && dates.is_empty() {
        return Ok(None);
    }
    let changed = build.logs.changed_since(&before);
    if !changed.is_empty() {
        // Facts may be filled in that the dimensions looked at below have not read: a gate held them back, or a crash came.
        for dim in [&heads.sessions, &heads.products] {
            let Some(unread) = heads.dates_unread_by(dim).await? else { return Ok(Some(all)) };
            dates.extend(unread);
        }
    }
    for role in changed {
        let Some(log) = build.logs.of(role) else { continue };
        let Some(files) = new_files(log, &before).await? else { return Ok(Some(all)) };
        match role {
            Role::Sessions => {
                dates.extend(dates_of_sessions(log, files, &heads.sessions, deps).await?);
            }
            Role::Products | Role::Brands | Role::Categories => {
                let since = since(role, log, files, &heads.products, build).await?;
                dates.extend(all.iter().filter(|date| i64::from(**date + 1) * MICROS_PER_DAY > since));
            }
            _ => {}
        }
    }
    Ok(Some(dates.intersection(&all).copied().collect()))
}

/// The files that a log gained since a state; none if that cannot be told.
async fn new_files(log: &Log, before: &str) -> Result<Option<Vec<PlannedFile>>> {
    let Some(newer) = log.table.ancestors_after(Logs::snapshot_in(before, log)) else { return Ok(None) };
    let mut files = Vec::new();
    for snapshot in newer {
        match snapshot.operation.as_str() {
            "append" => files.extend(log.table.added_files(snapshot.snapshot_id).await?),
            "replace" => {}
            _ => return Ok(None),
        }
    }
    Ok(Some(files))
}

/// The dates on which sessions of these changes have events, as the dimension knows them.
async fn dates_of_sessions(
    log: &Log,
    files: Vec<PlannedFile>,
    dim: &Table,
    deps: &Deps,
) -> Result<BTreeSet<i32>> {
    let mut changed = HashSet::new();
    for planned in files {
        let file = ParquetFile::open(deps.lake.store(), &planned.key).await?;
        for group in 0..file.groups() {
            let batch = file.read(group, &["session_id"]).await?;
            let ids = texts(log.table.schema(), &batch, "session_id", &file)?;
            changed.extend(ids.iter().flatten().map(Known::session_hash));
        }
    }
    let mut dates = BTreeSet::new();
    for planned in dim.plan(None).await? {
        let file = ParquetFile::open(deps.lake.store(), &planned.key).await?;
        for group in 0..file.groups() {
            let batch = file.read(group, &["session_id", "started_at", "ended_at"]).await?;
            let ids = texts(&DIM_SESSIONS, &batch, "session_id", &file)?;
            let columns = RowReader::new(&DIM_SESSIONS, &batch);
            let (starts, ends) = (columns.times("started_at"), columns.times("ended_at"));
            let unfit = |e| Error::invalid("rows cannot be read").at(file.key()).because(e);
            let (starts, ends) = (starts.map_err(unfit)?, ends.map_err(unfit)?);
            for (row, id) in ids.iter().enumerate() {
                if id.is_some_and(|id| changed.contains(&Known::session_hash(id))) {
                    dates.extend(date_of(starts[row])..=date_of(ends[row]));
                }
            }
        }
    }
    Ok(dates)
}

pub(crate) fn texts(
    schema: &'static estrella_core::schema::TableSchema,
    batch: &arrow::array::RecordBatch,
    name: &str,
    file: &ParquetFile,
) -> Result<arrow::array::StringArray> {
    let column = RowReader::new(schema, batch).texts(name);
    column.map_err(|e| Error::invalid("rows cannot be read").at(file.key()).because(e))
}

/// Reads what all products were listed as.
async fn products(known: &mut Known, build: &Build<'_>) -> Result<()> {
    let Some(log) = build.logs.of(Role::Products) else { return Ok(()) };
    let naming = Naming::read(build.logs, build).await?;
    let columns = ["category_id", "brand_id"].map(|name| position(&log.source, name));
    let mut rows = build.histories(log).await?;
    while let Some((key, versions)) = rows.next()? {
        let of = |version: &estrella_core::changes::Version| {
            (long(version, columns[0]), long(version, columns[1]))
        };
        known.add_product(id(&key)?, naming.catalogue.listed(&versions, of));
    }
    Ok(())
}

/// Files of some dates, and the sessions in them.
#[derive(Default)]
struct Chunk {
    sources: Vec<(PlannedFile, Vec<PlannedFile>)>,
    sessions: HashSet<u128>,
}

impl Chunk {
    async fn add(&mut self, source: PlannedFile, facts: &[PlannedFile], deps: &Deps) -> Result<()> {
        let file = ParquetFile::open(deps.lake.store(), &source.key).await?;
        for group in 0..file.groups() {
            let batch = file.read(group, &["session_id"]).await?;
            let ids = texts(&CLEAN_EVENTS, &batch, "session_id", &file)?;
            self.sessions.extend(ids.iter().flatten().map(Known::session_hash));
        }
        self.sources.push((source, facts.to_vec()));
        Ok(())
    }

    async fn fill(
        self,
        mut known: Known,
        build: &Build<'_>,
        deps: &Deps,
        changes: &mut Changes,
    ) -> Result<Known> {
        known.clear_sessions();
        if let Some(log) = build.logs.of(Role::Sessions) {
            let (device, channel) = (position(&log.source, "device_type"), position(&log.source, "channel"));
            let wanted = |key: &[Value]| {
                let id = key.first().and_then(Value::text);
                id.is_some_and(|id| self.sessions.contains(&Known::session_hash(id)))
            };
            let mut rows = build.histories_of(log, wanted).await?;
            while let Some((key, versions)) = rows.next()? {
                let (Some(id), Some(last)) = (key.first().and_then(Value::text), versions.last()) else {
                    continue;
                };
                let word = |position| text(last, position).unwrap_or(UNKNOWN);
                known.add_session(id, word(device), word(channel))?;
            }
        }
        let known = Arc::new(known);
        let tasks = stream::iter(self.sources).map(|(source, facts)| {
            let (known, deps) = (Arc::clone(&known), deps.clone());
            spawned(async move { fill(&source, &facts, &known, &deps).await })
        });
        let wanted: Vec<Wanted> = tasks.buffered(deps.config.workers).try_collect().await?;
        for wanted in wanted {
            if let Wanted::New { file, replaces, listing_changed } = wanted {
                if listing_changed {
                    changes.listings.push(stem_of(&replaces).to_owned());
                }
                changes.removed.push(replaces);
                changes.added.push(file);
            }
        }
        // All tasks are done, so nobody else has it.
        Arc::into_inner(known).ok_or_else(|| Error::bug("somebody still fills facts in"))
    }
}

/// Fact files to be replaced.
#[derive(Default)]
struct Changes {
    removed: Vec<String>,
    added: Vec<NewFile>,
    /// Those of them whose categories or brands changed.
    listings: Vec<String>,
}

impl Changes {
    async fn commit(
        self,
        unread: Option<HashSet<&str>>,
        heads: &Heads,
        state: &str,
        deps: &Deps,
    ) -> Result<()> {
        let is_read = |stem: &String| unread.as_ref().is_none_or(|unread| !unread.contains(stem.as_str()));
        let listings_changed = self.listings.iter().any(is_read);
        let base = heads.facts.snapshot_id().unwrap_or_default();
        let mut properties = BTreeMap::from([
            (CHANGES_PROPERTY.to_owned(), state.to_owned()),
            (LISTINGS_PROPERTY.to_owned(), listings_changed.to_string()),
        ]);
        let source = reflected(&heads.facts).map(|source| (SOURCE_SNAPSHOT.to_owned(), source.to_string()));
        properties.extend(source);
        let commit = Commit {
            key: format!("fill {state} on {base}"),
            operation: Operation::RewriteFiles { removed: self.removed, added: self.added },
            // What the facts reflect is carried on, so nobody may have added to them since.
            base: Some(Base { snapshot_id: heads.facts.snapshot_id(), partitions: None }),
            properties,
        };
        deps.lake.commit(heads.facts.schema(), commit).await?;
        Ok(())
    }
}
