//! The other tables that rules refer to, and the values that those of `ReferentialIntegrity` look for.

use std::collections::BTreeMap;

use estrella_core::schema::find_table;
use estrella_dqdl::{RuleType, Ruleset, hash_rows};
use estrella_lake::data::ParquetFile;
use estrella_lake::{Error, Result};
use estrella_runtime::{Deps, mapping};
use hashbrown::HashSet;

/// Table and columns, as rules name them.
pub(crate) type Name = (String, Vec<String>);

/// Hashes of the values, by table and columns.
#[derive(Debug, Default)]
pub(crate) struct References(BTreeMap<Name, Option<HashSet<u64>>>);

impl References {
    /// Reads the columns that rules look into, as they are now.
    pub(crate) async fn read(rules: &[&Ruleset], deps: &Deps) -> Result<Self> {
        // Most rules name no table of a mapping: theirs is not read.
        if rules.iter().any(|rules| names(rules).iter().any(|name| !is_known(name))) {
            // From here on the tables of the lake's own mapping are found by their names. As a Lambda this stage is alone in
            // its process: no other one has read it. That it cannot be read is no fault of the batch.
            mapping(deps).await.map_err(Error::invalid_is_bug)?;
        }
        let wanted: Vec<Name> = rules.iter().flat_map(|rules| rules.references()).collect();
        let mut references = Self::default();
        for (alias, columns) in wanted {
            let values = values(&alias, &columns, deps).await?;
            references.0.insert((alias, columns), values);
        }
        Ok(references)
    }

    pub(crate) fn matching_rows(
        &self,
        alias: &str,
        columns: &[String],
        values: &[(u64, u64)],
    ) -> std::result::Result<u64, String> {
        let known = self.0.get(&(alias.to_owned(), columns.to_vec()));
        match known {
            Some(Some(known)) => {
                Ok(values.iter().filter(|(hash, _)| known.contains(hash)).map(|(_, rows)| rows).sum())
            }
            _ => Err(format!("there is no table {alias} with these columns yet")),
        }
    }
}

/// All tables that rules refer to, with the columns that they look into.
fn names(rules: &Ruleset) -> Vec<Name> {
    let checks = rules.rules.iter().flat_map(|rule| rule.expression.checks());
    let compared = checks.filter(|check| check.rule_type == RuleType::SchemaMatch);
    let compared = compared.filter_map(|check| Some((check.parameters.first()?.clone(), Vec::new())));
    compared.chain(rules.references()).collect()
}

fn is_known((alias, columns): &Name) -> bool {
    find_table(alias).is_some_and(|schema| columns.iter().all(|column| schema.position(column).is_some()))
}

/// None if there is no such table, or if it lacks a column.
async fn values(alias: &str, columns: &[String], deps: &Deps) -> Result<Option<HashSet<u64>>> {
    let Some(schema) = find_table(alias) else { return Ok(None) };
    if columns.iter().any(|column| schema.position(column).is_none()) {
        return Ok(None);
    }
    let Some(table) = deps.lake.table_if_exists(schema).await? else { return Ok(None) };
    let names: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut values = HashSet::new();
    for planned in table.plan(None).await? {
        let file = ParquetFile::open(deps.lake.store(), &planned.key).await?;
        for group in 0..file.groups() {
            let batch = file.read(group, &names).await?;
            // In the order in which the rule names them, not in the file's.
            let arrays = names.iter().filter_map(|name| batch.column_by_name(name).cloned());
            let hashes = hash_rows(&arrays.collect::<Vec<_>>())
                .map_err(|e| Error::invalid("values cannot be compared").at(file.key()).because(e))?;
            values.extend(hashes.into_iter().flatten());
        }
    }
    Ok(Some(values))
}
