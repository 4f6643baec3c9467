//! Writing a dimension's files.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::RecordBatch;
use estrella_check_quality::TableRules;
use estrella_core::schema::TableSchema;
use estrella_core::star::{Attributes, Row, RowBuilder};
use estrella_dqdl::Scan;
use estrella_lake::data::DataFileWriter;
use estrella_lake::{Error, NewFile, ObjectStore, Result, Table};

use crate::Sizes;
use crate::build::{Build, Content};
use crate::gates::Counted;

/// Files of a dimension, one after the other. Their names derive from what they are made from, so that a
/// repeated run finds them.
pub(crate) struct Output<'r> {
    store: Arc<dyn ObjectStore>,
    scratch: PathBuf,
    table: &'static TableSchema,
    inputs: String,
    sizes: Sizes,
    rows: RowBuilder,
    file: Option<DataFileWriter>,
    files: Vec<NewFile>,
    rules: Option<(&'r TableRules, Scan<'r>)>,
    rows_before: Option<u64>,
    /// What was written, in figures.
    pub(crate) gates: Counted,
}

impl<'r> Output<'r> {
    /// Nothing yet. `in_source` tells whether the shop's database has a say in the dimension.
    pub(crate) fn new(build: &Build<'r>, dim: &Table, in_source: bool) -> Self {
        Self {
            gates: Counted::new(in_source),
            store: Arc::clone(build.store),
            scratch: build.scratch.to_owned(),
            table: dim.schema(),
            inputs: build.inputs(dim),
            sizes: build.sizes,
            rows: RowBuilder::new(dim.schema()),
            file: None,
            files: Vec::new(),
            rules: build.rules.get(dim.schema().name).map(|rules| (rules, rules.scan())),
            rows_before: dim.property("total-records").and_then(|rows| rows.parse().ok()),
        }
    }

    /// Appends a row in all its versions.
    pub(crate) async fn push<R: Row>(
        &mut self,
        key: &R::Key,
        row: Option<&R>,
        versions: &[Attributes],
    ) -> Result<()> {
        let has_events = row.is_some() && !R::is_unknown(key);
        self.gates.count(has_events, versions, R::is_same_row, |version| R::surrogate(key, version));
        for version in versions {
            R::write(key, row, version, &mut self.rows);
        }
        self.flush_if_full().await
    }

    /// Appends what `write` writes.
    pub(crate) async fn push_with(&mut self, write: impl FnOnce(&mut RowBuilder)) -> Result<()> {
        write(&mut self.rows);
        self.flush_if_full().await
    }

    async fn flush_if_full(&mut self) -> Result<()> {
        if self.rows.rows() >= self.sizes.group_rows { self.flush().await } else { Ok(()) }
    }

    /// Appends a row group.
    pub(crate) async fn write(&mut self, group: &RecordBatch) -> Result<()> {
        let mut file = match self.file.take() {
            Some(file) => file,
            None => DataFileWriter::create(self.table, &self.scratch)?,
        };
        file.write(group)?;
        if let Some((rules, scan)) = &mut self.rules {
            rules.update(scan, group)?;
        }
        let full = file.rows() >= self.sizes.file_rows;
        self.file = Some(file);
        if full { self.install().await } else { Ok(()) }
    }

    /// The files, all of them in the store, and what the gates are to judge.
    pub(crate) async fn finish(mut self) -> Result<Content> {
        if self.rows.rows() > 0 {
            self.flush().await?;
        }
        self.install().await?;
        let asked = self.rules.map(|(rules, scan)| rules.judge(scan, self.rows_before));
        Ok(Content { files: self.files, counted: self.gates, asked: asked.unwrap_or_default() })
    }

    async fn flush(&mut self) -> Result<()> {
        let unfit = |e| Error::invalid("rows do not fit the table").at(self.table.full_name()).because(e);
        let group = self.rows.finish().map_err(unfit)?;
        self.write(&group).await
    }

    async fn install(&mut self) -> Result<()> {
        let Some(file) = self.file.take() else { return Ok(()) };
        let TableSchema { namespace, name, .. } = self.table;
        // Sorted by name they are sorted by key, which is the order they are read in.
        let key = format!("{namespace}/{name}/data/{}-{:05}.parquet", self.inputs, self.files.len());
        self.files.push(file.finish()?.install(&self.store, &key, None).await?);
        Ok(())
    }
}
