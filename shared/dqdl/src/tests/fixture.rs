//! A small table with everything that rules look at.

use std::sync::Arc;

use arrow::{
    array::{
        Array, ArrayRef, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float64Array,
        Int32Array, Int64Array, StringArray, TimestampMicrosecondArray,
    },
    datatypes::{DataType, Field, Int32Type, Schema, SchemaRef},
    record_batch::RecordBatch,
};

use crate::{Context, Season, SqlAnswer, hash_rows};

/// 2022-06-30 12:00:00 UTC, in microseconds since the Unix epoch.
pub(crate) const NOW: i64 = 1_656_590_400_000_000;
const HOUR: i64 = 3_600_000_000;
const DAY: i32 = 19_173;

/// Eight rows.
pub(crate) fn table() -> RecordBatch {
    let hours = [Some(0), Some(1), Some(24), Some(25), Some(48), Some(72), None, Some(120)];
    let order_date: TimestampMicrosecondArray =
        hours.map(|h| h.map(|h| NOW - h * HOUR)).into_iter().collect();
    let country: DictionaryArray<Int32Type> =
        [Some("US"), Some("CA"), None, Some(""), Some("  "), Some("UK"), Some("US"), Some("DE")]
            .into_iter()
            .collect();
    let price: Decimal128Array = [100, 250, 1, -100, 100_000, 0, 0, 333]
        .map(Some)
        .into_iter()
        .enumerate()
        .map(|(i, p)| if i == 6 { None } else { p })
        .collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(Int64Array::from((1..=8).collect::<Vec<_>>()))),
        ("order-id", Arc::new(StringArray::from(vec!["a", "b", "c", "d", "e", "f", "g", "h"]))),
        (
            "age",
            Arc::new(Int64Array::from(vec![
                Some(22),
                Some(21),
                None,
                Some(30),
                Some(25),
                Some(40),
                Some(22),
                Some(18),
            ])),
        ),
        ("country", Arc::new(country)),
        (
            "zip",
            Arc::new(StringArray::from(vec![
                Some("12345"),
                Some("1234"),
                None,
                Some("123456"),
                Some("Äöüßé"),
                Some("12345"),
                Some("98765"),
                Some("54321"),
            ])),
        ),
        (
            "first",
            Arc::new(StringArray::from(vec![
                Some("Ann"),
                Some("Bob"),
                Some("C3PO"),
                Some("Dan"),
                Some("Eve"),
                Some(""),
                Some("Gus"),
                None,
            ])),
        ),
        (
            "load_date",
            Arc::new(Date32Array::from(vec![DAY, DAY - 1, DAY - 2, DAY - 3, DAY - 4, DAY, DAY, DAY])),
        ),
        ("order_date", Arc::new(order_date.with_timezone("UTC"))),
        ("price", Arc::new(price.with_precision_and_scale(12, 2).unwrap())),
        ("height", Arc::new(Float64Array::from(vec![1.5, 1.6, 1.7, 1.8, 1.9, 1.4, 1.3, 1.2]))),
        ("weight", Arc::new(Float64Array::from(vec![50.0, 60.0, 70.0, 80.0, 90.0, 40.0, 30.0, 20.0]))),
        (
            "units1",
            Arc::new(Int64Array::from(vec![Some(0), None, Some(20), None, Some(40), None, None, None])),
        ),
        ("kind", Arc::new(Int32Array::from(vec![1, 1, 1, 2, 2, 2, 3, 4]))),
        (
            "good",
            Arc::new(BooleanArray::from(vec![
                Some(true),
                Some(true),
                Some(false),
                None,
                Some(true),
                Some(true),
                Some(true),
                Some(true),
            ])),
        ),
        ("numeral", Arc::new(StringArray::from(vec!["1", "2", "3", "4", "5", "6", "7", "eight"]))),
    ];
    let fields: Vec<_> =
        columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns.into_iter().map(|(_, array)| array).collect())
        .unwrap()
}

/// History of 100, 110 and so on, another table with ids up to 6, and a few answers.
pub(crate) struct Surroundings;

impl Context for Surroundings {
    fn history(&self, key: &str, k: usize, season: Season) -> Vec<f64> {
        let values = match (key, season) {
            ("RowCount", Season::HourOfWeek) => vec![8.0; 4],
            ("RowCount", _) => vec![10.0, 12.0, 8.0, 10.0],
            ("Completeness(age)", _) => vec![0.9, 0.8, 0.85],
            ("Mean(age)", _) => vec![25.0, 25.0, 25.0, 26.0, 24.0],
            ("Sum(age)", _) => vec![1.0, 2.0],
            ("MaximumLength(zip)", _) => vec![5.0; 5],
            ("MinimumLength(zip)", _) => vec![4.0; 5],
            ("Minimum(age)", _) => vec![18.0; 3],
            ("Maximum(age)", _) => vec![90.0; 3],
            _ => Vec::new(),
        };
        values.into_iter().take(k).collect()
    }

    fn matching_rows(&self, alias: &str, columns: &[String], values: &[(u64, u64)]) -> Result<u64, String> {
        let arrays: Vec<ArrayRef> = match (alias, columns.join("+").as_str()) {
            ("reference", "id") => vec![Arc::new(Int32Array::from(vec![6, 5, 4, 3, 2, 1]))],
            ("reference", "id+kind") => {
                vec![Arc::new(Int64Array::from(vec![1, 2, 3])), Arc::new(Int64Array::from(vec![1, 1, 2]))]
            }
            _ => return Err(format!("there is no table {alias}")),
        };
        let known = hash_rows(&arrays).unwrap();
        Ok(values.iter().filter(|(hash, _)| known.contains(&Some(*hash))).map(|(_, rows)| rows).sum())
    }

    fn schema_of(&self, alias: &str) -> Option<SchemaRef> {
        let schema = table().schema();
        match alias {
            "same" => Some(schema),
            "more" => {
                let mut fields = schema.fields().to_vec();
                fields.push(Arc::new(Field::new("extra", DataType::Int64, true)));
                Some(Arc::new(Schema::new(fields)))
            }
            _ => None,
        }
    }

    fn sql(&self, query: &str, by_row: bool) -> Result<SqlAnswer, String> {
        match (query, by_row) {
            ("select count(*) from primary", false) => Ok(SqlAnswer::Scalar(8.0)),
            ("select id from primary where age > 18", true) => Ok(SqlAnswer::Rows { passing: 6, rows: 8 }),
            _ => Err("no such query".to_owned()),
        }
    }
}
