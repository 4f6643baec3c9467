//! All tables that there are.

use std::sync::{PoisonError, RwLock};

use super::{ALL_TABLES, TableSchema};
use crate::changes::Mapping;

/// Tables of mappings other than the shop's. Definitions are never freed, so a table is found under its name wherever a
/// catalog needs its columns.
static MORE: RwLock<Vec<&'static TableSchema>> = RwLock::new(Vec::new());

/// Makes tables known, in the place of others of the same names.
pub(crate) fn register(tables: Vec<&'static TableSchema>) {
    let mut known = MORE.write().unwrap_or_else(PoisonError::into_inner);
    for table in tables {
        known.retain(|other| other.full_name() != table.full_name());
        known.push(table);
    }
}

/// Every table: those of every lake, those of the shop's database, and those of mappings that were read.
pub fn all_tables() -> Vec<&'static TableSchema> {
    let mut tables = ALL_TABLES.to_vec();
    let more = MORE.read().unwrap_or_else(PoisonError::into_inner);
    for table in Mapping::default().more_tables().into_iter().chain(more.iter().copied()) {
        match tables.iter_mut().find(|known| known.full_name() == table.full_name()) {
            Some(known) => *known = table,
            None => tables.push(table),
        }
    }
    tables
}

/// Looks a table up by `namespace.name`, or by its name alone.
pub fn find_table(name: &str) -> Option<&'static TableSchema> {
    all_tables().into_iter().find(|t| t.full_name() == name || t.name == name)
}
