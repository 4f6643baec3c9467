//! Committing a dimension.

use std::collections::BTreeMap;

use estrella_lake::{Base, Commit, Lake, NewFile, Operation, Outcome, Result, Table};

use crate::DimsLoaded;
use crate::build::{Build, Content};
use crate::heads::{Heads, SOURCE_PROPERTY};

/// Makes a dimension reflect the source of the build.
pub(crate) async fn apply(
    lake: &Lake,
    build: &Build<'_>,
    dim: &Table,
    content: Content,
    loaded: &mut DimsLoaded,
) -> Result<()> {
    let name = dim.schema().full_name();
    let rows = match &content {
        Some(files) => files.iter().map(rows).sum(),
        None => existing_rows(dim).await?,
    };
    loaded.rows.insert(name.clone(), rows);
    let replaced = content.is_some();
    let commit = Commit {
        key: format!("load-dims-{}", build.inputs(dim)),
        // Without new rows only the property is committed.
        operation: content.map_or(Operation::Append(Vec::new()), Operation::ReplaceAll),
        base: Some(Base { snapshot_id: dim.snapshot_id(), partitions: None }),
        properties: BTreeMap::from([(SOURCE_PROPERTY.to_owned(), build.source.clone())]),
    };
    let outcome = lake.commit(dim.schema(), commit).await?;
    if replaced && matches!(outcome, Outcome::Committed { .. }) {
        loaded.tables_changed.insert(name);
    }
    Ok(())
}

/// Counts the rows of dimensions that need no work.
pub(crate) async fn count(heads: &Heads, loaded: &mut DimsLoaded) -> Result<()> {
    for dim in heads.dims() {
        loaded.rows.insert(dim.schema().full_name(), existing_rows(dim).await?);
    }
    Ok(())
}

async fn existing_rows(dim: &Table) -> Result<u64> {
    Ok(dim.plan(None).await?.iter().map(|file| file.rows).sum())
}

fn rows(file: &NewFile) -> u64 {
    file.metadata.file_metadata().num_rows().unsigned_abs()
}
