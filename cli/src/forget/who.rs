//! Telling the rows of a user.

use arrow::array::{Array, BooleanArray, RecordBatch, StringArray};
use estrella_core::changes::{Mapping, Role};
use estrella_core::schema::{ColumnType, TableSchema};
use estrella_core::star::RowReader;
use estrella_lake::data::ParquetFile;
use estrella_lake::{Error, Result};
use estrella_runtime::Deps;

/// The shortest name that is looked for in free text: shorter ones are found in anything.
const MIN_CHARS: usize = 4;

/// A user, and what is known of him.
pub(super) struct Who {
    user_id: i64,
    /// The number as it stands in a record.
    number: String,
    /// Names and e-mail addresses in clear.
    words: Vec<String>,
}

impl Who {
    /// Looks up what the user was called.
    pub(super) async fn find(user_id: i64, mapping: &Mapping, deps: &Deps) -> Result<Self> {
        let mut who = Self { user_id, number: user_id.to_string(), words: Vec::new() };
        let Some(source) = mapping.of_role(Role::Users) else { return Ok(who) };
        let Some(schema) = source.tables.personal else { return Ok(who) };
        let Some(table) = deps.lake.table_if_exists(schema).await? else { return Ok(who) };
        let clear: Vec<&str> =
            source.columns.iter().filter(|column| column.personal).map(|c| c.name.as_str()).collect();
        for planned in table.plan(None).await? {
            let file = ParquetFile::open(deps.lake.store(), &planned.key).await?;
            for group in 0..file.groups() {
                let batch = file.read_all(schema, group).await?;
                let keep = who.rows_to_keep(schema, &batch).map_err(|e| e.at(file.key()))?;
                for name in &clear {
                    let texts = texts(schema, &batch, name)?;
                    let own = (0..batch.num_rows()).filter(|row| !keep.value(*row) && texts.is_valid(*row));
                    who.words.extend(own.map(|row| texts.value(row).to_owned()));
                }
            }
        }
        who.words.retain(|word| word.chars().count() >= MIN_CHARS);
        // As they stand between quotes in a CSV.
        let quoted: Vec<String> = who.words.iter().map(|word| word.replace('"', "\"\"")).collect();
        who.words.extend(quoted);
        who.words.sort_unstable();
        who.words.dedup();
        Ok(who)
    }

    /// The columns that tell the rows of the user; none if the table has none of anybody.
    pub(super) fn columns(table: &TableSchema) -> Option<&'static [&'static str]> {
        let has = |name: &str, ty| table.columns.iter().any(|column| column.name == name && column.ty == ty);
        if has("user_id", ColumnType::Long) {
            Some(&["user_id"])
        } else if has("raw", ColumnType::String) {
            Some(&["raw"])
        } else {
            None
        }
    }

    /// Which rows are of others.
    pub(super) fn rows_to_keep(
        &self,
        table: &'static TableSchema,
        batch: &RecordBatch,
    ) -> Result<BooleanArray> {
        let unfit = |e| Error::invalid("rows cannot be read").because(e);
        if Self::columns(table) == Some(&["raw"]) {
            let raw = texts(table, batch, "raw")?;
            return Ok(raw.iter().map(|raw| Some(!raw.is_some_and(|raw| self.is_named_in(raw)))).collect());
        }
        let users = RowReader::new(table, batch).optional_longs("user_id").map_err(unfit)?;
        Ok(users.iter().map(|id| Some(id != Some(self.user_id))).collect())
    }

    /// Names the user without naming him: part of the names of files that are written without him.
    pub(super) fn hash(&self, name: &str) -> u64 {
        hash(self.user_id, name)
    }

    fn is_named_in(&self, raw: &str) -> bool {
        let mut fields = raw.split([',', '\n', ';', '\t']).map(|field| field.trim().trim_matches('"'));
        fields.any(|field| field == self.number) || self.words.iter().any(|word| raw.contains(word.as_str()))
    }
}

pub(super) fn hash(user_id: i64, name: &str) -> u64 {
    xxhash_rust::xxh3::xxh3_64(format!("{user_id}\n{name}").as_bytes())
}

fn texts(table: &'static TableSchema, batch: &RecordBatch, name: &str) -> Result<StringArray> {
    RowReader::new(table, batch).texts(name).map_err(|e| Error::invalid("rows cannot be read").because(e))
}
