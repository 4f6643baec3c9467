//! Facts keep to the files of `clean.events`: when these were compacted, the fact files are written anew from them.
//!
//! What was filled in is taken over from the fact files that go, row by row, and the new files have the names that filling
//! in would give them. So nothing but the files of `clean.events` decides which fact files there are.

use std::collections::{BTreeMap, BTreeSet};

use estrella_core::schema::{CLEAN_EVENTS, FACT_USER_EVENTS};
use estrella_lake::data::ParquetFile;
use estrella_lake::{
    Base, Commit, Error, ErrorKind, NewFile, Operation, PlannedFile, Result, SnapshotInfo, Table,
};
use estrella_runtime::Deps;
use xxhash_rust::xxh3::xxh3_128;

use crate::CHANGES;
use crate::enrich::{FactWriter, name_of, stem};
use crate::facts::{SOURCE_SNAPSHOT, reflected};
use crate::fill::{Digest, LISTING, READ, SESSION, key};
use crate::kept::Kept;

/// Files of one date that belong together and do not match.
#[derive(Debug, Default)]
struct Apart {
    clean: Vec<PlannedFile>,
    facts: Vec<PlannedFile>,
}

/// Whether the facts have the rows of `clean.events`, whatever files these are in.
pub fn is_level(clean: &Table, facts: &Table) -> bool {
    let newer = reflected(facts).and_then(|source| clean.ancestors_after(Some(source)));
    newer.is_some_and(|newer| newer.iter().all(|snapshot| snapshot.operation == "replace"))
}

/// The fact files of `facts` that no file of `clean.events` stands behind.
pub fn unmatched(clean: &[PlannedFile], facts: &[PlannedFile]) -> Vec<PlannedFile> {
    let stems: BTreeSet<&str> = clean.iter().map(|source| stem_of(&source.key)).collect();
    let is_unmatched = |fact: &&PlannedFile| !stems.contains(stem_of(&fact.key));
    facts.iter().filter(is_unmatched).cloned().collect()
}

/// Writes fact files anew whose files of `clean.events` were compacted, and tells how many there are now. Does nothing
/// while the facts are behind, or when somebody else writes them; the next call does it then.
///
/// # Errors
/// Those of the stores.
pub async fn follow(deps: &Deps) -> Result<u64> {
    let Some(clean) = deps.lake.table_if_exists(&CLEAN_EVENTS).await? else { return Ok(0) };
    let Some(facts) = deps.lake.table_if_exists(&FACT_USER_EVENTS).await? else { return Ok(0) };
    if !is_level(&clean, &facts) {
        return Ok(0);
    }
    let apart = apart(clean.plan(None).await?, facts.plan(None).await?)?;
    if apart.is_empty() {
        return Ok(0);
    }
    match replace(apart, &clean, &facts, deps).await {
        Err(error) if matches!(error.kind(), ErrorKind::Conflict | ErrorKind::NotFound) => {
            tracing::debug!(%error, "facts follow compacted files later");
            Ok(0)
        }
        Err(error) if error.kind() == ErrorKind::InvalidInput => {
            tracing::warn!(%error, "facts cannot follow compacted files");
            Ok(0)
        }
        done => done,
    }
}

async fn replace(apart: BTreeMap<i32, Apart>, clean: &Table, facts: &Table, deps: &Deps) -> Result<u64> {
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    for (date, Apart { clean, facts }) in apart {
        let kept = Kept::of(&facts, deps).await?;
        for source in &clean {
            added.push(write(source, date, &kept, deps).await?);
        }
        removed.extend(facts.into_iter().map(|fact| fact.key));
    }
    let base = facts.snapshot_id();
    let files = removed.iter().map(String::as_str).chain(added.iter().map(|file| file.key.as_str()));
    let files = xxh3_128(files.collect::<Vec<_>>().join("\n").as_bytes());
    let written = added.len() as u64;
    let commit = Commit {
        key: format!("compact-{files:032x} on {}", base.unwrap_or_default()),
        operation: Operation::Compact { removed, added },
        // What the facts reflect is carried on, so nobody may have added to them since.
        base: Some(Base { snapshot_id: base, partitions: None }),
        properties: carried(clean, facts),
    };
    deps.lake.commit(&FACT_USER_EVENTS, commit).await?;
    Ok(written)
}

/// What the head says is carried on, so that the snapshots before may expire: what the facts reflect, and what they were
/// filled in with unless files came since.
fn carried(clean: &Table, facts: &Table) -> BTreeMap<String, String> {
    let source = clean.snapshot_id().map(|source| (SOURCE_SNAPSHOT.to_owned(), source.to_string()));
    let says = |s: &SnapshotInfo| s.operation != "replace" || s.summary.contains_key(CHANGES);
    let last = facts.history().into_iter().find(says);
    let filled = last.and_then(|mut snapshot| snapshot.summary.remove_entry(CHANGES));
    source.into_iter().chain(filled).collect()
}

/// What a fact file's name has in common with that of its file of `clean.events`, and with those that it is replaced by.
/// Folders do not matter: a commit may give a file another one.
pub fn stem_of(key: &str) -> &str {
    let name = name_of(key);
    name.split_once('.').map_or(name, |(stem, _)| stem)
}

fn apart(clean: Vec<PlannedFile>, facts: Vec<PlannedFile>) -> Result<BTreeMap<i32, Apart>> {
    let mut apart: BTreeMap<i32, Apart> = BTreeMap::new();
    let date_of = |file: &PlannedFile| {
        file.partition_date.ok_or_else(|| Error::invalid("file has no event_date").at(&file.key))
    };
    for fact in unmatched(&clean, &facts) {
        apart.entry(date_of(&fact)?).or_default().facts.push(fact);
    }
    let known: BTreeSet<&str> = facts.iter().map(|fact| stem_of(&fact.key)).collect();
    for source in clean {
        if !known.contains(stem_of(&source.key)) {
            apart.entry(date_of(&source)?).or_default().clean.push(source);
        }
    }
    let rows = |files: &[PlannedFile]| files.iter().map(|file| file.rows).sum::<u64>();
    // Else somebody has written one of the two by hand, and `estrella check` tells it.
    apart.retain(|date, apart| {
        let is_equal = rows(&apart.clean) == rows(&apart.facts);
        if !is_equal {
            tracing::warn!(date, "facts have other rows than clean.events, and keep their files");
        }
        is_equal
    });
    Ok(apart)
}

/// Writes the fact file of a file of `clean.events` with what was filled in before.
async fn write(source: &PlannedFile, date: i32, kept: &Kept, deps: &Deps) -> Result<NewFile> {
    let (stem, _) = stem(source)?;
    let clean = ParquetFile::open(deps.lake.store(), &source.key).await?;
    let columns: Vec<&str> = READ.into_iter().chain(["event_id"]).collect();
    let mut writer = FactWriter::create(&clean, date, &columns, deps)?;
    let (mut listing, mut session) = (Digest::default(), Digest::default());
    for group in 0..clean.groups() {
        let read = writer.read(group).await?;
        let filled = kept.filled(&read.batch, &clean).await?;
        listing.add(group, &filled, &LISTING);
        session.add(group, &filled, &SESSION);
        writer.write(&read, filled)?;
    }
    let key = key(&stem, &listing, &session);
    writer.finish()?.install(deps.lake.store(), &key, Some(date)).await
}
