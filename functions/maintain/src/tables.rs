//! Which tables are compacted, and how.

use std::collections::{BTreeMap, BTreeSet};

use estrella_core::schema::{CLEAN_EVENTS, FACT_USER_EVENTS, PROFILE_HOURS, TableSchema};
use estrella_lake::{Compaction, PlannedFile, Result};
use estrella_load_facts::{PROFILES_PER_GROUP, is_level, unmatched};
use estrella_runtime::Deps;

/// Tables that grow by appending. Dimensions are written whole by each load, facts follow `clean.events`, and what is
/// restricted is not for this stage to read.
pub(crate) fn is_compacted(schema: &TableSchema) -> bool {
    matches!(schema.namespace, "clean" | "ops" | "changes")
}

/// How a table is compacted.
pub(crate) fn rules(schema: &TableSchema, rules: &Compaction) -> Compaction {
    let group_rows = match schema.name == PROFILE_HOURS.name {
        true => PROFILES_PER_GROUP,
        false => rules.group_rows,
    };
    Compaction { group_rows, ..*rules }
}

/// The dates on which facts and `clean.events` have files of the same names.
pub(crate) async fn level_dates(deps: &Deps) -> Result<BTreeSet<i32>> {
    let (Some(facts), Some(clean)) = (
        deps.lake.table_if_exists(&FACT_USER_EVENTS).await?,
        deps.lake.table_if_exists(&CLEAN_EVENTS).await?,
    ) else {
        return Ok(BTreeSet::new());
    };
    if !is_level(&clean, &facts) {
        return Ok(BTreeSet::new());
    }
    let (mut dates, facts) = (by_date(clean.plan(None).await?), by_date(facts.plan(None).await?));
    dates.retain(|date, clean| {
        facts.get(date).is_some_and(|facts| facts.len() == clean.len() && unmatched(clean, facts).is_empty())
    });
    Ok(dates.into_keys().collect())
}

fn by_date(files: Vec<PlannedFile>) -> BTreeMap<i32, Vec<PlannedFile>> {
    let mut dates: BTreeMap<i32, Vec<PlannedFile>> = BTreeMap::new();
    for file in files {
        if let Some(date) = file.partition_date {
            dates.entry(date).or_default().push(file);
        }
    }
    dates
}
