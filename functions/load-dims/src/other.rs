//! Dimensions of tables that have no role in the star.

use std::collections::BTreeMap;

use estrella_check_quality::TableRules;
use estrella_core::changes::{Mapping, Value};
use estrella_core::star::Attributes;
use estrella_lake::{Base, Commit, ErrorKind, Operation, Outcome, Result};
use estrella_runtime::Deps;
use xxhash_rust::xxh3::xxh3_128;

use crate::build::{Build, Rules, judge};
use crate::changes::{Log, Logs};
use crate::gates::CURRENT_PROPERTY;
use crate::heads::{CHANGES_PROPERTY, said};
use crate::output::Output;
use crate::{ATTEMPTS, DimsLoaded, Sizes};

/// Loads the dimension of every such table whose log has moved on.
pub(crate) async fn load(
    deps: &Deps,
    sizes: Sizes,
    mapping: &Mapping,
    loaded: &mut DimsLoaded,
) -> Result<()> {
    let logs = Logs::load(&deps.lake, mapping).await?;
    for log in logs.others() {
        let mut lost = 0;
        while let Err(error) = load_one(deps, sizes, &logs, log, loaded).await {
            lost += 1;
            if error.kind() != ErrorKind::Conflict || lost >= ATTEMPTS {
                return Err(error);
            }
        }
    }
    Ok(())
}

async fn load_one(deps: &Deps, sizes: Sizes, logs: &Logs, log: &Log, loaded: &mut DimsLoaded) -> Result<()> {
    let Some(schema) = log.source.tables.dimension else { return Ok(()) };
    let dim = deps.lake.table(schema).await?;
    let state = log.table.snapshot_id().unwrap_or_default().to_string();
    if said(&dim, CHANGES_PROPERTY).as_ref() == Some(&state) {
        let rows = dim.plan(None).await?.iter().map(|file| file.rows).sum();
        loaded.rows.insert(schema.full_name(), rows);
        return Ok(());
    }
    let rules = TableRules::read(schema, deps).await?;
    let rules: Rules = rules.map(|found| (schema.name, found)).into_iter().collect();
    let build = Build {
        rules: &rules,
        store: deps.lake.store(),
        scratch: &deps.scratch,
        sizes,
        logs,
        changed: Default::default(),
        source: state.clone(),
        rebuild: true,
    };
    let mut output = Output::new(&build, &dim, true);
    let mut rows = build.histories(log).await?;
    while let Some((key, versions)) = rows.next()? {
        let versions: Vec<Attributes> =
            versions.iter().enumerate().map(|(n, v)| Attributes::of(v, n + 1, v.values.clone())).collect();
        output.gates.count(false, &versions, |_, _| true, |version| version.surrogate(schema.name, &key));
        for version in &versions {
            output
                .push_with(|to| {
                    to.long(version.surrogate(schema.name, &key));
                    version.write_span(to);
                    let mut values = version.values.iter().flatten();
                    for at in 0..log.source.columns.len() {
                        let value = match log.source.key.iter().position(|key| *key == at) {
                            Some(position) => key.get(position),
                            None => values.next(),
                        };
                        value.unwrap_or(&Value::Null).write(to);
                    }
                })
                .await?;
        }
    }
    let mut content = output.finish().await?;
    let held = judge(&dim, &mut content, deps);
    if !held.is_empty() {
        loaded.held_back.extend(held);
        return Ok(());
    }
    let rows = content.files.iter().map(|file| file.metadata.file_metadata().num_rows().unsigned_abs()).sum();
    let base = dim.snapshot_id();
    let key = format!("{} {state} on {}", schema.name, base.unwrap_or_default());
    let commit = Commit {
        key: format!("load-dims-{:032x}", xxh3_128(key.as_bytes())),
        operation: Operation::ReplaceAll(content.files),
        base: Some(Base { snapshot_id: base, partitions: None }),
        properties: BTreeMap::from([
            (CHANGES_PROPERTY.to_owned(), state),
            (CURRENT_PROPERTY.to_owned(), content.counted.current.to_string()),
        ]),
    };
    let outcome = deps.lake.commit(schema, commit).await?;
    loaded.rows.insert(schema.full_name(), rows);
    if matches!(outcome, Outcome::Committed { .. }) {
        loaded.tables_changed.insert(schema.full_name());
    }
    Ok(())
}
