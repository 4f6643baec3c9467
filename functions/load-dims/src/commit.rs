//! Committing a dimension.

use std::collections::BTreeMap;

use estrella_lake::{Base, Commit, Lake, NewFile, Operation, Outcome, Result, Table};

use crate::DimsLoaded;
use crate::build::{Build, Content};
use crate::gates::CURRENT_PROPERTY;
use crate::heads::{CHANGES_PROPERTY, Heads, SOURCE_PROPERTY, said};

/// Makes a dimension reflect the source of the build.
pub(crate) async fn apply(
    lake: &Lake,
    build: &Build<'_>,
    dim: &Table,
    content: Option<Content>,
    loaded: &mut DimsLoaded,
) -> Result<()> {
    let name = dim.schema().full_name();
    let rows = match &content {
        Some(content) => content.files.iter().map(rows).sum(),
        None => existing_rows(dim).await?,
    };
    loaded.rows.insert(name.clone(), rows);
    let replaced = content.is_some();
    let mut properties = BTreeMap::from([
        (SOURCE_PROPERTY.to_owned(), build.source.clone()),
        (CHANGES_PROPERTY.to_owned(), build.logs.state()),
    ]);
    let current = match &content {
        Some(content) => Some(content.counted.current.to_string()),
        None => said(dim, CURRENT_PROPERTY),
    };
    properties.extend(current.map(|current| (CURRENT_PROPERTY.to_owned(), current)));
    let commit = Commit {
        key: format!("load-dims-{}", build.inputs(dim)),
        // Without new rows only the property is committed.
        operation: content
            .map_or(Operation::Append(Vec::new()), |content| Operation::ReplaceAll(content.files)),
        base: Some(Base { snapshot_id: dim.snapshot_id(), partitions: None }),
        properties,
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
