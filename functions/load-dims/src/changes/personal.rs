//! Personal values, kept apart.

use std::collections::HashSet;
use std::sync::Arc;

use estrella_core::changes::{SourceTable, Value};
use estrella_core::privacy::TokenKey;
use estrella_core::star::RowBuilder;
use estrella_lake::data::{DataFileWriter, ParquetFile};
use estrella_lake::{Base, Commit, Error, Operation, Result, Table};
use estrella_runtime::Deps;
use xxhash_rust::xxh3::xxh3_128;

use super::files::Keyed;

/// Replaces personal values by tokens, and collects the values that are new.
pub(crate) struct Personal<'a> {
    table: Table,
    /// Personal columns: position among those that are no part of the key, and name.
    columns: Vec<(usize, &'a str)>,
    key: TokenKey,
    seen: HashSet<u128>,
    new: Vec<Vec<Value>>,
}

impl<'a> Personal<'a> {
    /// None for a table without personal columns. What others do to the values from here on is a conflict.
    ///
    /// # Errors
    /// `InvalidInput` if there is no key to make tokens with. Else those of the stores.
    pub(crate) async fn of(source: &'a SourceTable, deps: &Deps) -> Result<Option<Self>> {
        let Some(table) = source.tables.personal else { return Ok(None) };
        let table = deps.lake.table(table).await?;
        let missing = || Error::invalid("there is no key for tokens of personal data").at(&source.name);
        let key = deps.config.token_key.clone().ok_or_else(missing)?;
        let columns = source.value_columns().enumerate().filter_map(|(position, at)| {
            let column = &source.columns[at];
            column.personal.then_some((position, column.name.as_str()))
        });
        let columns = columns.collect();
        Ok(Some(Self { table, columns, key, seen: HashSet::new(), new: Vec::new() }))
    }

    pub(crate) fn replace(&mut self, keyed: &mut Keyed) {
        let mut clear = Vec::with_capacity(self.columns.len());
        let mut tokens = Vec::with_capacity(self.columns.len());
        for (position, name) in &self.columns {
            let value = &mut keyed.change.values[*position];
            let token =
                value.text().map_or(Value::Null, |text| Value::Text(self.key.token(name, text).into()));
            clear.push(std::mem::replace(value, token.clone()));
            tokens.push(token);
        }
        if tokens.iter().any(|token| *token != Value::Null) && self.seen.insert(hash(&keyed.key, &tokens)) {
            let row = keyed.key.iter().cloned().chain(clear).chain(tokens).collect();
            self.new.push(row);
        }
    }

    /// Adds the values that the table does not have.
    pub(crate) async fn commit(mut self, commit_key: &str, deps: &Deps) -> Result<()> {
        let schema = self.table.schema();
        let width = schema.columns.len();
        let keys = width - 2 * self.columns.len();
        let tokens = keys + self.columns.len();
        for planned in self.table.plan(None).await? {
            let file = ParquetFile::open(deps.lake.store(), &planned.key).await?;
            for group in 0..file.groups() {
                let batch = file.read_all(schema, group).await?;
                let read = |at: usize| {
                    let column = &schema.columns[at];
                    estrella_core::changes::values(&batch, column.name, column.ty)
                        .map_err(|e| Error::invalid("rows cannot be read").at(file.key()).because(e))
                };
                let columns = (0..keys).chain(tokens..width).map(read).collect::<Result<Vec<_>>>()?;
                for row in 0..batch.num_rows() {
                    let values: Vec<Value> = columns.iter().map(|column| column[row].clone()).collect();
                    self.seen.remove(&hash(&values[..keys], &values[keys..]));
                }
            }
        }
        let seen = std::mem::take(&mut self.seen);
        self.new.retain(|row| seen.contains(&hash(&row[..keys], &row[tokens..])));
        if self.new.is_empty() {
            return Ok(());
        }
        let mut rows = RowBuilder::new(schema);
        self.new.iter().flatten().for_each(|value| value.write(&mut rows));
        let batch = rows.finish().map_err(|e| Error::invalid("values do not fit the table").because(e))?;
        let mut file = DataFileWriter::create(schema, &deps.scratch)?;
        file.write(&batch)?;
        let base = self.table.snapshot_id();
        let key = format!("{commit_key} on {}", base.unwrap_or_default());
        let file = file.finish()?;
        let name = format!("{:032x}-{}", xxh3_128(key.as_bytes()), file.content_hash()?);
        let data = format!("{}/{}/data/{name}.parquet", schema.namespace, schema.name);
        let file = file.install(&Arc::clone(deps.lake.store()), &data, None).await?;
        let commit = Commit {
            key,
            operation: Operation::Append(vec![file]),
            base: Some(Base { snapshot_id: base, partitions: None }),
            properties: Default::default(),
        };
        deps.lake.commit(schema, commit).await?;
        Ok(())
    }
}

fn hash(key: &[Value], tokens: &[Value]) -> u128 {
    xxh3_128(format!("{key:?}\n{tokens:?}").as_bytes())
}
