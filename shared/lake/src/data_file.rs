//! From a Parquet footer to an Iceberg data file entry: sizes, counts and bounds per column.

use std::collections::HashMap;

use estrella_core::schema::{Column, ColumnType, TableSchema};
use iceberg::spec::{
    DataContentType, DataFile, DataFileBuilder, DataFileFormat, Literal, PrimitiveLiteral, Struct,
};
use parquet::basic::{LogicalType, TimeUnit, Type as Physical};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};

use crate::commit::NewFile;
use crate::error::{Error, Result};
use crate::schema::{field_id, primitive};

mod bounds;
mod difference;

use bounds::Bounds;
pub(crate) use difference::{Difference, differences};

/// The entry of a new file. Refuses files that do not fit the table.
pub(crate) fn data_file(table: &TableSchema, file: &NewFile, location: String) -> Result<DataFile> {
    build(table, file, location).map_err(|error| error.at(&file.key).at(table.full_name()))
}

fn build(table: &TableSchema, file: &NewFile, location: String) -> Result<DataFile> {
    let columns = columns(table, &file.metadata)?;
    let partition = partition(table, file, &columns)?;
    let mut entry = DataFileBuilder::default();
    entry
        .content(DataContentType::Data)
        .file_path(location)
        .file_format(DataFileFormat::Parquet)
        .partition(partition)
        .record_count(count(file.metadata.file_metadata().num_rows())?)
        .file_size_in_bytes(file.size_bytes)
        .column_sizes(columns.iter().map(|(id, c)| (*id, c.size_bytes)).collect())
        .value_counts(columns.iter().map(|(id, c)| (*id, c.values)).collect())
        .null_value_counts(columns.iter().filter_map(|(id, c)| Some((*id, c.nulls?))).collect())
        .lower_bounds(columns.iter().filter_map(|(id, c)| Some((*id, c.bounds.lower()?))).collect())
        .upper_bounds(columns.iter().filter_map(|(id, c)| Some((*id, c.bounds.upper()?))).collect())
        .split_offsets(Some(split_offsets(&file.metadata)));
    // The sort order id stays unset: spliced files are sorted in parts only, and the id would promise more.
    entry.build().map_err(|error| Error::bug("build data file entry").because(error))
}

/// What the footer says about one column, over all row groups.
struct ColumnStats {
    size_bytes: u64,
    values: u64,
    /// Unknown as soon as one row group does not say.
    nulls: Option<u64>,
    bounds: Bounds,
}

fn columns(table: &TableSchema, metadata: &ParquetMetaData) -> Result<HashMap<i32, ColumnStats>> {
    let descriptors = metadata.file_metadata().schema_descr();
    let mut stats = HashMap::with_capacity(table.columns.len());
    for (id, column) in (1..).zip(table.columns) {
        let with_id = |d: &parquet::schema::types::ColumnDescPtr| {
            let info = d.self_type().get_basic_info();
            info.has_id() && info.id() == id
        };
        match descriptors.columns().iter().position(with_id) {
            Some(position) => stats.insert(id, column_stats(column, position, metadata)?),
            None if column.required => {
                return Err(Error::invalid(format!(
                    "file has no column with field id {id} ({})",
                    column.name
                )));
            }
            // An optional column that the file does not have reads as null.
            None => None,
        };
    }
    Ok(stats)
}

fn column_stats(column: &Column, position: usize, metadata: &ParquetMetaData) -> Result<ColumnStats> {
    let ty = primitive(column.ty)?;
    let mut stats = ColumnStats { size_bytes: 0, values: 0, nulls: Some(0), bounds: Bounds::default() };
    for chunk in metadata.row_groups().iter().map(|group| group.column(position)) {
        check_type(column, chunk)?;
        let values = count(chunk.num_values())?;
        let nulls = nulls(chunk);
        stats.size_bytes += count(chunk.compressed_size())?;
        stats.values += values;
        stats.nulls = stats.nulls.zip(nulls).map(|(sum, more)| sum + more);
        if nulls != Some(values) {
            stats.bounds.add(&ty, chunk.statistics());
        }
    }
    if column.required && stats.nulls.is_some_and(|nulls| nulls > 0) {
        return Err(Error::invalid(format!("required column {} has nulls", column.name)));
    }
    Ok(stats)
}

fn nulls(chunk: &ColumnChunkMetaData) -> Option<u64> {
    if chunk.column_descr().max_def_level() == 0 {
        return Some(0);
    }
    chunk.statistics()?.null_count_opt()
}

fn check_type(column: &Column, chunk: &ColumnChunkMetaData) -> Result<()> {
    let physical = chunk.column_type();
    let fits = match column.ty {
        ColumnType::Boolean => physical == Physical::BOOLEAN,
        ColumnType::Int | ColumnType::Date => physical == Physical::INT32,
        ColumnType::Long => physical == Physical::INT64,
        ColumnType::Double => physical == Physical::DOUBLE,
        ColumnType::String => physical == Physical::BYTE_ARRAY,
        ColumnType::Timestamptz => matches!(
            chunk.column_descr().logical_type_ref(),
            Some(LogicalType::Timestamp { unit: TimeUnit::MICROS, is_adjusted_to_u_t_c: true })
        ),
        ColumnType::Decimal { scale, .. } => {
            let stored =
                [Physical::INT32, Physical::INT64, Physical::FIXED_LEN_BYTE_ARRAY, Physical::BYTE_ARRAY];
            stored.contains(&physical) && chunk.column_descr().type_scale() == i32::from(scale)
        }
    };
    if fits {
        return Ok(());
    }
    Err(Error::invalid(format!("column {} is stored as {physical}, not as {:?}", column.name, column.ty)))
}

/// The partition value, checked against the bounds where the footer has them.
fn partition(table: &TableSchema, file: &NewFile, columns: &HashMap<i32, ColumnStats>) -> Result<Struct> {
    let (column, date) = match (table.partition, file.partition_date) {
        (None, None) => return Ok(Struct::empty()),
        (None, Some(_)) => return Err(Error::invalid("file has a partition, the table has none")),
        (Some(_), None) => return Err(Error::invalid("file has no partition, the table is partitioned")),
        (Some(column), Some(date)) => (column, date),
    };
    let bounds = columns.get(&field_id(table, column)?).map(|c| &c.bounds);
    for bound in bounds.into_iter().flat_map(|b| [b.lower(), b.upper()]).flatten() {
        if *bound.literal() != PrimitiveLiteral::Int(date) {
            return Err(Error::invalid(format!("file has {column} {bound}, its partition is day {date}")));
        }
    }
    Ok(Struct::from_iter([Some(Literal::date(date))]))
}

/// Where the row groups begin, ascending. Not every writer fills in the row groups' own offset.
fn split_offsets(metadata: &ParquetMetaData) -> Vec<i64> {
    let start =
        |column: &ColumnChunkMetaData| column.dictionary_page_offset().unwrap_or(column.data_page_offset());
    let groups = metadata.row_groups().iter();
    let mut offsets: Vec<i64> = groups.filter_map(|group| group.columns().iter().map(start).min()).collect();
    offsets.sort_unstable();
    offsets
}

fn count(value: i64) -> Result<u64> {
    u64::try_from(value).map_err(|error| Error::invalid("footer has a negative count").because(error))
}
