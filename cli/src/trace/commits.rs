//! Which snapshots of the tables hold the rows of a run.

use std::collections::BTreeMap;

use estrella_contracts::JudgedRun;
use estrella_core::schema::{
    CLEAN_EVENTS, DIM_BRANDS, DIM_CATEGORIES, DIM_PRODUCTS, DIM_SESSIONS, DIM_TIME, DIM_USERS,
    FACT_USER_EVENTS, QUARANTINED_EVENTS, REJECTED_EVENTS, TableSchema,
};
use estrella_lake::{KEY_PROPERTY, Result, SnapshotInfo};
use estrella_load_facts::SOURCE_SNAPSHOT;
use estrella_runtime::Deps;
use serde::Serialize;

use crate::output::time;

const DIMENSIONS: [&TableSchema; 6] =
    [&DIM_USERS, &DIM_PRODUCTS, &DIM_CATEGORIES, &DIM_BRANDS, &DIM_SESSIONS, &DIM_TIME];

/// Why a commit is not in the history of its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// It is older than the states that are kept; its rows are in the later ones.
    Expired,
    /// It was not made yet, or was rolled back.
    NotThere,
}

impl Missing {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "older than the states that are kept; its rows are in the later ones",
            Self::NotThere => "not in the history of the table: not committed yet, or rolled back",
        }
    }
}

/// The commit that made rows of a run readable in one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Commit {
    /// Table.
    pub table: String,
    /// Snapshot; none if the table's history has it no more.
    pub snapshot_id: Option<i64>,
    /// When it was committed, UTC.
    pub at: Option<String>,
    /// Why there is none.
    pub missing: Option<Missing>,
}

/// Whether a dimension knows of the facts of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reflection {
    /// Dimension.
    pub table: String,
    /// Its current snapshot.
    pub snapshot_id: Option<i64>,
    /// Whether it was written after the facts.
    pub is_reflected: bool,
}

/// The histories of the tables, each read once.
pub(super) struct Histories(BTreeMap<String, Vec<SnapshotInfo>>);

impl Histories {
    pub(super) async fn read(deps: &Deps) -> Result<Self> {
        let mut histories = BTreeMap::new();
        let tables = [&CLEAN_EVENTS, &FACT_USER_EVENTS, &REJECTED_EVENTS, &QUARANTINED_EVENTS];
        for schema in tables.into_iter().chain(DIMENSIONS) {
            if let Some(table) = deps.lake.table_if_exists(schema).await? {
                histories.insert(schema.full_name(), table.history());
            }
        }
        Ok(Self(histories))
    }

    fn of(&self, schema: &TableSchema) -> &[SnapshotInfo] {
        self.0.get(&schema.full_name()).map_or(&[], Vec::as_slice)
    }

    /// The runs whose rows reached `clean.events`, newest first. Other writers have keys of their own.
    pub(super) fn runs(&self) -> impl Iterator<Item = &str> {
        self.of(&CLEAN_EVENTS)
            .iter()
            .filter_map(|snapshot| snapshot.summary.get(KEY_PROPERTY))
            .map(String::as_str)
    }

    /// The commits of a run to the tables that have rows of it.
    pub(super) fn commits(&self, run: &JudgedRun) -> Vec<Commit> {
        let (id, planned_at_ms) = (run.plan.run_id.as_str(), run.plan.planned_at_ms);
        let by_key = |schema: &'static TableSchema| {
            let own =
                |snapshot: &&SnapshotInfo| snapshot.summary.get(KEY_PROPERTY).is_some_and(|key| key == id);
            self.commit(schema, planned_at_ms, own)
        };
        let clean = by_key(&CLEAN_EVENTS);
        let source = clean.snapshot_id.map(|id| id.to_string());
        let facts = self.commit(&FACT_USER_EVENTS, planned_at_ms, |snapshot| {
            source.is_some() && snapshot.summary.get(SOURCE_SNAPSHOT) == source.as_ref()
        });
        let mut commits = vec![clean, facts];
        commits.extend((!run.plan.rejected.is_empty()).then(|| by_key(&REJECTED_EVENTS)));
        let set_aside = run.batches.iter().any(|b| !b.is_blocked() && b.cleaned.quarantine.is_some());
        commits.extend(set_aside.then(|| by_key(&QUARANTINED_EVENTS)));
        commits
    }

    fn commit(
        &self,
        schema: &'static TableSchema,
        planned_at_ms: i64,
        is_own: impl Fn(&&SnapshotInfo) -> bool,
    ) -> Commit {
        let history = self.of(schema);
        // Facts that are filled in carry the source on: the first commit is the last in the history.
        let found = history.iter().rev().find(is_own);
        let is_old = history.last().is_some_and(|oldest| planned_at_ms < oldest.timestamp_ms);
        let missing = match (found, is_old) {
            (Some(_), _) => None,
            (None, true) => Some(Missing::Expired),
            (None, false) => Some(Missing::NotThere),
        };
        Commit {
            table: schema.full_name(),
            snapshot_id: found.map(|snapshot| snapshot.snapshot_id),
            at: found.map(|snapshot| time(snapshot.timestamp_ms)),
            missing,
        }
    }

    /// Whether the dimensions were written from a state of the facts that has the rows of these commits.
    pub(super) fn reflections(&self, facts: &Commit) -> Vec<Reflection> {
        let history = self.of(&FACT_USER_EVENTS);
        let age = |id: i64| history.iter().position(|snapshot| snapshot.snapshot_id == id);
        let of = |schema: &'static TableSchema| {
            let dimension = self.of(schema);
            // Compaction carries no property on and changes no rows.
            let written = dimension.iter().find(|snapshot| snapshot.operation != "replace");
            let source = written.and_then(|snapshot| snapshot.summary.get(SOURCE_SNAPSHOT)?.parse().ok());
            let is_reflected = match (facts.snapshot_id, source.and_then(age)) {
                (Some(id), Some(source)) => age(id).is_some_and(|own| own >= source),
                // What is older than all that is kept came before it.
                (None, Some(_)) => facts.missing == Some(Missing::Expired),
                (_, None) => false,
            };
            let snapshot_id = dimension.first().map(|snapshot| snapshot.snapshot_id);
            Reflection { table: schema.full_name(), snapshot_id, is_reflected }
        };
        DIMENSIONS.into_iter().map(of).collect()
    }
}
