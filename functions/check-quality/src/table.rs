//! The rules of a table that is written whole, as the dimensions are.

use std::sync::Arc;

use arrow::array::RecordBatch;
use estrella_core::schema::{TableSchema, arrow_schema};
use estrella_dqdl::{Plan, Ruleset, Scan};
use estrella_lake::{Error, Result};
use estrella_runtime::{Deps, rules};

use crate::context::Knows;
use crate::history::History;
use crate::outcomes::{Asked, judged};
use crate::references::References;

/// The rules of a table, and what they need besides its rows.
#[derive(Debug, Clone)]
pub struct TableRules {
    set: &'static str,
    rules: Arc<Ruleset>,
    plan: Arc<Plan>,
    references: Arc<References>,
}

impl TableRules {
    /// The rules of a table; none if there are none. Queries cannot be asked.
    ///
    /// # Errors
    /// `InvalidInput` if the rules cannot be read or do not fit the table. Else those of the stores.
    pub async fn read(schema: &'static TableSchema, deps: &Deps) -> Result<Option<Self>> {
        let Some(rules) = rules(schema.name, deps).await? else { return Ok(None) };
        let now_us = deps.lake.clock().now_ms() * 1000;
        let plan = Plan::new(&[&rules], &arrow_schema(schema), now_us)
            .map_err(|e| Error::invalid(e.to_string()).at(estrella_contracts::keys::rules(schema.name)))?;
        let references = References::read(&[&rules], deps).await?;
        Ok(Some(Self {
            set: schema.name,
            rules: Arc::new(rules),
            plan: Arc::new(plan),
            references: Arc::new(references),
        }))
    }

    /// The rules as they are written, labels too.
    pub fn text(&self) -> String {
        self.rules.to_string()
    }

    /// Nothing yet.
    pub fn scan(&self) -> Scan<'_> {
        Scan::new(&self.plan)
    }

    /// Takes rows in.
    ///
    /// # Errors
    /// `Bug` if they are not of the table.
    pub fn update(&self, scan: &mut Scan<'_>, rows: &RecordBatch) -> Result<()> {
        scan.update(rows).map_err(|e| Error::bug("ask rules of rows").at(self.set).because(e))
    }

    /// What the rules say of all rows. Of what was before they know the number of rows, if there were any.
    pub fn judge(&self, scan: Scan<'_>, rows_before: Option<u64>) -> Asked {
        let history = History::of_rows(&format!("{}:RowCount", self.set), rows_before);
        let knows = Knows { set: self.set, history: &history, references: &self.references, sql: None };
        judged(self.set, &self.rules, &scan.finish(), &knows, false)
    }
}
