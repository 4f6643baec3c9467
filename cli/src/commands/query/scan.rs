//! A table's current snapshot as a polars frame.

use std::sync::Arc;

use estrella_core::schema::{ColumnType, TableSchema};
use estrella_lake::Table;
use polars::io::HiveOptions;
use polars::prelude::{
    DataFrame, DataType, Field, IntoLazy, LazyFrame, PlRefPath, ScanArgsParquet, Schema, TimeUnit, TimeZone,
};

use crate::CliError;
use crate::commands::open::OpenLake;

/// The rows of a table. Nothing is read yet but the manifests.
pub(in crate::commands) async fn scan(lake: &OpenLake, table: &Table) -> Result<LazyFrame, CliError> {
    let schema = schema(table.schema());
    let files = table.plan(None).await?;
    if files.is_empty() {
        return Ok(DataFrame::empty_with_schema(&schema).lazy());
    }
    let dir = lake.dir.as_ref().ok_or_else(|| {
        CliError::bad_input("query reads lakes in folders").with_hint("ask a lake in a bucket with Athena")
    })?;
    let paths = files.iter().map(|file| PlRefPath::try_from_pathbuf(dir.join(&file.key)));
    let args = ScanArgsParquet {
        schema: Some(Arc::new(schema)),
        // The files hold the partition column; the folder's name is for humans.
        hive_options: HiveOptions::new_disabled(),
        glob: false,
        // An optional column that is younger than the file reads as null.
        allow_missing_columns: true,
        ..ScanArgsParquet::default()
    };
    Ok(LazyFrame::scan_parquet_files(paths.collect::<Result<_, _>>()?, args)?)
}

fn schema(table: &TableSchema) -> Schema {
    table.columns.iter().map(|column| Field::new(column.name.into(), data_type(column.ty))).collect()
}

fn data_type(ty: ColumnType) -> DataType {
    match ty {
        ColumnType::Boolean => DataType::Boolean,
        ColumnType::Int => DataType::Int32,
        ColumnType::Long => DataType::Int64,
        ColumnType::Double => DataType::Float64,
        ColumnType::Decimal { precision, scale } => {
            DataType::Decimal(precision.into(), scale.unsigned_abs().into())
        }
        ColumnType::Date => DataType::Date,
        ColumnType::Timestamptz => DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC)),
        ColumnType::String => DataType::String,
    }
}
