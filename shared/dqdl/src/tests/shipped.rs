//! The rulesets of infra/rules.

use std::sync::Arc;

use arrow::{
    array::{
        ArrayRef, AsArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int32Array, Int64Array,
        StringArray, TimestampMicrosecondArray,
    },
    compute::{concat_batches, take_record_batch},
    datatypes::{DataType, Field, Int64Type, Schema, TimeUnit},
    record_batch::RecordBatch,
};

use crate::{Action, NoContext, Outcome, Plan, Ruleset, Scan, Verdict, evaluate, parse};

/// File, text, columns of the table.
const SHIPPED: [(&str, &str, &str); 8] = [
    (
        "raw",
        include_str!("../../../../infra/rules/raw.dqdl"),
        "object text, format text, size_bytes long, rows_in long, duplicates long, rejected long, reject_share double, \
         unknown_columns long, batch_reject_share double",
    ),
    (
        "clean_events",
        include_str!("../../../../infra/rules/clean_events.dqdl"),
        "event_id text, event_time time, event_type text, user_id long, product_id long, price decimal, session_id text, \
         category_id long, category_code text, brand text, event_date date",
    ),
    (
        "fact_user_events",
        include_str!("../../../../infra/rules/fact_user_events.dqdl"),
        "event_id text, event_time time, event_type text, user_id long, product_id long, price decimal, session_id text, \
         category_id long, category_name text, brand text, device_type text, source_channel text, hour_of_day int, \
         day_of_week int, event_date date",
    ),
    (
        "dim_users",
        include_str!("../../../../infra/rules/dim_users.dqdl"),
        "user_key long, user_id long, version int, valid_from time, valid_to time, is_current bool, in_source bool, \
         name_token text, email_token text, registered_at time, first_seen_at time, last_seen_at time, view_count long, \
         cart_count long, remove_from_cart_count long, purchase_count long, session_count long, total_spend decimal",
    ),
    (
        "dim_products",
        include_str!("../../../../infra/rules/dim_products.dqdl"),
        "product_key long, product_id long, version int, valid_from time, valid_to time, is_current bool, in_source bool, \
         category_id long, category_code text, brand_id long, brand text, price decimal, stock long, first_seen_at time, \
         last_seen_at time, view_count long, cart_count long, remove_from_cart_count long, purchase_count long, \
         revenue decimal",
    ),
    (
        "dim_categories",
        include_str!("../../../../infra/rules/dim_categories.dqdl"),
        "category_key long, category_id long, version int, valid_from time, valid_to time, is_current bool, \
         in_source bool, parent_id long, category_code text, category_name text, parent_code text, depth int, \
         level_1 text, level_2 text, level_3 text, level_4 text, first_seen_at time, last_seen_at time",
    ),
    (
        "dim_brands",
        include_str!("../../../../infra/rules/dim_brands.dqdl"),
        "brand_key long, brand text, version int, valid_from time, valid_to time, is_current bool, in_source bool, \
         brand_id long, first_seen_at time, last_seen_at time, view_count long, cart_count long, \
         remove_from_cart_count long, purchase_count long, revenue decimal",
    ),
    (
        "dim_sessions",
        include_str!("../../../../infra/rules/dim_sessions.dqdl"),
        "session_id text, user_id long, other_user_ids text, started_at time, ended_at time, duration_seconds long, \
         event_count long, view_count long, cart_count long, remove_from_cart_count long, purchase_count long, \
         revenue decimal, converted bool, first_interest_at time, first_purchase_at time, has_many_users bool, \
         has_unexplained_purchase bool, is_oversized bool, device_type text, channel text",
    ),
];

fn schema(columns: &str) -> Schema {
    let field = |column: &str| {
        let (name, kind) = column.trim().split_once(' ').unwrap();
        let data_type = match kind {
            "text" => DataType::Utf8,
            "long" => DataType::Int64,
            "int" => DataType::Int32,
            "double" => DataType::Float64,
            "bool" => DataType::Boolean,
            "date" => DataType::Date32,
            "time" => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            "decimal" => DataType::Decimal128(12, 2),
            other => panic!("{other}"),
        };
        Field::new(name, data_type, true)
    };
    Schema::new(columns.split(',').map(field).collect::<Vec<_>>())
}

fn shipped(name: &str) -> (Ruleset, Schema) {
    let (_, text, columns) = SHIPPED.iter().find(|(known, ..)| *known == name).unwrap();
    (parse(text).unwrap_or_else(|error| panic!("{name}\n{error}")), schema(columns))
}

/// One row of texts; `-` is null.
fn row(schema: &Schema, values: &[&str]) -> RecordBatch {
    let arrays = schema.fields().iter().zip(values).map(|(field, value)| -> ArrayRef {
        let value = (*value != "-").then_some(*value);
        let number = value.and_then(|value| value.parse::<i64>().ok());
        match field.data_type() {
            DataType::Utf8 => Arc::new(StringArray::from(vec![value])),
            DataType::Int64 => Arc::new(Int64Array::from(vec![number])),
            DataType::Int32 => Arc::new(Int32Array::from(vec![number.map(|n| n as i32)])),
            DataType::Date32 => Arc::new(Date32Array::from(vec![number.map(|n| n as i32)])),
            DataType::Float64 => {
                Arc::new(Float64Array::from(vec![value.map(|value| value.parse().unwrap())]))
            }
            DataType::Boolean => Arc::new(BooleanArray::from(vec![value.map(|value| value == "true")])),
            DataType::Timestamp(..) => {
                Arc::new(TimestampMicrosecondArray::from(vec![number]).with_timezone("UTC"))
            }
            _ => Arc::new(
                Decimal128Array::from(vec![number.map(i128::from)]).with_precision_and_scale(12, 2).unwrap(),
            ),
        }
    });
    RecordBatch::try_new(Arc::new(schema.clone()), arrays.collect()).unwrap()
}

fn judge(name: &str, rows: &[&[&str]]) -> Vec<Outcome> {
    let (ruleset, schema) = shipped(name);
    let batches: Vec<_> = rows.iter().map(|values| row(&schema, values)).collect();
    let table = concat_batches(&Arc::new(schema), &batches).unwrap();
    let plan = Plan::new(&[&ruleset], &table.schema(), 1_700_000_000_000_000)
        .unwrap_or_else(|error| panic!("{name}\n{error}"));
    let mut scan = Scan::new(&plan);
    scan.update(&table).unwrap();
    evaluate(&ruleset, &scan.finish(), &NoContext)
}

/// The rules that failed, in short, and what is to happen.
fn failures(name: &str, rows: &[&[&str]]) -> Vec<(String, Action)> {
    let failed = judge(name, rows).into_iter().filter(|outcome| outcome.verdict == Verdict::Fail);
    failed.map(|outcome| (outcome.rule.replace('"', ""), outcome.action)).collect()
}

#[test]
fn shipped_rules_fit_their_tables() {
    for (name, _, _) in SHIPPED {
        let (ruleset, schema) = shipped(name);
        let plan = Plan::new(&[&ruleset], &schema, 0);
        assert!(plan.is_ok(), "{name}\n{}", plan.unwrap_err());
        // History only warns.
        for rule in &ruleset.rules {
            let is_dynamic = rule
                .expression
                .checks()
                .iter()
                .any(|check| check.condition.as_ref().is_some_and(|c| c.is_dynamic()));
            assert!(!is_dynamic || rule.action() == Action::Warn, "{name}: {}", rule.text);
        }
        // No rows break nothing but the wish for rows.
        let mut empty = Scan::new(plan.as_ref().unwrap());
        empty.update(&RecordBatch::new_empty(Arc::new(schema))).unwrap();
        for outcome in evaluate(&ruleset, &empty.finish(), &NoContext) {
            let holds = matches!(outcome.verdict, Verdict::Pass | Verdict::Skip(_));
            assert!(holds || outcome.action == Action::Warn, "{name}: {outcome:?}");
        }
    }
}

#[test]
fn refused_rows_warn_and_block() {
    let of = |rows: &'static str, share: &'static str, all: &'static str| -> [&'static str; 9] {
        ["s3://a/b", "csv", "100", rows, "0", "0", share, "0", all]
    };
    let object = |rows, share| of(rows, share, share);
    assert_eq!(failures("raw", &[&of("1000", "0.001", "0.001"), &of("10", "0.0", "0.001")]), []);
    let mean = |limit| format!("Mean batch_reject_share < {limit}");
    assert_eq!(failures("raw", &[&object("1000", "0.01")]), [(mean("0.01"), Action::Warn)]);
    let each = "ColumnValues reject_share < 0.2 where rows_in >= 100".to_owned();
    assert_eq!(
        failures("raw", &[&object("1000", "0.2")]),
        [(each.clone(), Action::Block), (mean("0.2"), Action::Block), (mean("0.01"), Action::Warn)]
    );
    // One broken object among many good ones; a small one is not enough.
    let good = of("1000", "0.0", "0.005");
    let broken = of("1000", "0.5", "0.005");
    let many: Vec<&[&str]> = std::iter::once(&broken[..]).chain(std::iter::repeat_n(&good[..], 99)).collect();
    assert_eq!(failures("raw", &many), [(each, Action::Block)]);
    let small = of("20", "0.5", "0.005");
    let many: Vec<&[&str]> = std::iter::once(&small[..]).chain(std::iter::repeat_n(&good[..], 99)).collect();
    assert_eq!(failures("raw", &many), []);
}

#[test]
fn clean_events_are_judged() {
    const ID: &str = "0123456789abcdef0123456789abcdef";
    let event = |change: &dyn Fn(&mut [&'static str; 11])| {
        let mut event = [ID, "1000", "view", "1", "2", "1999", "s", "3", "a.b", "sony", "0"];
        change(&mut event);
        event
    };
    let fails = |change: &dyn Fn(&mut [&'static str; 11])| failures("clean_events", &[&event(change)]);
    assert_eq!(fails(&|_| ()), []);
    // The category's number may be missing.
    assert_eq!(fails(&|event| event[7] = "-"), []);
    let only = |change: &dyn Fn(&mut [&'static str; 11])| {
        let failed = fails(change);
        assert_eq!(failed.len(), 1, "{failed:?}");
        failed[0].1
    };
    assert_eq!(only(&|event| event[2] = "look"), Action::Block);
    assert_eq!(only(&|event| event[5] = "0"), Action::Block);
    assert_eq!(only(&|event| event[5] = "10000000"), Action::Warn);
    assert_eq!(only(&|event| event[9] = "unknown"), Action::Warn);
    assert_eq!(only(&|event| event[8] = "unknown"), Action::Warn);

    // Nineteen of twenty known brands are too few, as they were.
    let batch = |unknown: usize, rows: usize| {
        let (_, schema) = shipped("clean_events");
        let brand = |row: usize| if row < unknown { "unknown" } else { "sony" };
        let single = row(&schema, &event(&|_| ()));
        let copies = take_record_batch(&single, &arrow::array::UInt32Array::from(vec![0; rows])).unwrap();
        let mut columns = copies.columns().to_vec();
        columns[0] = Arc::new((0..rows).map(|row| Some(format!("{row:032}"))).collect::<StringArray>());
        columns[9] = Arc::new((0..rows).map(|row| Some(brand(row))).collect::<StringArray>());
        RecordBatch::try_new(copies.schema(), columns).unwrap()
    };
    for (unknown, verdict) in [(4, Verdict::Pass), (5, Verdict::Fail)] {
        let (ruleset, schema) = shipped("clean_events");
        let plan = Plan::new(&[&ruleset], &schema, 0).unwrap();
        let mut scan = Scan::new(&plan);
        scan.update(&batch(unknown, 100)).unwrap();
        let outcomes = evaluate(&ruleset, &scan.finish(), &NoContext);
        let brand = outcomes.iter().find(|outcome| outcome.rule.contains("\"brand\" !=")).unwrap();
        assert_eq!(brand.verdict, verdict, "{brand:?}");
    }
    assert_eq!(batch(0, 3).column(3).as_primitive::<Int64Type>().value(2), 1);
}

#[test]
fn dimensions_are_judged() {
    let user =
        |key: &'static str, version: &'static str, valid_to: &'static str, is_current: &'static str| {
            [
                key, "7", version, "0", valid_to, is_current, "true", "-", "-", "-", "10", "20", "1", "1",
                "0", "1", "1", "500",
            ]
        };
    let (first, second) = (user("1", "1", "50", "false"), user("2", "2", "-", "true"));
    assert_eq!(failures("dim_users", &[&first, &second]), []);
    let failed = failures("dim_users", &[&first, &user("2", "2", "60", "true")]);
    assert_eq!(failed, [("ColumnValues valid_to = NULL where is_current".to_owned(), Action::Block)]);
    let failed = failures("dim_users", &[&user("1", "1", "-", "true"), &second]);
    assert_eq!(failed, [("IsUnique user_id where is_current".to_owned(), Action::Block)]);
    let mut backwards = second;
    (backwards[10], backwards[11]) = ("20", "10");
    assert_eq!(failures("dim_users", &[&backwards]).len(), 1);

    let session = |converted: &'static str, purchases: &'static str, oversized: &'static str| {
        [
            "s", "1", "-", "0", "100", "90000", "3", "1", "1", "0", purchases, "0", converted, "0", "-",
            "false", "false", oversized, "unknown", "unknown",
        ]
    };
    let odd = |session: [&str; 20]| {
        failures("dim_sessions", &[&session]).into_iter().map(|(rule, _)| rule).collect::<Vec<_>>()
    };
    assert_eq!(
        odd(session("true", "1", "true")),
        ["ColumnValues is_oversized = false with threshold > 0.99"]
    );
    assert_eq!(
        odd(session("true", "0", "false")),
        [
            "RowCount = 0 where converted and purchase_count = 0",
            "RowCount = 0 where not is_oversized and (event_count > 1000 or duration_seconds > 86400)"
        ]
    );
}
