//! Erasing a person from a lake.
//!
//! Rows go from every table, and so do the snapshots that still have them. The user's number is remembered, so that
//! raw files that are loaded again do not bring the rows back. Every step can be repeated; what was erased before is
//! not found again.

mod erase;
mod files;
mod who;

use std::collections::BTreeSet;

use estrella_contracts::keys;
use estrella_core::schema::{
    CLEAN_EVENTS, FACT_USER_EVENTS, FORGOTTEN_USERS, QUARANTINED_EVENTS, REJECTED_EVENTS, TableSchema,
    all_tables,
};
use estrella_core::star::RowBuilder;
use estrella_lake::data::DataFileWriter;
use estrella_lake::{Commit, Error, Keep, Operation, Result};
use estrella_runtime::{Deps, forgotten_users, mapping};
use serde::Serialize;

use erase::{Taken, erase};
use files::Noted;
use who::Who;

use crate::books::ids;
use crate::pipeline::complete_runs;

/// What was erased.
#[derive(Debug, Default, Serialize)]
pub struct Erased {
    /// Tables that had rows of the user.
    pub tables: Vec<ErasedTable>,
    /// Snapshots that the tables forgot.
    pub snapshots_expired: u64,
    /// Files that are gone: data, manifests and manifest lists.
    pub files_removed: u64,
    /// Objects that are extracted and not loaded, held back, or were loaded meanwhile: rows of the user may be in them.
    pub not_loaded: Vec<String>,
    /// Tables of personal values that do not say by a `user_id` whose they are: they were not looked at.
    pub not_searched: Vec<String>,
}

/// One table.
#[derive(Debug, Serialize)]
pub struct ErasedTable {
    /// `namespace.name`.
    pub table: String,
    /// Rows that went.
    pub rows: u64,
    /// Files that had them.
    pub files: u64,
}

/// Erases a user.
///
/// # Errors
/// `InvalidInput` if a gate holds dimensions back: erasing would let through what somebody has to look at. `Conflict` if
/// others write all the time; run it again then, as after every other error.
pub async fn forget(user_id: i64, deps: &Deps) -> Result<Erased> {
    let mut erased = Erased::default();
    let mapping = mapping(deps).await?;
    // The snapshots that tell of such runs go.
    complete_runs(deps).await?;
    // A call that was cut short may have left dimensions that a gate would hold back for it.
    if !Noted::is_there(user_id, deps).await? {
        let pending = estrella_load_dims::handle(deps).await?;
        if let Some(held) = pending.held_back.first() {
            let what =
                "dimensions are held back by a gate; mend the source or accept it (--accept-gates) first";
            return Err(Error::invalid(what).at(&held.table));
        }
    }
    // Facts follow clean.events, so the order matters; of the others it does not.
    let mut tables: Vec<&'static TableSchema> =
        vec![&CLEAN_EVENTS, &FACT_USER_EVENTS, &REJECTED_EVENTS, &QUARANTINED_EVENTS];
    // What says who the user is goes last: it is needed to find the rest, if this is run again.
    tables.extend(all_tables().into_iter().filter(|table| table.namespace == "changes"));
    tables.extend(all_tables().into_iter().filter(|table| table.namespace == "restricted"));
    tables.retain(|table| table.full_name() != FORGOTTEN_USERS.full_name());
    let model = all_tables().into_iter().filter(|table| table.namespace == "model");
    let every: Vec<&'static TableSchema> = tables.iter().copied().chain(model).collect();
    nobody_names_more(&every, deps).await?;

    remember(user_id, deps).await?;
    let marks = listed(keys::APPLIED, deps).await?;
    let who = Who::find(user_id, &mapping, deps).await?;
    let noted = Noted::note(&every, user_id, deps).await?;
    let mut source = None;
    for table in &tables {
        let taken = erase(table, &who, source, deps).await?;
        if table.full_name() == CLEAN_EVENTS.full_name() {
            source = taken.step;
        }
        if taken.rows > 0 {
            let Taken { rows, files, .. } = taken;
            erased.tables.push(ErasedTable { table: table.full_name(), rows, files });
        }
    }
    // Facts that did not stand at the same place are made anew.
    estrella_load_facts::sync(deps).await?;
    // Dimensions are made of the others.
    let mut all_the_same = deps.clone();
    // One person less is no loss that somebody has to look at.
    all_the_same.config.gates.accept = true;
    estrella_load_dims::handle(&all_the_same).await?;
    complete_runs(deps).await?;
    for table in &every {
        let expired = deps.lake.expire(table, Keep::NOTHING_MORE).await?;
        erased.snapshots_expired += expired.snapshots;
        erased.files_removed += expired.files;
    }
    erased.files_removed += noted.remove(&every, deps).await?;
    let personal = all_tables().into_iter().filter(|table| table.namespace == "restricted");
    let closed = personal.filter(|table| Who::columns(table).is_none()).map(TableSchema::full_name);
    erased.not_searched = closed.collect();
    erased.not_loaded = still_to_do(&marks, deps).await?;
    Ok(erased)
}

/// Snapshots that a branch or a tag names stay, and what they hold of the person with them.
async fn nobody_names_more(tables: &[&'static TableSchema], deps: &Deps) -> Result<()> {
    for table in tables {
        let Some(table) = deps.lake.table_if_exists(table).await? else { continue };
        if let Some(name) = table.other_references()?.first() {
            let what = format!("the branch or tag {name} keeps rows that are not looked at; drop it first");
            return Err(Error::invalid(what).at(table.schema().full_name()));
        }
    }
    Ok(())
}

async fn remember(user_id: i64, deps: &Deps) -> Result<()> {
    if forgotten_users(deps).await?.contains(&user_id) {
        return Ok(());
    }
    let fault = |e| Error::bug("write forgotten user").because(e);
    let mut rows = RowBuilder::new(&FORGOTTEN_USERS);
    rows.long(user_id);
    rows.time(deps.lake.clock().now_ms().saturating_mul(1000));
    let mut file = DataFileWriter::create(&FORGOTTEN_USERS, &deps.scratch)?;
    file.write(&rows.finish().map_err(fault)?)?;
    let key = format!("restricted/forgotten_users/data/{user_id}.parquet");
    let file = file.finish()?.install(deps.lake.store(), &key, None).await?;
    let commit = Commit {
        key: format!("forget-{user_id}"),
        operation: Operation::Append(vec![file]),
        base: None,
        properties: Default::default(),
    };
    deps.lake.commit(&FORGOTTEN_USERS, commit).await?;
    Ok(())
}

/// What is not loaded yet, or held back, and what was loaded since there were these marks: others may have looked at the list
/// of erased users, or at the tables, before.
async fn still_to_do(marks: &BTreeSet<String>, deps: &Deps) -> Result<Vec<String>> {
    let applied = listed(keys::APPLIED, deps).await?;
    let receipts = listed(keys::RECEIPTS, deps).await?;
    let mut found: Vec<String> = receipts.difference(&applied).map(|id| keys::receipt(id)).collect();
    found.extend(applied.difference(marks).map(|id| keys::applied(id)));
    found.extend(estrella_release::undecided(deps).await?.iter().map(|id| keys::blocked(id)));
    Ok(found)
}

async fn listed(prefix: &str, deps: &Deps) -> Result<BTreeSet<String>> {
    Ok(ids(&**deps.lake.store(), prefix).await?.into_iter().collect())
}
