//! Which tables of the source are known, and how.

use std::collections::HashSet;
use std::sync::OnceLock;

use serde::Deserialize;

use super::tables::{self, Tables};
use super::value::ValueType;
use crate::schema::{ALL_TABLES, ColumnType, TableSchema};

/// Where a lake keeps a mapping of its own.
pub const CONFIG_KEY: &str = "config/tables.json";

/// The tables of the source. `Mapping::default()` knows the shop's six.
#[derive(Debug, Clone)]
pub struct Mapping {
    tables: Vec<SourceTable>,
}

/// What a table is to the star.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Feeds dim_users.
    Users,
    /// Feeds dim_brands, and names the brands of products.
    Brands,
    /// Feeds dim_categories, and names the categories of products.
    Categories,
    /// Feeds dim_products, and the facts where they know no brand and category.
    Products,
    /// Feeds dim_sessions and the facts.
    Sessions,
    /// Feeds the facts themselves, as event files do.
    Events,
    /// A dimension of its own, `model.dim_<name>`.
    #[default]
    Other,
}

/// A table of the source.
#[derive(Debug, Clone)]
pub struct SourceTable {
    /// `schema.table` in the source.
    pub source: String,
    /// Name in the lake.
    pub name: String,
    /// What it is to the star.
    pub role: Role,
    /// Columns of the key, as positions in `columns`.
    pub key: Vec<usize>,
    /// Columns, in the order in which files without a header have them.
    pub columns: Vec<SourceColumn>,
    /// All columns of files without a header, if they have others than these.
    pub headerless: Option<Vec<String>>,
    /// Name of the column with the commit time, DMS's TimestampColumnName.
    pub timestamp_column: String,
    /// Name of the column with `$AR_H_CHANGE_SEQ`.
    pub sequence_column: String,
    /// Its tables in the lake.
    pub tables: Tables,
}

/// A column of the source.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceColumn {
    /// Name in the lake.
    pub name: String,
    /// Name in the source, if it has another there.
    #[serde(default)]
    source: Option<String>,
    #[serde(rename = "type")]
    ty: ValueType,
    /// Whether it says who somebody is: it is kept apart, and the tables get a token of it.
    #[serde(default)]
    pub personal: bool,
    /// Whether a change of it makes a new version; else all versions show the latest value.
    #[serde(default = "yes")]
    pub history: bool,
    /// One line for the data dictionary.
    #[serde(default)]
    pub doc: String,
}

impl SourceColumn {
    /// Type.
    pub fn ty(&self) -> ColumnType {
        self.ty.0
    }

    /// Name in the source.
    pub fn source_name(&self) -> &str {
        self.source.as_deref().unwrap_or(&self.name)
    }
}

/// What is wrong with a mapping.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// It is no JSON of the right form.
    #[error("the mapping cannot be read: {0}")]
    Unreadable(String),
    /// A table makes no sense.
    #[error("table {table} of the mapping: {reason}")]
    Table {
        /// Its name.
        table: String,
        /// Why.
        reason: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    timestamp_column: Option<String>,
    #[serde(default)]
    sequence_column: Option<String>,
    tables: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    source: String,
    name: String,
    #[serde(default)]
    role: Role,
    key: Vec<String>,
    columns: Vec<SourceColumn>,
    #[serde(default)]
    headerless: Option<Vec<String>>,
}

const fn yes() -> bool {
    true
}

impl Mapping {
    /// Reads a mapping: the shop's six tables, those of `text` in their place or besides them.
    ///
    /// # Errors
    /// Naming the table that is wrong.
    pub fn parse(text: &str) -> Result<Self, MappingError> {
        let mut mapping = Self::default();
        for table in read(text)? {
            match mapping.tables.iter_mut().find(|known| known.name == table.name) {
                Some(known) => *known = table,
                None => mapping.tables.push(table),
            }
        }
        let (mut sources, mut roles) = (HashSet::new(), HashSet::new());
        for table in &mapping.tables {
            let wrong =
                |reason: &str| Err(MappingError::Table { table: table.name.clone(), reason: reason.into() });
            if !sources.insert(&table.source) {
                return wrong("another table has the same source");
            }
            if table.role != Role::Other && !roles.insert(table.role) {
                return wrong("another table has the same role");
            }
        }
        crate::schema::register(mapping.more_tables());
        Ok(mapping)
    }

    /// All tables.
    pub fn tables(&self) -> &[SourceTable] {
        &self.tables
    }

    /// The table that a change file's folders name.
    pub fn of_source(&self, source: &str) -> Option<&SourceTable> {
        self.tables.iter().find(|table| table.source == source)
    }

    /// The table of a role.
    pub fn of_role(&self, role: Role) -> Option<&SourceTable> {
        self.tables.iter().find(|table| table.role == role)
    }

    /// The tables that come besides those that every lake has.
    pub fn more_tables(&self) -> Vec<&'static TableSchema> {
        let of = |table: &SourceTable| {
            let Tables { log, personal, dimension, .. } = table.tables;
            [log, personal, dimension]
        };
        self.tables.iter().filter(|table| table.role != Role::Events).flat_map(of).flatten().collect()
    }
}

impl Default for Mapping {
    fn default() -> Self {
        // It is part of the program; a test reads it.
        static SHOP: OnceLock<Vec<SourceTable>> = OnceLock::new();
        Self { tables: SHOP.get_or_init(|| read(include_str!("shop.json")).unwrap_or_default()).clone() }
    }
}

fn read(text: &str) -> Result<Vec<SourceTable>, MappingError> {
    let file: File = serde_json::from_str(text).map_err(|e| MappingError::Unreadable(e.to_string()))?;
    let timestamp = file.timestamp_column.as_deref().unwrap_or("commit_time");
    let sequence = file.sequence_column.as_deref().unwrap_or("change_seq");
    file.tables.into_iter().map(|entry| table(entry, timestamp, sequence)).collect()
}

fn table(entry: Entry, timestamp: &str, sequence: &str) -> Result<SourceTable, MappingError> {
    let wrong = |reason: String| MappingError::Table { table: entry.name.clone(), reason };
    let is_name = |name: &str| {
        let mut bytes = name.bytes();
        bytes.next().is_some_and(|b| b.is_ascii_lowercase())
            && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    if !is_name(&entry.name) {
        return Err(wrong("a name is lower-case letters, digits and _".to_owned()));
    }
    if entry.source.split('.').filter(|part| !part.is_empty()).count() != 2 {
        return Err(wrong(format!("source {:?} is not schema.table", entry.source)));
    }
    let mut names = HashSet::new();
    for column in &entry.columns {
        if !is_name(&column.name) || tables::CHANGE_COLUMNS.contains(&column.name.as_str()) {
            return Err(wrong(format!("{:?} cannot be the name of a column", column.name)));
        }
        if !names.insert(column.name.as_str()) {
            return Err(wrong(format!("column {} stands twice", column.name)));
        }
        if column.personal && column.ty() != ColumnType::String {
            return Err(wrong(format!("personal column {} is no string", column.name)));
        }
    }
    let position = |name: &String| entry.columns.iter().position(|column| column.name == *name);
    let mut key = Vec::new();
    for name in &entry.key {
        let at = position(name).ok_or_else(|| wrong(format!("key column {name} is no column")))?;
        let column = &entry.columns[at];
        if column.personal || column.ty() == ColumnType::Double || key.contains(&at) {
            return Err(wrong(format!("{name} cannot be part of the key")));
        }
        key.push(at);
    }
    if key.is_empty() {
        return Err(wrong("it has no key".to_owned()));
    }
    for (name, ty) in required_of(entry.role) {
        let column = entry.columns.iter().find(|column| column.name == *name);
        if column.is_none_or(|column| column.ty() != *ty) {
            return Err(wrong(format!("its role wants a column {name} of type {ty:?}")));
        }
    }
    if entry.role != Role::Other && entry.key.len() != 1 {
        return Err(wrong("the key of a table with a role is one column".to_owned()));
    }
    if let [(name, _), ..] = required_of(entry.role)
        && entry.key[0] != *name
    {
        return Err(wrong(format!("its role wants the key {name}")));
    }
    if entry.role == Role::Events && entry.columns.iter().any(|column| column.personal) {
        return Err(wrong("events cannot have personal columns: refused ones keep their text".to_owned()));
    }
    let tables = Tables::of(&entry.name, entry.role, &entry.columns, &key);
    for made in [Some(tables.landed), tables.log, tables.personal, tables.dimension].into_iter().flatten() {
        let mut names = HashSet::new();
        if let Some(twice) = made.columns.iter().find(|column| !names.insert(column.name)) {
            return Err(wrong(format!("{} would have the column {} twice", made.full_name(), twice.name)));
        }
        if ALL_TABLES.iter().any(|table| table.full_name() == made.full_name())
            || made.name.ends_with("_current")
        {
            return Err(wrong(format!("{} is another table's name", made.full_name())));
        }
    }
    Ok(SourceTable {
        source: entry.source,
        name: entry.name,
        role: entry.role,
        key,
        columns: entry.columns,
        headerless: entry.headerless,
        timestamp_column: timestamp.to_owned(),
        sequence_column: sequence.to_owned(),
        tables,
    })
}

/// The columns that the star reads of a table of some role.
fn required_of(role: Role) -> &'static [(&'static str, ColumnType)] {
    use ColumnType::{Long, String, Timestamptz};
    match role {
        Role::Users => &[("user_id", Long)],
        Role::Brands => &[("brand_id", Long), ("name", String)],
        Role::Categories => &[("category_id", Long), ("parent_id", Long), ("name", String)],
        Role::Products => &[("product_id", Long), ("brand_id", Long), ("category_id", Long)],
        Role::Sessions => &[("session_id", String), ("device_type", String), ("channel", String)],
        Role::Events => &[
            ("event_id", String),
            ("session_id", String),
            ("user_id", Long),
            ("product_id", Long),
            ("event_type", String),
            ("event_time", Timestamptz),
        ],
        Role::Other => &[],
    }
}

impl SourceTable {
    /// Positions of the columns that are no part of the key.
    pub fn value_columns(&self) -> impl Iterator<Item = usize> {
        (0..self.columns.len()).filter(|at| !self.key.contains(at))
    }

    /// For each column that is no part of the key, whether a change of it makes a version.
    pub fn has_history(&self) -> Vec<bool> {
        self.value_columns().map(|at| self.columns[at].history).collect()
    }

    /// Position of a column among those that are no part of the key.
    pub fn value_position(&self, name: &str) -> Option<usize> {
        self.value_columns().position(|at| self.columns[at].name == name)
    }
}
