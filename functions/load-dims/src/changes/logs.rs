//! The logs of all tables, as they stand.

use std::collections::{BTreeMap, BTreeSet};

use estrella_core::changes::{Mapping, Role, SourceTable};
use estrella_lake::{Lake, Result, Table};

/// The log of a table of the source.
pub(crate) struct Log {
    pub(crate) source: SourceTable,
    pub(crate) table: Table,
}

/// The logs that have changes.
pub(crate) struct Logs {
    logs: Vec<Log>,
}

impl Logs {
    pub(crate) async fn load(lake: &Lake, mapping: &Mapping) -> Result<Self> {
        let mut logs = Vec::new();
        for source in mapping.tables() {
            let Some(schema) = source.tables.log else { continue };
            let table = lake.table_if_exists(schema).await?;
            if let Some(table) = table.filter(|table| table.snapshot_id().is_some()) {
                logs.push(Log { source: source.clone(), table });
            }
        }
        logs.sort_by(|a, b| a.source.name.cmp(&b.source.name));
        Ok(Self { logs })
    }

    pub(crate) fn of(&self, role: Role) -> Option<&Log> {
        self.logs.iter().find(|log| log.source.role == role)
    }

    /// Those of tables that have no role in the star.
    pub(crate) fn others(&self) -> impl Iterator<Item = &Log> {
        self.logs.iter().filter(|log| log.source.role == Role::Other)
    }

    /// What the logs of the star's tables stand at, like `brands=12 users=34`.
    pub(crate) fn state(&self) -> String {
        let star = self.logs.iter().filter(|log| log.source.role != Role::Other);
        // A log that was compacted has no new changes.
        let state =
            |log: &Log| format!("{}={}", log.source.name, log.table.rows_snapshot_id().unwrap_or_default());
        star.map(state).collect::<Vec<_>>().join(" ")
    }

    /// The roles whose logs stand elsewhere than at a state.
    pub(crate) fn changed_since(&self, state: &str) -> BTreeSet<Role> {
        let known = parse(state);
        let now = self.state();
        let now = parse(&now);
        let changed = |log: &&Log| known.get(&*log.source.name) != now.get(&*log.source.name);
        let here = self.logs.iter().filter(changed).map(|log| log.source.role);
        here.filter(|role| *role != Role::Other).collect()
    }

    /// The snapshot that a state names for a log.
    pub(crate) fn snapshot_in(state: &str, log: &Log) -> Option<i64> {
        parse(state).get(&*log.source.name)?.parse().ok()
    }
}

fn parse(state: &str) -> BTreeMap<&str, &str> {
    state.split_whitespace().filter_map(|part| part.split_once('=')).collect()
}
