//! From the table's definition in code to Iceberg metadata, and back to check a loaded table.

use std::sync::Arc;

use estrella_core::schema::{ColumnType, TableSchema};
use iceberg::TableCreation;
use iceberg::spec::{
    NestedField, NullOrder, PrimitiveType, Schema, SortDirection, SortField, SortOrder, TableMetadata,
    TableMetadataBuilder, Transform, Type, UnboundPartitionSpec,
};

use crate::error::{Error, Result};

/// Metadata of a new, empty table, format version 2.
pub(crate) fn new_metadata(table: &TableSchema, location: String, now_ms: i64) -> Result<TableMetadata> {
    let schema = iceberg_schema(table)?;
    let creation = TableCreation::builder()
        .name(table.name.to_owned())
        .location(location)
        .partition_spec_opt(partition_spec(table)?)
        .sort_order_opt(sort_order(table, &schema)?)
        .schema(schema)
        .properties([
            ("comment".to_owned(), table.doc.to_owned()),
            ("write.parquet.compression-codec".to_owned(), "zstd".to_owned()),
        ])
        .build();
    let metadata = TableMetadataBuilder::from_table_creation(creation)?.build()?.metadata;
    // The builder numbers the fields itself; data files are written with the numbers of the definition.
    check_schema(table, &metadata).map_err(|error| Error::bug("created schema differs").because(error))?;
    restamp(metadata, now_ms)
}

/// Refuses a table whose columns this program would misread. Columns are known by id: a rename or an added
/// column is fine.
pub(crate) fn check_schema(table: &TableSchema, metadata: &TableMetadata) -> Result<()> {
    let schema = metadata.current_schema();
    for (id, column) in (1..).zip(table.columns) {
        let wanted = primitive(column.ty)?;
        let found = schema.field_by_id(id).map(|field| &*field.field_type);
        if found != Some(&Type::Primitive(wanted.clone())) {
            let found = found.map_or("nothing".to_owned(), ToString::to_string);
            let what =
                format!("column {} with id {id} should be {wanted}, the table has {found}", column.name);
            return Err(Error::invalid(what).at(table.full_name()));
        }
    }
    Ok(())
}

/// The iceberg crate stamps metadata with the time of the machine unless a snapshot is added. This puts our
/// clock's time there, else a replay with an earlier clock could not add a snapshot afterwards.
pub(crate) fn restamp(metadata: TableMetadata, now_ms: i64) -> Result<TableMetadata> {
    let bug = |error| Error::bug("restamp table metadata").because(error);
    let stamped_ms = metadata.last_updated_ms();
    let mut json = serde_json::to_value(metadata).map_err(bug)?;
    if let Some(log) = json.get_mut("snapshot-log").and_then(|log| log.as_array_mut())
        && let Some(last) = log.last_mut()
        && last["timestamp-ms"] == stamped_ms
    {
        last["timestamp-ms"] = now_ms.into();
    }
    json["last-updated-ms"] = now_ms.into();
    serde_json::from_value(json).map_err(bug)
}

fn iceberg_schema(table: &TableSchema) -> Result<Schema> {
    let mut fields = Vec::with_capacity(table.columns.len());
    for (id, column) in (1..).zip(table.columns) {
        let ty = Type::Primitive(primitive(column.ty)?);
        fields.push(Arc::new(NestedField::new(id, column.name, ty, column.required).with_doc(column.doc)));
    }
    Ok(Schema::builder().with_fields(fields).with_identifier_field_ids(identifier_ids(table)?).build()?)
}

/// The key, if Iceberg allows it as identifier: only required columns that are no floats.
fn identifier_ids(table: &TableSchema) -> Result<Vec<i32>> {
    let mut ids = Vec::new();
    for name in table.key {
        let id = field_id(table, name)?;
        let allowed = |c: &estrella_core::schema::Column| c.required && c.ty != ColumnType::Double;
        if !table.columns.iter().find(|c| c.name == *name).is_some_and(allowed) {
            return Ok(Vec::new());
        }
        ids.push(id);
    }
    Ok(ids)
}

fn partition_spec(table: &TableSchema) -> Result<Option<UnboundPartitionSpec>> {
    let Some(column) = table.partition else { return Ok(None) };
    let id = field_id(table, column)?;
    let spec =
        UnboundPartitionSpec::builder().add_partition_field(id, column.to_owned(), Transform::Identity)?;
    Ok(Some(spec.build()))
}

fn sort_order(table: &TableSchema, schema: &Schema) -> Result<Option<SortOrder>> {
    if table.sort.is_empty() {
        return Ok(None);
    }
    let mut order = SortOrder::builder();
    for column in table.sort {
        order.with_sort_field(SortField {
            source_id: field_id(table, column)?,
            transform: Transform::Identity,
            direction: SortDirection::Ascending,
            null_order: NullOrder::First,
        });
    }
    Ok(Some(order.build(schema)?))
}

/// A column's field id: its position, counted from 1.
pub(crate) fn field_id(table: &TableSchema, column: &str) -> Result<i32> {
    let position = table.position(column).and_then(|position| i32::try_from(position).ok());
    position
        .map(|position| position + 1)
        .ok_or_else(|| Error::bug("no such column").at(format!("{}.{column}", table.full_name())))
}

pub(crate) fn primitive(ty: ColumnType) -> Result<PrimitiveType> {
    Ok(match ty {
        ColumnType::Boolean => PrimitiveType::Boolean,
        ColumnType::Int => PrimitiveType::Int,
        ColumnType::Long => PrimitiveType::Long,
        ColumnType::Double => PrimitiveType::Double,
        ColumnType::Date => PrimitiveType::Date,
        ColumnType::Timestamptz => PrimitiveType::Timestamptz,
        ColumnType::String => PrimitiveType::String,
        ColumnType::Decimal { precision, scale } => PrimitiveType::Decimal {
            precision: precision.into(),
            scale: scale.try_into().map_err(|error| Error::bug("negative scale").because(error))?,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use estrella_core::schema::{ALL_TABLES, CLEAN_EVENTS, QUALITY_RESULTS};

    #[test]
    fn every_table_can_be_created() {
        for table in ALL_TABLES {
            let metadata = new_metadata(table, format!("memory:///{}", table.name), 1_000).unwrap();
            assert_eq!(metadata.last_updated_ms(), 1_000);
            assert_eq!(metadata.properties()["comment"], table.doc);
            assert_eq!(metadata.default_sort_order().fields.len(), table.sort.len());
            let docs = metadata.current_schema().as_struct().fields().iter().map(|f| f.doc.clone().unwrap());
            assert!(docs.eq(table.columns.iter().map(|c| c.doc.to_owned())));
        }
    }

    #[test]
    fn keys_become_identifiers_where_they_may() {
        let ids = |t| iceberg_schema(t).unwrap().identifier_field_ids().collect::<Vec<_>>();
        assert_eq!(ids(&CLEAN_EVENTS), [1]);
        assert!(ids(&QUALITY_RESULTS).is_empty(), "column_name is optional");
    }

    #[test]
    fn a_table_of_another_shape_is_refused() {
        let metadata = new_metadata(&CLEAN_EVENTS, "memory:///x".into(), 0).unwrap();
        assert!(check_schema(&CLEAN_EVENTS, &metadata).is_ok());
        let error = check_schema(&QUALITY_RESULTS, &metadata).unwrap_err();
        assert!(error.to_string().contains("should be"), "{error}");
    }
}
