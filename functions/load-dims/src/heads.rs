//! What the tables are at, and what is to do.

use std::collections::BTreeSet;

use estrella_core::schema::{
    DIM_BRANDS, DIM_CATEGORIES, DIM_PRODUCTS, DIM_SESSIONS, DIM_TIME, DIM_USERS, FACT_USER_EVENTS,
};
use estrella_lake::{Lake, PlannedFile, Result, Table};
use estrella_load_facts::stem_of;

/// The summary property that names the snapshot of the facts a dimension reflects.
pub(crate) const SOURCE_PROPERTY: &str = "estrella.source-snapshot";
/// Its value while there are no facts.
const NO_FACTS: &str = "none";

/// The loaded heads of all tables.
pub(crate) struct Heads {
    pub(crate) facts: Table,
    pub(crate) products: Table,
    pub(crate) categories: Table,
    pub(crate) brands: Table,
    pub(crate) sessions: Table,
    pub(crate) users: Table,
    pub(crate) time: Table,
}

/// The summary property that names what the logs of changes stood at.
pub(crate) const CHANGES_PROPERTY: &str = estrella_load_facts::CHANGES;
/// The property of facts that were filled in: whether what the dimensions count by changed in files that they have.
pub(crate) const LISTINGS_PROPERTY: &str = "estrella.listings-changed";

/// What is to do with the facts.
pub(crate) enum Work {
    /// These files were added since; none if the dimensions reflect the facts.
    Add(Vec<PlannedFile>),
    /// The dimensions cannot be continued.
    Rebuild,
}

impl Heads {
    pub(crate) async fn load(lake: &Lake) -> Result<Self> {
        // The facts come last: dimensions never reflect a snapshot that this run does not see.
        Ok(Self {
            products: lake.table(&DIM_PRODUCTS).await?,
            categories: lake.table(&DIM_CATEGORIES).await?,
            brands: lake.table(&DIM_BRANDS).await?,
            sessions: lake.table(&DIM_SESSIONS).await?,
            users: lake.table(&DIM_USERS).await?,
            time: lake.table(&DIM_TIME).await?,
            facts: lake.table(&FACT_USER_EVENTS).await?,
        })
    }

    pub(crate) fn dims(&self) -> [&Table; 6] {
        [&self.products, &self.categories, &self.brands, &self.sessions, &self.users, &self.time]
    }

    /// What the dimensions reflect once this is done.
    pub(crate) fn source(&self) -> String {
        self.facts.snapshot_id().map_or_else(|| NO_FACTS.to_owned(), |id| id.to_string())
    }

    /// Whether all dimensions reflect this snapshot of the facts and this state of the logs.
    pub(crate) fn are_at(&self, source: &str, changes: &str) -> bool {
        let reflects = |dim: &&Table| reflected(dim).as_deref() == Some(source);
        self.dims().iter().all(reflects) && self.changes().as_deref() == Some(changes)
    }

    /// What is to do; everything, if the dimensions are not to be trusted.
    pub(crate) async fn work(&self, distrust: bool) -> Result<Work> {
        if distrust {
            return Ok(Work::Rebuild);
        }
        let [first, others @ ..] = self.dims().map(reflected);
        let agree = others.iter().all(|other| *other == first);
        let Some(reflected) = first.filter(|_| agree) else { return Ok(Work::Rebuild) };
        if reflected == self.source() {
            return Ok(Work::Add(Vec::new()));
        }
        Ok(self.added_since(&reflected).await?.map_or(Work::Rebuild, Work::Add))
    }

    /// What the logs stood at when the dimensions were written; none if they disagree.
    pub(crate) fn changes(&self) -> Option<String> {
        let [first, others @ ..] = self.dims().map(|dim| said(dim, CHANGES_PROPERTY).unwrap_or_default());
        others.iter().all(|other| *other == first).then_some(first)
    }

    /// The files that were added after a snapshot. None if more happened than adding, or it is unknown.
    async fn added_since(&self, snapshot: &str) -> Result<Option<Vec<PlannedFile>>> {
        let newer = snapshot.parse().ok().and_then(|id| self.facts.ancestors_after(Some(id)));
        let Some(newer) = newer else { return Ok(None) };
        let mut files: Vec<PlannedFile> = Vec::new();
        for snapshot in newer {
            match snapshot.operation.as_str() {
                "append" => files.extend(self.facts.added_files(snapshot.snapshot_id).await?),
                // Facts were filled in: new files in their new form; the others count for the same.
                "replace" if snapshot.summary.contains_key(LISTINGS_PROPERTY) => {
                    if snapshot.summary[LISTINGS_PROPERTY] == "true" {
                        return Ok(None);
                    }
                    for filled in self.facts.added_files(snapshot.snapshot_id).await? {
                        if let Some(file) =
                            files.iter_mut().find(|file| stem_of(&file.key) == stem_of(&filled.key))
                        {
                            *file = filled;
                        }
                    }
                }
                // Compaction puts the same rows into other files.
                "replace" => {}
                _ => return Ok(None),
            }
        }
        Ok(Some(files))
    }

    /// The dates of facts that were added since a dimension was written. None if that cannot be told.
    pub(crate) async fn dates_unread_by(&self, dim: &Table) -> Result<Option<BTreeSet<i32>>> {
        let known = match reflected(dim).as_deref() {
            Some(NO_FACTS) => None,
            Some(id) if id.parse::<i64>().is_ok() => id.parse().ok(),
            _ => return Ok(None),
        };
        let Some(newer) = self.facts.ancestors_after(known) else { return Ok(None) };
        let mut dates = BTreeSet::new();
        for snapshot in newer {
            match snapshot.operation.as_str() {
                "append" => {
                    let added = self.facts.added_files(snapshot.snapshot_id).await?;
                    dates.extend(added.iter().filter_map(|file| file.partition_date));
                }
                "replace" => {}
                _ => return Ok(None),
            }
        }
        Ok(Some(dates))
    }
}

/// What the last change of a dimension's rows says. Compaction carries no property on and changes no rows.
pub(crate) fn said(dim: &Table, property: &str) -> Option<String> {
    let history = dim.history();
    let changed = history.iter().find(|snapshot| snapshot.operation != "replace")?;
    changed.summary.get(property).cloned()
}

/// The snapshot that a dimension reflects.
fn reflected(dim: &Table) -> Option<String> {
    match dim.snapshot_id() {
        None => Some(NO_FACTS.to_owned()),
        Some(_) => said(dim, SOURCE_PROPERTY),
    }
}
