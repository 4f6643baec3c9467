//! What the tables are at, and what is to do.

use estrella_core::schema::{
    DIM_BRANDS, DIM_CATEGORIES, DIM_PRODUCTS, DIM_SESSIONS, DIM_TIME, DIM_USERS, FACT_USER_EVENTS,
};
use estrella_lake::{Lake, PlannedFile, Result, Table};

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

/// What is to do.
pub(crate) enum Work {
    /// The dimensions reflect the facts.
    Nothing,
    /// These files were added to the facts since.
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

    pub(crate) async fn work(&self) -> Result<Work> {
        let [first, others @ ..] = self.dims().map(reflected);
        let agree = others.iter().all(|other| *other == first);
        let Some(reflected) = first.filter(|_| agree) else { return Ok(Work::Rebuild) };
        if reflected == self.source() {
            return Ok(Work::Nothing);
        }
        Ok(self.added_since(&reflected).await?.map_or(Work::Rebuild, Work::Add))
    }

    /// The files that were added after a snapshot. None if more happened than adding, or it is unknown.
    async fn added_since(&self, snapshot: &str) -> Result<Option<Vec<PlannedFile>>> {
        let newer = snapshot.parse().ok().and_then(|id| self.facts.ancestors_after(Some(id)));
        let Some(newer) = newer else { return Ok(None) };
        let mut files = Vec::new();
        for snapshot in newer {
            match snapshot.operation.as_str() {
                "append" => files.extend(self.facts.added_files(snapshot.snapshot_id).await?),
                // Compaction puts the same rows into other files.
                "replace" => {}
                _ => return Ok(None),
            }
        }
        Ok(Some(files))
    }
}

/// What a dimension says that it reflects. Compaction does not carry the property on and changes no rows.
fn reflected(dim: &Table) -> Option<String> {
    if dim.snapshot_id().is_none() {
        return Some(NO_FACTS.to_owned());
    }
    let history = dim.history();
    let changed = history.iter().find(|snapshot| snapshot.operation != "replace")?;
    changed.summary.get(SOURCE_PROPERTY).cloned()
}
