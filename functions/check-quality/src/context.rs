//! What rules are told besides the rows.

use estrella_dqdl::{Context, Season, SqlAnswer};

use crate::history::History;
use crate::references::References;
use crate::sql::Rows;

/// What is known when the rules of a dataset are judged.
pub(crate) struct Knows<'k> {
    pub(crate) set: &'k str,
    pub(crate) history: &'k History,
    pub(crate) references: &'k References,
    pub(crate) sql: Option<&'k Rows>,
}

impl Context for Knows<'_> {
    fn history(&self, key: &str, k: usize, season: Season) -> Vec<f64> {
        self.history.of(&format!("{}:{key}", self.set), k, season)
    }

    fn matching_rows(&self, alias: &str, columns: &[String], values: &[(u64, u64)]) -> Result<u64, String> {
        self.references.matching_rows(alias, columns, values)
    }

    fn schema_of(&self, alias: &str) -> Option<arrow::datatypes::SchemaRef> {
        estrella_core::schema::find_table(alias).map(estrella_core::schema::arrow_schema)
    }

    fn sql(&self, query: &str, by_row: bool) -> Result<SqlAnswer, String> {
        let rows = self.sql.ok_or("queries cannot be asked of this table")?;
        let (first, passing) = rows.query(query)?;
        match first {
            _ if by_row => Ok(SqlAnswer::Rows { passing, rows: rows.count() }),
            Some(number) => Ok(SqlAnswer::Scalar(number)),
            None => Err("the query's first value is no number".to_owned()),
        }
    }
}
