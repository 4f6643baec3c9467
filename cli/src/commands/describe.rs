//! `estrella describe`

use serde::Serialize;

use super::dictionary::type_name;
use super::open::{OpenLake, schema, totals};
use crate::output::{Fit, count, grid, size};
use crate::{CliError, Exit, LakeArgs, Output};

/// Show a table's columns, layout and current state
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  estrella describe fact_user_events
  estrella describe clean.events --json")]
pub struct DescribeArgs {
    /// Table, as namespace.name or by its name alone
    pub table: String,
    /// Where the lake is.
    #[command(flatten)]
    pub lake: LakeArgs,
    /// Print one object
    #[arg(long)]
    pub json: bool,
}

/// What is known of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Description {
    /// `namespace.name`.
    pub name: String,
    /// What the table holds.
    pub doc: &'static str,
    /// Folder of the table.
    pub location: String,
    /// Rows in the current snapshot.
    pub rows: u64,
    /// Data files in the current snapshot.
    pub files: u64,
    /// Size of these files.
    pub size_bytes: u64,
    /// Current snapshot; none while nothing was committed.
    pub snapshot_id: Option<i64>,
    /// Columns that identify a row.
    pub key: &'static [&'static str],
    /// Partition column.
    pub partition: Option<&'static str>,
    /// Columns that each data file is sorted by.
    pub sort: &'static [&'static str],
    /// Columns in order.
    pub columns: Vec<ColumnRow>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ColumnRow {
    /// Name, as it is written in SQL.
    pub name: &'static str,
    /// Type, as Iceberg names it.
    pub r#type: String,
    /// Whether it can be null.
    pub nullable: bool,
    /// What it holds.
    pub doc: &'static str,
}

pub(crate) async fn run(args: &DescribeArgs, out: &mut Output) -> Result<Exit, CliError> {
    let description = describe(&OpenLake::open(&args.lake.lake).await?, &args.table).await?;
    if args.json {
        out.json(&description)?
    } else {
        out.text(&text(&description))?
    }
    Ok(Exit::Done)
}

pub(super) async fn describe(lake: &OpenLake, name: &str) -> Result<Description, CliError> {
    let schema = schema(name)?;
    let table = lake.table(schema).await?;
    let totals = totals(&table).await?;
    let column = |column: &estrella_core::schema::Column| ColumnRow {
        name: column.name,
        r#type: type_name(column.ty),
        nullable: !column.required,
        doc: column.doc,
    };
    Ok(Description {
        name: schema.full_name(),
        doc: schema.doc,
        location: table.metadata().location().to_owned(),
        rows: totals.rows,
        files: totals.files,
        size_bytes: totals.size_bytes,
        snapshot_id: table.snapshot_id(),
        key: schema.key,
        partition: schema.partition,
        sort: schema.sort,
        columns: schema.columns.iter().map(column).collect(),
    })
}

fn text(table: &Description) -> String {
    let snapshot = table.snapshot_id.map_or_else(|| "none".to_owned(), |id| id.to_string());
    let facts = [
        ("key", table.key.join(", ")),
        ("partition", table.partition.unwrap_or("none").to_owned()),
        ("sort", table.sort.join(", ")),
        ("rows", count(table.rows)),
        ("files", count(table.files)),
        ("size", size(table.size_bytes)),
        ("snapshot", snapshot),
        ("location", table.location.clone()),
    ];
    let facts: String = facts.iter().map(|(name, value)| format!("  {name:<10} {value}\n")).collect();
    let rows = table.columns.iter().map(|column| {
        let null = if column.nullable { "yes" } else { "no" };
        vec![column.name.to_owned(), column.r#type.clone(), null.to_owned(), column.doc.to_owned()]
    });
    let columns = grid(Fit::Wrap, &["column", "type", "null", "doc"], &[], rows);
    format!("{}: {}\n{facts}\n{columns}", table.name, table.doc)
}
