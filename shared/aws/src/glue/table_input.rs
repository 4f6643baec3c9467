//! How a table is described to Glue.

use std::collections::HashMap;

use aws_sdk_glue::types::{Column as GlueColumn, StorageDescriptor, Table, TableInput};
use estrella_core::schema::{Column, ColumnType, TableSchema};
use estrella_lake::{Error, Head, Result};

pub(super) const METADATA_LOCATION: &str = "metadata_location";
const PREVIOUS_METADATA_LOCATION: &str = "previous_metadata_location";
const TABLE_TYPE: &str = "table_type";
const ICEBERG: &str = "ICEBERG";
const EXTERNAL_TABLE: &str = "EXTERNAL_TABLE";

pub(super) fn is_iceberg(table: &Table) -> bool {
    let kind = table.parameters().and_then(|parameters| parameters.get(TABLE_TYPE));
    kind.is_some_and(|kind| kind.eq_ignore_ascii_case(ICEBERG))
}

/// A table that is not there yet.
pub(super) fn new_table(schema: &TableSchema, metadata_location: &str) -> Result<TableInput> {
    let columns: Result<Vec<_>> =
        (1..).zip(schema.columns).map(|(id, column)| glue_column(id, column)).collect();
    // The table's folder is two levels above its metadata files.
    let location = metadata_location.rsplitn(3, '/').nth(2).unwrap_or(metadata_location);
    let storage = StorageDescriptor::builder().location(location).set_columns(Some(columns?)).build();
    let parameters = [(TABLE_TYPE, ICEBERG), (METADATA_LOCATION, metadata_location)];
    TableInput::builder()
        .name(schema.name)
        .description(schema.doc)
        .table_type(EXTERNAL_TABLE)
        .set_parameters(Some(parameters.map(|(k, v)| (k.to_owned(), v.to_owned())).into()))
        .storage_descriptor(storage)
        .build()
        .map_err(|e| Error::bug("describe table").because(e))
}

/// The same table with another head.
pub(super) fn next_table(current: Table, old: &Head, metadata_location: &str) -> Result<TableInput> {
    let mut parameters: HashMap<_, _> = current.parameters.unwrap_or_default();
    parameters.insert(TABLE_TYPE.to_owned(), ICEBERG.to_owned());
    parameters.insert(METADATA_LOCATION.to_owned(), metadata_location.to_owned());
    parameters.insert(PREVIOUS_METADATA_LOCATION.to_owned(), old.metadata_location.clone());
    TableInput::builder()
        .name(current.name)
        .set_description(current.description)
        .set_owner(current.owner)
        .table_type(current.table_type.as_deref().unwrap_or(EXTERNAL_TABLE))
        .set_parameters(Some(parameters))
        .set_storage_descriptor(current.storage_descriptor)
        .set_partition_keys(current.partition_keys)
        .build()
        .map_err(|e| Error::bug("describe table").because(e))
}

/// With the parameters by which Iceberg's own Glue catalog finds a field.
fn glue_column(field_id: usize, column: &Column) -> Result<GlueColumn> {
    let parameters = [
        ("iceberg.field.id", field_id.to_string()),
        ("iceberg.field.optional", (!column.required).to_string()),
        ("iceberg.field.current", "true".to_owned()),
    ];
    GlueColumn::builder()
        .name(column.name)
        .r#type(hive_type(column.ty))
        .comment(column.doc)
        .set_parameters(Some(parameters.map(|(k, v)| (k.to_owned(), v)).into()))
        .build()
        .map_err(|e| Error::bug("describe column").at(column.name).because(e))
}

fn hive_type(ty: ColumnType) -> String {
    match ty {
        ColumnType::Boolean => "boolean".to_owned(),
        ColumnType::Int => "int".to_owned(),
        ColumnType::Long => "bigint".to_owned(),
        ColumnType::Double => "double".to_owned(),
        ColumnType::Decimal { precision, scale } => format!("decimal({precision},{scale})"),
        ColumnType::Date => "date".to_owned(),
        ColumnType::Timestamptz => "timestamp".to_owned(),
        ColumnType::String => "string".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use estrella_core::schema::ALL_TABLES;

    #[test]
    fn glue_takes_every_description() {
        for schema in ALL_TABLES {
            let input = new_table(schema, "s3://b/model/t/metadata/0.metadata.json").unwrap();
            let storage = input.storage_descriptor().unwrap();
            assert_eq!(storage.location(), Some("s3://b/model/t"));
            assert_eq!(storage.columns().len(), schema.columns.len());
            // The service's own limits, in characters.
            assert!(schema.doc.len() <= 2048);
            assert!(storage.columns().iter().all(|c| c.comment().unwrap().len() <= 255));
        }
    }
}
