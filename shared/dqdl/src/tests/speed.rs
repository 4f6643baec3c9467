//! What a row costs. Run by `cargo test --release -p estrella-dqdl -- --ignored --nocapture nanoseconds`.

use std::{sync::Arc, time::Instant};

use arrow::{
    array::{
        ArrayRef, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float64Array, Int64Array,
        StringArray, TimestampMicrosecondArray,
    },
    datatypes::{Field, Int32Type, Schema},
    record_batch::RecordBatch,
};

use crate::{Plan, Scan, parse};

const ROWS: usize = 65_536;
const BATCHES: usize = 16;

const RULES: [&str; 15] = [
    "RowCount > 0",
    "IsComplete \"user_id\"",
    "IsComplete \"event_time\"",
    "Completeness \"brand\" > 0.9",
    "ColumnValues \"event_type\" in [\"view\", \"cart\", \"remove_from_cart\", \"purchase\"]",
    "ColumnValues \"price\" > 0",
    "Mean \"price\" between 1 and 10000",
    "StandardDeviation \"price\" < 10000",
    "ColumnValues \"brand\" != \"unknown\" with threshold > 0.5",
    "ColumnLength \"brand\" < 100",
    "ColumnValues \"event_time\" < now()",
    "ColumnValues \"event_date\" > \"2019-01-01\"",
    "ColumnValues \"is_new\" in [true, false]",
    "Mean \"score\" > 0",
    "Sum \"price\" > 0 where \"event_type = 'purchase'\"",
];

const DEARER: [&str; 5] = [
    "DistinctValuesCount \"user_id\" > 10",
    "IsUnique \"user_id\"",
    "ColumnValues \"event_id\" matches \"[0-9a-f]{32}\"",
    "ColumnLength \"event_id\" = 32",
    "ReferentialIntegrity \"user_id\" \"users.user_id\" > 0.5",
];

fn batch(seed: i64) -> RecordBatch {
    let random = |row: usize| {
        (row as i64 + seed).wrapping_mul(6_364_136_223_846_793_005).rotate_left(31).unsigned_abs()
    };
    let pick = |row: usize, n: u64| (random(row) % n) as usize;
    let types = ["view", "cart", "purchase", "remove_from_cart"];
    let brands: Vec<String> = (0..500).map(|brand| format!("brand{brand}")).collect();
    let prices: Decimal128Array =
        (0..ROWS).map(|row| i128::from(random(row) % 100_000 + 1)).collect::<Vec<_>>().into();
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "event_id",
            Arc::new(
                (0..ROWS)
                    .map(|row| Some(format!("{:016x}{:016x}", random(row), random(row + 7))))
                    .collect::<StringArray>(),
            ),
        ),
        ("user_id", Arc::new((0..ROWS).map(|row| (random(row) % 50_000) as i64).collect::<Int64Array>())),
        (
            "event_time",
            Arc::new(
                (0..ROWS)
                    .map(|row| Some(random(row) as i64 % 1_000_000_000))
                    .collect::<TimestampMicrosecondArray>()
                    .with_timezone("UTC"),
            ),
        ),
        (
            "event_type",
            Arc::new((0..ROWS).map(|row| Some(types[pick(row, 4)])).collect::<DictionaryArray<Int32Type>>()),
        ),
        (
            "brand",
            Arc::new(
                (0..ROWS)
                    .map(|row| (pick(row, 10) > 0).then(|| brands[pick(row, 500)].as_str()))
                    .collect::<DictionaryArray<Int32Type>>(),
            ),
        ),
        ("price", Arc::new(prices.with_precision_and_scale(12, 2).unwrap())),
        (
            "event_date",
            Arc::new((0..ROWS).map(|row| Some(18_200 + pick(row, 30) as i32)).collect::<Date32Array>()),
        ),
        ("is_new", Arc::new((0..ROWS).map(|row| Some(pick(row, 2) == 0)).collect::<BooleanArray>())),
        ("score", Arc::new((0..ROWS).map(|row| Some(random(row) as f64)).collect::<Float64Array>())),
    ];
    let fields: Vec<_> =
        columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns.into_iter().map(|(_, array)| array).collect())
        .unwrap()
}

fn nanoseconds(rules: &[&str], batches: &[RecordBatch]) -> f64 {
    let ruleset = parse(&format!("Rules = [ {} ]", rules.join(", "))).unwrap();
    let plan = Plan::new(&[&ruleset], &batches[0].schema(), i64::MAX / 2).unwrap();
    let best = (0..5).map(|_| {
        let start = Instant::now();
        let mut scan = Scan::new(&plan);
        for batch in batches {
            scan.update(batch).unwrap();
        }
        assert!(scan.finish().values().len() + 1 >= rules.len().min(2));
        start.elapsed().as_nanos() as f64
    });
    best.fold(f64::INFINITY, f64::min) / (ROWS * batches.len()) as f64
}

#[test]
#[ignore = "measures time, which says nothing in a debug build or beside other work"]
fn nanoseconds_per_row() {
    let batches: Vec<RecordBatch> =
        (0..BATCHES).map(|batch_number| batch(batch_number as i64 * 1_000_003)).collect();
    println!("{:>8.1} ns/row: all {} rules", nanoseconds(&RULES, &batches), RULES.len());
    for rule in RULES.iter().chain(&DEARER) {
        println!("{:>8.1} ns/row: {rule}", nanoseconds(&[rule], &batches));
    }
}
