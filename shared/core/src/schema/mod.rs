//! The tables: columns with their types, units and documentation.
//!
//! This is the one place that says what a table looks like. The Arrow and Iceberg schemas, the Glue
//! column comments and the data dictionary are all made from it.

mod arrow;
mod clean;
mod model;
mod ops;
mod registry;
mod restricted;

pub use arrow::arrow_schema;
pub use clean::{CLEAN_EVENTS, QUARANTINED_EVENTS, REJECTED_EVENTS};
pub use model::{
    DIM_BRANDS, DIM_CATEGORIES, DIM_PRODUCTS, DIM_SESSIONS, DIM_TIME, DIM_USERS, FACT_USER_EVENTS,
};
pub(crate) use model::{IS_CURRENT, VALID_FROM, VALID_TO, VERSION};
pub use ops::{DRIFT_RESULTS, PROFILE_HOURS, PROFILES, QUALITY_RESULTS, RUNS};
pub(crate) use registry::register;
pub use registry::{all_tables, find_table};
pub use restricted::FORGOTTEN_USERS;

/// The type of a column, named as Iceberg names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// True or false.
    Boolean,
    /// 32-bit signed integer.
    Int,
    /// 64-bit signed integer.
    Long,
    /// 64-bit IEEE 754 float.
    Double,
    /// Exact decimal.
    Decimal {
        /// All digits.
        precision: u8,
        /// Digits after the point.
        scale: i8,
    },
    /// Calendar date, no time zone.
    Date,
    /// Instant in microseconds since the Unix epoch, UTC.
    Timestamptz,
    /// UTF-8 text.
    String,
}

/// One column of a table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Name, as it is written in SQL.
    pub name: &'static str,
    /// Type.
    pub ty: ColumnType,
    /// Whether null is refused.
    pub required: bool,
    /// One line for the data dictionary, with the unit where there is one.
    pub doc: &'static str,
}

/// A table of the lake.
#[derive(Debug, Clone, Copy)]
pub struct TableSchema {
    /// Namespace: `clean`, `model`, `ops`, `changes` or `restricted`.
    pub namespace: &'static str,
    /// Name inside the namespace.
    pub name: &'static str,
    /// One line for the data dictionary.
    pub doc: &'static str,
    /// Columns in order. A column's field id is its position, counted from 1.
    pub columns: &'static [Column],
    /// Columns that identify a row.
    pub key: &'static [&'static str],
    /// The identity partition column, if the table is partitioned.
    pub partition: Option<&'static str>,
    /// Columns that each data file is sorted by.
    pub sort: &'static [&'static str],
}

impl TableSchema {
    /// `namespace.name`.
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.namespace, self.name)
    }

    /// Position of a column, counted from 0.
    pub fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == column)
    }
}

/// The tables of every lake, in the order in which a run writes them. Those of the shop's database come besides them, see
/// [`all_tables`].
pub const ALL_TABLES: [&TableSchema; 16] = [
    &REJECTED_EVENTS,
    &QUARANTINED_EVENTS,
    &CLEAN_EVENTS,
    &FACT_USER_EVENTS,
    &DIM_USERS,
    &DIM_PRODUCTS,
    &DIM_CATEGORIES,
    &DIM_BRANDS,
    &DIM_SESSIONS,
    &DIM_TIME,
    &QUALITY_RESULTS,
    &PROFILES,
    &PROFILE_HOURS,
    &RUNS,
    &DRIFT_RESULTS,
    &FORGOTTEN_USERS,
];

pub(crate) const fn required(name: &'static str, ty: ColumnType, doc: &'static str) -> Column {
    Column { name, ty, required: true, doc }
}

pub(crate) const fn optional(name: &'static str, ty: ColumnType, doc: &'static str) -> Column {
    Column { name, ty, required: false, doc }
}

/// A single price: up to ten digits before the point, two after.
pub(crate) const PRICE: ColumnType = ColumnType::Decimal { precision: 12, scale: 2 };
/// A sum of prices.
pub(crate) const AMOUNT: ColumnType = ColumnType::Decimal { precision: 18, scale: 2 };

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_unique_and_references_resolve() {
        let mut tables = HashSet::new();
        for table in ALL_TABLES {
            assert!(tables.insert(table.full_name()));
            let names: HashSet<_> = table.columns.iter().map(|c| c.name).collect();
            assert_eq!(names.len(), table.columns.len(), "{}", table.name);
            for name in table.key.iter().chain(table.sort).chain(&table.partition) {
                assert!(names.contains(name), "{}.{name}", table.name);
            }
            assert!(table.columns.iter().all(|c| !c.doc.is_empty() && !c.doc.ends_with('.')));
        }
    }

    #[test]
    fn tables_are_found_by_either_name() {
        assert_eq!(
            find_table("dim_users").map(|t| t.full_name()),
            find_table("model.dim_users").map(|t| t.full_name())
        );
        assert!(find_table("model.nothing").is_none());
    }
}
