//! How the columns of a table are encoded.

use estrella_core::schema::{Column, ColumnType, TableSchema};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;

/// Room for the distinct sessions of a row group; beyond it a column falls back to plain values.
const DICTIONARY_BYTES: usize = 2 << 20;
/// Numbers that stay the same for long.
const SLOW_NUMBERS: [&str; 3] = ["event_date", "hour_of_day", "day_of_week"];
/// Random hex digits in all tables that have it.
const EVENT_ID: &str = "event_id";
/// Numbers of dimensions, besides counts, that vary too much for a dictionary to make them smaller.
const VARIED_NUMBERS: [&str; 2] = ["user_id", "duration_seconds"];
/// What the names of dimensions begin with.
const DIMENSION: &str = "dim_";
/// The namespace of what few may read.
const RESTRICTED: &str = "restricted";
/// Bounds of texts are cut to this length.
const BOUND_BYTES: usize = 32;

pub(super) fn properties(table: &TableSchema) -> Result<WriterProperties, ParquetError> {
    let properties = WriterProperties::builder()
        .set_created_by(concat!("estrella ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_dictionary_page_size_limit(DICTIONARY_BYTES)
        .set_max_row_group_row_count(None)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_statistics_truncate_length(Some(BOUND_BYTES))
        // Spliced chunks have no page index, and a file has it for all columns or for none.
        .set_offset_index_disabled(true);
    Ok(table
        .columns
        .iter()
        .fold(properties, |properties, column| of_column(properties, table, column))
        .build())
}

fn of_column(
    mut properties: WriterPropertiesBuilder,
    table: &TableSchema,
    column: &Column,
) -> WriterPropertiesBuilder {
    let path = || ColumnPath::from(column.name);
    if table.key == [column.name] || column.name == EVENT_ID {
        // Hashes and session ids of a key column do not repeat: a dictionary would only be built and thrown away.
        properties = properties.set_column_dictionary_enabled(path(), false);
    }
    if is_told_by_differences(table, column) {
        properties = properties
            .set_column_dictionary_enabled(path(), false)
            .set_column_encoding(path(), Encoding::DELTA_BINARY_PACKED);
    }
    let is_text = column.ty == ColumnType::String;
    // Least and greatest of a text rule out no row group unless the rows are sorted by it. Optional columns need their
    // statistics to tell the number of nulls.
    let rules_nothing_out = column.required && !table.sort.contains(&column.name);
    // Bounds are values, and stand in footers and manifests, which more may read than the data.
    if is_text && (rules_nothing_out || table.namespace == RESTRICTED) {
        properties = properties.set_column_statistics_enabled(path(), EnabledStatistics::None);
    }
    if column.name == EVENT_ID {
        // zstd halves them for a tenth of the whole run's CPU time.
        properties = properties.set_column_compression(path(), Compression::UNCOMPRESSED);
    }
    properties
}

/// Whether the differences of its values take fewer bytes than a dictionary and its indices, or hardly more: and no value
/// has to be looked up.
fn is_told_by_differences(table: &TableSchema, column: &Column) -> bool {
    let of_dimension = || {
        table.name.starts_with(DIMENSION)
            && column.ty == ColumnType::Long
            && (column.name.ends_with("_count")
                || VARIED_NUMBERS.contains(&column.name)
                || table.sort.first() == Some(&column.name))
    };
    column.ty == ColumnType::Timestamptz || SLOW_NUMBERS.contains(&column.name) || of_dimension()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, RecordBatch};
    use bytes::Bytes;
    use estrella_core::schema::arrow_schema;
    use parquet::arrow::ArrowWriter;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::*;

    const fn long(name: &'static str) -> Column {
        Column { name, ty: ColumnType::Long, required: true, doc: "" }
    }

    const TABLE: TableSchema = TableSchema {
        namespace: "model",
        name: "dim_stores",
        doc: "",
        columns: &[long("store_key"), long("store_id"), Column { required: false, ..long("visit_count") }],
        key: &["store_key"],
        partition: None,
        sort: &["store_id"],
    };

    #[test]
    fn whatever_the_differences_the_values_come_back() {
        let values = Int64Array::from_iter_values(
            [i64::MIN, i64::MAX, 0, -1, i64::MIN, 1, i64::MAX]
                .into_iter()
                .cycle()
                .take(1_000)
                .chain(0..1_000),
        );
        let with_nulls: Int64Array =
            values.iter().enumerate().map(|(row, value)| value.filter(|_| row % 3 > 0)).collect();
        let column: ArrayRef = Arc::new(values);
        let columns = vec![Arc::clone(&column), column, Arc::new(with_nulls)];
        let rows = RecordBatch::try_new(arrow_schema(&TABLE), columns).unwrap();
        let mut file = Vec::new();
        let mut writer =
            ArrowWriter::try_new(&mut file, rows.schema(), Some(properties(&TABLE).unwrap())).unwrap();
        writer.write(&rows).unwrap();
        let metadata = writer.close().unwrap();
        let encodings = |at: usize| metadata.row_group(0).column(at).encodings().collect::<Vec<_>>();
        assert!(!encodings(0).contains(&Encoding::RLE_DICTIONARY), "{:?}", encodings(0));
        for at in [1, 2] {
            assert!(encodings(at).contains(&Encoding::DELTA_BINARY_PACKED), "{:?}", encodings(at));
        }
        let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(file)).unwrap();
        let mut reader = reader.with_batch_size(10_000).build().unwrap();
        assert_eq!(reader.next().unwrap().unwrap(), rows);
    }
}
