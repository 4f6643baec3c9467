//! Parts of a table measure what the whole does.

use std::sync::Arc;

use arrow::{
    array::{Array, ArrayRef, Decimal128Array, DictionaryArray, Float64Array, Int64Array, StringArray},
    compute::cast,
    datatypes::{DataType, Field, Int32Type, Schema},
    record_batch::RecordBatch,
};
use proptest::prelude::*;

use crate::{NoContext, Plan, Scan, evaluate, parse};

const RULES: &str = r#"Rules = [
    RowCount > 1, RowCount > 1 where "n > 0", IsComplete "n", Completeness "t" > 0.5 where "n is null or d > 1",
    Uniqueness "n" > 0.5, IsPrimaryKey "n" "t", UniqueValueRatio "t" > 0.1, DistinctValuesCount "t" > 1,
    DistinctValuesCount "n" > 1, Mean "d" > 0, Sum "d" > 0, StandardDeviation "n" > 0, Mean "f" > 0 where "t <> 'a'",
    StandardDeviation "f" > 0, ColumnCorrelation "n" "f" > 0, ColumnValues "n" between -3 and 3 with threshold > 0.5,
    ColumnValues "t" in ["a", "b", NULL], ColumnLength "t" < 2, ReferentialIntegrity "n,t" "r.{a,b}" > 0
]
Analyzers = [ ColumnValues "d", ColumnLength "t", ColumnValues "f" ]"#;

type Row = (Option<i64>, Option<i128>, Option<f64>, Option<&'static str>);

fn row() -> impl Strategy<Value = Row> {
    let texts = prop::sample::select(vec!["a", "b", "", "äh", "abc"]);
    (
        prop::option::of(-5i64..5),
        prop::option::of(-1_000i128..1_000),
        prop::option::of(-10.0f64..10.0),
        prop::option::of(texts),
    )
}

/// Texts as they are or by dictionary.
fn batch(rows: &[Row], by_dictionary: bool) -> RecordBatch {
    let texts: ArrayRef = if by_dictionary {
        Arc::new(rows.iter().map(|row| row.3).collect::<DictionaryArray<Int32Type>>())
    } else {
        Arc::new(rows.iter().map(|row| row.3).collect::<StringArray>())
    };
    let decimals: Decimal128Array = rows.iter().map(|row| row.1).collect();
    let arrays: Vec<(&str, ArrayRef)> = vec![
        ("n", Arc::new(rows.iter().map(|row| row.0).collect::<Int64Array>())),
        ("d", Arc::new(decimals.with_precision_and_scale(12, 2).unwrap())),
        ("f", Arc::new(rows.iter().map(|row| row.2).collect::<Float64Array>())),
        ("t", texts),
    ];
    let fields: Vec<_> =
        arrays.iter().map(|(name, a)| Field::new(*name, a.data_type().clone(), true)).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays.into_iter().map(|(_, a)| a).collect()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn parts_merge_to_the_whole(rows in prop::collection::vec(row(), 0..60), cut in 0usize..60, swap: bool) {
        let ruleset = parse(RULES).unwrap();
        let whole = batch(&rows, false);
        let plan = Plan::new(&[&ruleset], &whole.schema(), 0).unwrap();
        let scan = |batches: &[RecordBatch]| {
            let mut scan = Scan::new(&plan);
            for batch in batches {
                scan.update(batch).unwrap();
            }
            scan
        };
        let cut = cut.min(rows.len());
        let (left, right) = (batch(&rows[..cut], true), batch(&rows[cut..], false));
        let in_order = scan(&[left.clone(), right.clone()]);
        let (mut first, second) = if swap { (scan(&[right]), scan(&[left])) } else { (scan(&[left]), scan(&[right])) };
        first.merge(second);
        let whole = scan(&[whole]).finish();
        for merged in [in_order.finish(), first.finish()] {
            prop_assert_eq!(&whole.references, &merged.references);
            let (whole, merged) = (whole.values(), merged.values());
            prop_assert_eq!(whole.len(), merged.len());
            for ((key, a), (other, b)) in whole.iter().zip(&merged) {
                prop_assert_eq!(key, other);
                prop_assert!((a - b).abs() <= 1e-9 * a.abs().max(1.0), "{}: {} {}", key, a, b);
            }
        }
    }

    /// The figures against plain counting.
    #[test]
    fn figures_are_right(rows in prop::collection::vec(row(), 1..60)) {
        let ruleset = parse(RULES).unwrap();
        let table = batch(&rows, false);
        let plan = Plan::new(&[&ruleset], &table.schema(), 0).unwrap();
        let mut scan = Scan::new(&plan);
        scan.update(&table).unwrap();
        let metrics = scan.finish();
        let close = |key: &str, expected: Option<f64>| {
            let found = metrics.value(key);
            let is_close = match (found, expected) {
                (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * b.abs().max(1.0),
                (a, b) => a == b,
            };
            assert!(is_close, "{key}: {found:?} {expected:?}");
        };
        let numbers: Vec<i64> = rows.iter().filter_map(|row| row.0).collect();
        let decimals: Vec<i128> = rows.iter().filter_map(|row| row.1).collect();
        let count = |n: i64| numbers.iter().filter(|other| **other == n).count();
        let mut distinct = numbers.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let once = distinct.iter().filter(|n| count(**n) == 1).count() as f64;
        close("RowCount where n > 0", Some(numbers.iter().filter(|n| **n > 0).count() as f64));
        close("Completeness(n)", Some(numbers.len() as f64 / rows.len() as f64));
        close("DistinctValuesCount(n)", Some(distinct.len() as f64));
        close("Uniqueness(n)", Some(if numbers.is_empty() { 1.0 } else { once / numbers.len() as f64 }));
        let sum = (!decimals.is_empty()).then(|| decimals.iter().sum::<i128>() as f64 / 100.0);
        close("Sum(d)", sum);
        close("Mean(d)", sum.map(|sum| sum / decimals.len() as f64));
        close("Minimum(d)", decimals.iter().min().map(|d| *d as f64 / 100.0));
        let mean = numbers.iter().sum::<i64>() as f64 / numbers.len() as f64;
        let variance = numbers.iter().map(|n| (*n as f64 - mean).powi(2)).sum::<f64>() / numbers.len() as f64;
        close("StandardDeviation(n)", (!numbers.is_empty()).then(|| variance.sqrt()));
        let within = numbers.iter().filter(|n| (-2..=2).contains(*n)).count() as f64 / rows.len() as f64;
        close("Compliance(ColumnValues \"n\" between -3 and 3)", Some(within));
    }
}

/// However texts and numbers are stored, rules say the same.
#[test]
fn forms_of_storage_do_not_matter() {
    let rows: Vec<Row> = vec![
        (Some(1), Some(5), Some(1.5), Some("a")),
        (None, Some(7), None, Some("äh")),
        (Some(1), None, Some(-2.5), None),
        (Some(4), Some(-5), Some(0.5), Some("")),
    ];
    let ruleset = parse(RULES).unwrap();
    let values = |batch: RecordBatch| {
        let plan = Plan::new(&[&ruleset], &batch.schema(), 0).unwrap();
        let mut scan = Scan::new(&plan);
        scan.update(&batch).unwrap();
        let metrics = scan.finish();
        let verdicts: Vec<_> =
            evaluate(&ruleset, &metrics, &NoContext).into_iter().map(|o| o.verdict).collect();
        (metrics.values(), metrics.references, verdicts)
    };
    let plain = batch(&rows, false);
    let expected = values(plain.clone());
    let dictionary = |key: DataType| DataType::Dictionary(Box::new(key), Box::new(DataType::Utf8));
    for (position, forms) in [
        (0, vec![DataType::Int8, DataType::Int16, DataType::Int32]),
        (2, vec![DataType::Float32]),
        (
            3,
            vec![
                DataType::LargeUtf8,
                DataType::Utf8View,
                dictionary(DataType::Int32),
                dictionary(DataType::UInt8),
                dictionary(DataType::Int64),
            ],
        ),
    ] {
        for form in forms {
            let mut arrays = plain.columns().to_vec();
            arrays[position] = cast(&arrays[position], &form).unwrap();
            let fields: Vec<_> = plain
                .schema()
                .fields()
                .iter()
                .zip(&arrays)
                .map(|(field, array)| Field::new(field.name(), array.data_type().clone(), true))
                .collect();
            let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap();
            assert_eq!(values(batch), expected, "{form}");
        }
    }
}
