//! What rules need besides the rows.

use arrow::datatypes::SchemaRef;

use crate::ast::Season;

/// What rules need besides the rows. Every method has an answer, so that a context has only what its rules use.
pub trait Context {
    /// Earlier values of a metric, the latest first, at most `k`; without those of the table that is judged. `key` is one
    /// of [`crate::Metrics::values`] or [`crate::Outcome::metric`]. The values of a season are those of the same hour of
    /// the week, say, as what is judged.
    fn history(&self, key: &str, k: usize, season: Season) -> Vec<f64> {
        let _ = (key, k, season);
        Vec::new()
    }

    /// Of how many rows the value is among those of another table. Each of `values` is the hash of a value, as
    /// [`crate::hash_rows`] has it of the other table's columns, and the number of rows it is in.
    ///
    /// # Errors
    /// In words why that is not known.
    fn matching_rows(&self, alias: &str, columns: &[String], values: &[(u64, u64)]) -> Result<u64, String> {
        let _ = (columns, values);
        Err(format!("there is no table {alias} to compare with"))
    }

    /// The schema of another table.
    fn schema_of(&self, alias: &str) -> Option<SchemaRef> {
        let _ = alias;
        None
    }

    /// The answer to a query, in which the table is called `primary`. `by_row` tells whether rows are asked for instead of
    /// a number.
    ///
    /// # Errors
    /// In words why there is none.
    fn sql(&self, query: &str, by_row: bool) -> Result<SqlAnswer, String> {
        let _ = (query, by_row);
        Err("queries cannot be run here".to_owned())
    }
}

/// The answer to a query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SqlAnswer {
    /// A number.
    Scalar(f64),
    /// Rows of the table that the query returned, which pass, of how many.
    Rows {
        /// Returned.
        passing: u64,
        /// Of how many.
        rows: u64,
    },
}

/// The context of rules that need nothing besides the rows.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoContext;

impl Context for NoContext {}
