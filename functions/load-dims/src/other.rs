//! Dimensions of tables that have no role in the star.

use std::collections::BTreeMap;

use estrella_check_quality::{Asked, TableRules};
use estrella_core::changes::{Mapping, Value};
use estrella_core::event::date_of;
use estrella_core::star::Attributes;
use estrella_lake::{Base, Commit, ErrorKind, Operation, Outcome, Result};
use estrella_load_facts::{Checked, note_results};
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
    note(&schema.full_name(), &state, &rules, &content.asked, deps).await?;
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

/// Notes what the rules say, once for these rules and for what the dimension is to reflect, however often it is begun anew.
async fn note(dim: &str, state: &str, rules: &Rules, asked: &Asked, deps: &Deps) -> Result<()> {
    if asked.results.is_empty() {
        return Ok(());
    }
    let now_ms = deps.lake.clock().now_ms();
    let date = date_of(now_ms * 1000);
    let rows: Vec<_> = asked.results.iter().map(|result| Checked { of: dim, date, result }).collect();
    // Rules that were changed say something else of the same rows.
    let rules = rules.values().map(TableRules::text).collect::<Vec<_>>().join("\n");
    let id = format!("dims-{:032x}", xxh3_128(format!("{dim} {state} {rules}").as_bytes()));
    note_results(&id, now_ms, &rows, deps).await
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::AsArray;
    use estrella_contracts::keys;
    use estrella_core::schema::QUALITY_RESULTS;
    use estrella_core::star::RowBuilder;
    use estrella_lake::data::{DataFileWriter, ParquetFile};
    use estrella_lake::fakes::{ManualClock, MemoryCatalog, MemoryStore};
    use estrella_lake::{Lake, ObjectStore};
    use estrella_runtime::{Config, NoAlerts, NoProgress};

    use super::*;

    const MAPPING: &str = r#"{"tables": [{"source": "erp.depots", "name": "depots", "key": ["depot_id"],
        "columns": [{"name": "depot_id", "type": "long"}]}]}"#;

    /// Depots 1 to 3 come to the log.
    async fn append_depots(mapping: &Mapping, deps: &Deps) {
        let log = mapping.of_source("erp.depots").unwrap().tables.log.unwrap();
        let mut rows = RowBuilder::new(log);
        for depot in 1..4 {
            rows.long(depot);
            rows.text("L");
            rows.null();
            rows.null();
            rows.text("raw/dms/erp/depots/LOAD00000001.csv");
            rows.long(depot);
        }
        let mut writer = DataFileWriter::create(log, &deps.scratch).unwrap();
        writer.write(&rows.finish().unwrap()).unwrap();
        let key = "changes/depots/data/0.parquet";
        let file = writer.finish().unwrap().install(deps.lake.store(), key, None).await.unwrap();
        let operation = Operation::Append(vec![file]);
        let commit = Commit { key: "depots".to_owned(), operation, base: None, properties: BTreeMap::new() };
        deps.lake.commit(log, commit).await.unwrap();
    }

    /// Dimension, rule and outcome of all results.
    async fn noted(deps: &Deps) -> Vec<[String; 3]> {
        let mut noted = Vec::new();
        for planned in deps.lake.table(&QUALITY_RESULTS).await.unwrap().plan(None).await.unwrap() {
            let file = ParquetFile::open(deps.lake.store(), &planned.key).await.unwrap();
            for group in 0..file.groups() {
                let rows = file.read_all(&QUALITY_RESULTS, group).await.unwrap();
                let text = |name: &str, row: usize| {
                    rows.column_by_name(name).unwrap().as_string::<i32>().value(row).to_owned()
                };
                let of_row = |row| ["batch_id", "rule_id", "outcome"].map(|name| text(name, row));
                noted.extend((0..rows.num_rows()).map(of_row));
            }
        }
        noted.sort_unstable();
        noted
    }

    #[tokio::test]
    async fn what_rules_say_of_a_dimension_of_a_mapping_is_noted_once() {
        let (store, catalog) = (Arc::new(MemoryStore::default()), Arc::new(MemoryCatalog::default()));
        let scratch = tempfile::tempdir().unwrap();
        let deps = Deps {
            lake: Lake::new(store.clone(), catalog, Arc::new(ManualClock::default())),
            raw: Arc::new(MemoryStore::default()),
            scratch: scratch.path().to_owned(),
            config: Config::default(),
            progress: Arc::new(NoProgress),
            alerts: Arc::new(NoAlerts),
        };
        let mapping = Mapping::parse(MAPPING).unwrap();
        append_depots(&mapping, &deps).await;
        let row = |rule: &str, outcome: &str| ["model.dim_depots", rule, outcome].map(str::to_owned);
        let strict = row("dim_depots:1", "block");
        let lenient = [row("dim_depots:1", "pass"), row("dim_depots:2", "warn")];

        store.put_if_absent(&keys::rules("dim_depots"), "Rules = [ RowCount > 5 ]".into()).await.unwrap();
        for _ in 0..2 {
            let mut loaded = DimsLoaded::default();
            load(&deps, Sizes::default(), &mapping, &mut loaded).await.unwrap();
            assert_eq!(loaded.held_back.len(), 1, "{loaded:?}");
            assert_eq!(noted(&deps).await, std::slice::from_ref(&strict));
        }
        store.delete(&keys::rules("dim_depots")).await.unwrap();
        let rules = "Rules = [ RowCount = 3,\nIsComplete \"valid_to\" labels=[\"severity\"=\"warn\"] ]";
        store.put_if_absent(&keys::rules("dim_depots"), rules.into()).await.unwrap();
        for _ in 0..2 {
            let mut loaded = DimsLoaded::default();
            load(&deps, Sizes::default(), &mapping, &mut loaded).await.unwrap();
            assert!(loaded.held_back.is_empty(), "{loaded:?}");
            let [passed, warned] = lenient.clone();
            assert_eq!(noted(&deps).await, [strict.clone(), passed, warned]);
        }
    }
}
