//! What rules say of a small table: the examples of AWS Glue's documentation for each type of rule, moved to its columns.

use super::fixture::{NOW, Surroundings, table};
use crate::{Metrics, Outcome, Plan, Ruleset, Scan, Verdict, evaluate, parse};

/// Scans in two parts that are merged, and in one; both must say the same.
fn scan(ruleset: &Ruleset) -> Metrics {
    let table = table();
    let plan = Plan::new(&[ruleset], &table.schema(), NOW).unwrap_or_else(|error| panic!("{error}"));
    let mut whole = Scan::new(&plan);
    whole.update(&table).unwrap();
    let whole = whole.finish();
    let (mut left, mut right) = (Scan::new(&plan), Scan::new(&plan));
    // Single rows too, so that a dictionary is greater than its batch.
    for row in 0..3 {
        left.update(&table.slice(row, 1)).unwrap();
    }
    right.update(&table.slice(3, 5)).unwrap();
    right.merge(left);
    let merged = right.finish();
    let (whole_values, merged_values) = (whole.values(), merged.values());
    assert_eq!(whole_values.len(), merged_values.len());
    for ((key, whole), (_, merged)) in whole_values.iter().zip(&merged_values) {
        assert!((whole - merged).abs() <= 1e-9 * whole.abs().max(1.0), "{key}: {whole} {merged}");
    }
    merged
}

fn judge(rule: &str) -> Outcome {
    let ruleset = parse(&format!("Rules = [ {rule} ]")).unwrap_or_else(|error| panic!("{error}"));
    evaluate(&ruleset, &scan(&ruleset), &Surroundings).remove(0)
}

/// Rule, whether it passes, the number that is observed, rows that fail.
type Example = (&'static str, bool, Option<f64>, Option<u64>);

const EXAMPLES: &[Example] = &[
    ("RowCount between 7 and 9", true, Some(8.0), None),
    // Ends do not belong to it.
    ("RowCount between 8 and 20", false, Some(8.0), None),
    ("RowCount not between 8 and 20", true, Some(8.0), None),
    ("RowCount > 8", false, Some(8.0), None),
    ("RowCount >= 8", true, Some(8.0), None),
    ("RowCount in [7, 8]", true, Some(8.0), None),
    ("RowCount \"id\" = 8", true, Some(8.0), None),
    ("RowCount between 1 and 5 where \"kind < 3 and age >= 22\"", true, Some(4.0), None),
    ("ColumnCount = 15", true, Some(15.0), None),
    ("ColumnCount between 10 and 15", false, Some(15.0), None),
    ("ColumnExists \"age\"", true, None, None),
    ("ColumnExists \"Middle_Name\"", false, None, None),
    ("IsComplete \"order-id\"", true, Some(1.0), Some(0)),
    ("IsComplete age", false, Some(0.875), Some(1)),
    ("IsComplete \"age\" where \"kind > 1\"", true, Some(1.0), Some(0)),
    ("Completeness \"age\" > 0.85", true, Some(0.875), Some(1)),
    ("Completeness \"age\" = \"1.0\"", false, Some(0.875), Some(1)),
    ("Completeness \"units1\" > 0.5 where \"id in (1, 3, 5)\"", true, Some(1.0), Some(0)),
    // The empty text is a value.
    ("Completeness \"first\" = 0.875", true, Some(0.875), Some(1)),
    // Of seven values 22 is there twice.
    ("Uniqueness \"age\" > 0.7", true, Some(5.0 / 7.0), Some(2)),
    ("Uniqueness \"id\" = 1.0", true, Some(1.0), Some(0)),
    ("Uniqueness \"kind\" \"id\" = 1", true, Some(1.0), Some(0)),
    ("Uniqueness \"kind\" != 1.0 where \"id < 4\"", true, Some(0.0), Some(3)),
    ("IsUnique \"order-id\"", true, Some(1.0), Some(0)),
    ("IsUnique \"age\"", false, Some(5.0 / 7.0), Some(2)),
    ("IsPrimaryKey \"id\"", true, Some(1.0), Some(0)),
    ("IsPrimaryKey \"id\" where \"id < 10\"", true, Some(1.0), Some(0)),
    ("IsPrimaryKey \"kind\" \"id\"", true, Some(1.0), Some(0)),
    ("IsPrimaryKey kind \"good\"", false, Some(0.5), Some(4)),
    // Unique but not complete.
    ("IsPrimaryKey \"order_date\"", false, Some(0.875), Some(1)),
    ("DistinctValuesCount \"kind\" > 3", true, Some(4.0), None),
    ("DistinctValuesCount \"age\" = 6", true, Some(6.0), None),
    ("DistinctValuesCount \"country\" < 6 where \"id < 3\"", true, Some(2.0), None),
    // 5 of 6 distinct ages occur once.
    ("UniqueValueRatio \"age\" between 0.8 and 0.9", true, Some(5.0 / 6.0), None),
    ("ColumnValues \"age\" > 10", false, Some(0.875), Some(1)),
    ("ColumnValues \"age\" > 21 with threshold > 0.5", true, Some(0.625), Some(3)),
    ("ColumnValues \"age\" > 21 with threshold > 0.625", false, Some(0.625), Some(3)),
    ("ColumnValues \"age\" > 21 with threshold between 0.6 and 0.9", true, Some(0.625), Some(3)),
    // Null passes what is not equal, and nothing else.
    ("ColumnValues \"age\" != 99", true, Some(1.0), Some(0)),
    ("ColumnValues \"age\" != 21", false, Some(0.875), Some(1)),
    ("ColumnValues \"age\" not in [21, 22, 23]", false, Some(0.625), Some(3)),
    ("ColumnValues \"age\" not in [1, NULL]", false, Some(0.875), Some(1)),
    ("ColumnValues \"age\" in [NULL, 18, 21, 22, 25, 30, 40]", true, Some(1.0), Some(0)),
    ("ColumnValues \"age\" = NULL", false, Some(0.125), Some(7)),
    ("ColumnValues \"age\" != NULL with threshold > 0.5", true, Some(0.875), Some(1)),
    ("ColumnValues \"age\" not between 50 and 60", false, Some(0.875), Some(1)),
    ("ColumnValues \"first\" not matches \"[0-9]+\"", false, Some(0.875), Some(1)),
    ("(ColumnValues \"age\" > 10) OR (ColumnValues \"age\" = NULL)", false, Some(0.875), Some(1)),
    (
        "((ColumnValues \"age\" > 10) OR (ColumnValues \"age\" = NULL)) labels=[\"compositeRuleEvaluation.method\"=\"ROW\"]",
        true,
        Some(1.0),
        Some(0),
    ),
    ("ColumnValues \"id\" between 0 and 9", true, Some(1.0), Some(0)),
    ("ColumnValues \"id\" between 1 and 9", false, Some(0.875), Some(1)),
    ("ColumnValues \"id\" in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]", true, Some(1.0), Some(0)),
    ("ColumnValues \"id\" <= 7.5", false, Some(0.875), Some(1)),
    ("ColumnValues \"price\" > 0", false, Some(0.625), Some(3)),
    ("ColumnValues \"price\" >= 0.005 with threshold > 0.6", true, Some(0.625), Some(3)),
    ("ColumnValues \"price\" in [1, 2.5, 0.01, -1, 1000.00, 0, 3.33, NULL]", true, Some(1.0), Some(0)),
    ("ColumnValues \"height\" > 1.2", false, Some(0.875), Some(1)),
    ("ColumnValues \"height\" between 1.1 and 2", true, Some(1.0), Some(0)),
    ("ColumnValues \"good\" = true", false, Some(0.75), Some(2)),
    ("ColumnValues \"good\" in [\"true\", \"false\", NULL]", true, Some(1.0), Some(0)),
    (
        "ColumnValues \"country\" in [ \"US\", \"CA\", \"UK\", \"DE\", NULL, EMPTY, WHITESPACES_ONLY ]",
        true,
        Some(1.0),
        Some(0),
    ),
    ("ColumnValues \"country\" in [ \"US\", \"CA\", \"UK\", \"DE\" ]", false, Some(0.625), Some(3)),
    ("ColumnValues \"country\" not in [\"a\", \"b\", WHITESPACES_ONLY]", false, Some(0.875), Some(1)),
    ("ColumnValues \"country\" != EMPTY", false, Some(0.875), Some(1)),
    ("ColumnValues \"country\" in [\"US\", \"CA\"] where \"id < 3\"", true, Some(1.0), Some(0)),
    (
        "ColumnValues \"country\" in [\"US\"] where \"zip is not null\" with threshold > 0.28",
        true,
        Some(2.0 / 7.0),
        Some(5),
    ),
    (
        "ColumnValues \"first\" matches \"[a-zA-Z]*\" with threshold between 0.2 and 0.9",
        true,
        Some(0.75),
        Some(2),
    ),
    // The whole text, not a part of it.
    ("ColumnValues \"first\" matches \"[A-Z]\" with threshold > 0", false, Some(0.0), Some(8)),
    ("ColumnValues \"zip\" < \"2\" with threshold = 0.5", true, Some(0.5), Some(4)),
    ("ColumnValues \"numeral\" in [1, 2, 3, 4, 5, 6, 7, \"eight\"]", true, Some(1.0), Some(0)),
    ("ColumnValues \"load_date\" > (now() - 3 days) with threshold = 0.75", true, Some(0.75), Some(2)),
    ("ColumnValues \"load_date\" < \"2022-06-30\" with threshold = 0.5", true, Some(0.5), Some(4)),
    ("ColumnValues \"load_date\" between \"2022-05-31\" and \"2022-07-01\"", true, Some(1.0), Some(0)),
    ("ColumnValues \"load_date\" <= now()", true, Some(1.0), Some(0)),
    ("ColumnValues \"order_date\" >= (now() - 24 hours) with threshold = 0.375", true, Some(0.375), Some(5)),
    ("ColumnValues \"order_date\" > \"2022-06-28 12:00:00\" with threshold = 0.5", true, Some(0.5), Some(4)),
    (
        "ColumnValues \"order_date\" = \"2022-06-30 12:00:00 UTC\" with threshold = 0.125",
        true,
        Some(0.125),
        Some(7),
    ),
    // Null has the length 0, characters are counted.
    ("ColumnLength \"zip\" = 5 with threshold = 0.625", true, Some(0.625), Some(3)),
    ("ColumnLength \"zip\" < 7", true, Some(1.0), Some(0)),
    ("ColumnLength \"zip\" > 3", false, Some(0.875), Some(1)),
    ("(ColumnLength \"zip\" < 7) AND (ColumnValues \"zip\" != NULL)", false, Some(0.875), Some(1)),
    ("ColumnLength \"country\" = 2 where \"id < 3\"", true, Some(1.0), Some(0)),
    ("ColumnDataType \"numeral\" = \"INTEGER\"", false, Some(0.875), Some(1)),
    ("ColumnDataType \"numeral\" = \"INTEGER\" with threshold > 0.8", true, Some(0.875), Some(1)),
    ("ColumnDataType \"age\" = \"Long\"", true, Some(1.0), Some(0)),
    ("ColumnDataType \"order_date\" = \"Timestamp\" with threshold > 0.9", true, Some(1.0), Some(0)),
    ("ColumnDataType \"price\" = \"Date\"", false, Some(0.125), Some(7)),
    ("Mean \"age\" > 25", true, Some(178.0 / 7.0), None),
    ("Mean \"age\" between 80 and 100", false, Some(178.0 / 7.0), None),
    ("Mean \"height\" < 2 where \"weight > 40\"", true, Some(1.7), None),
    ("Sum \"price\" = 1005.84", true, Some(1005.84), None),
    ("Sum \"age\" > 500000", false, Some(178.0), None),
    // As in the documentation: nulls are left out, 16.33.
    ("StandardDeviation \"units1\" between 16.32 and 16.34", true, Some(16.329_931_618_554_52), None),
    ("StandardDeviation \"age\" < 1.5", false, Some(6.883_876_458_946_719), None),
    ("ColumnCorrelation \"height\" \"weight\" > 0.8", true, Some(1.0), None),
    ("ColumnCorrelation \"id\" \"weight\" > 0.8 where \"height >= 1.5\"", true, Some(1.0), None),
    ("ColumnCorrelation \"id\" \"units1\" > 0.999999", true, Some(1.0), None),
    ("ReferentialIntegrity \"id\" \"reference.id\" >= 0.7", true, Some(0.75), Some(2)),
    ("ReferentialIntegrity \"id\" \"reference.id\" = 1.0", false, Some(0.75), Some(2)),
    ("ReferentialIntegrity \"id,kind\" \"reference.{id,kind}\" = 0.25", true, Some(0.25), Some(6)),
    ("ReferentialIntegrity \"id\" \"reference.id\" = 1.0 where \"id < 7\"", true, Some(1.0), Some(0)),
    ("DataFreshness \"order_date\" <= 24 hours", false, Some(0.375), Some(5)),
    ("DataFreshness \"order_date\" <= 24 hours with threshold > 0.3", true, Some(0.375), Some(5)),
    (
        "DataFreshness \"order_date\" between 1 days and 5 days with threshold = 0.375",
        true,
        Some(0.375),
        Some(5),
    ),
    // A date is as old as its first instant: 12 hours today.
    ("DataFreshness \"load_date\" < 13 hours with threshold = 0.5", true, Some(0.5), Some(4)),
    ("SchemaMatch \"same\" = 1.0", true, Some(1.0), None),
    ("SchemaMatch \"more\" = 1.0", false, Some(15.0 / 16.0), None),
    ("CustomSql \"select count(*) from primary\" between 1 and 20", true, Some(8.0), None),
    ("CustomSql \"select id from primary where age > 18\"", false, Some(0.75), Some(2)),
    ("CustomSql \"select id from primary where age > 18\" with threshold > 0.7", true, Some(0.75), Some(2)),
    ("RowCount > avg(last(10)) * 0.7", true, Some(8.0), None),
    ("RowCount > avg(last(10)) * 0.8", false, Some(8.0), None),
    ("RowCount >= percentile(last(4), 0)", true, Some(8.0), None),
    ("RowCount = avg(last(4, \"hour of week\"))", true, Some(8.0), None),
    ("RowCount > last()", false, Some(8.0), None),
    ("RowCount between min(last(10)) - 1 and max(last(10)) + 1", true, Some(8.0), None),
    ("RowCount < median(last(4, \"hour of day\"))", true, Some(8.0), None),
    ("Completeness \"age\" <= avg(last(10))", false, Some(0.875), Some(1)),
    ("Completeness \"age\" between min(last(5)) - 1 and max(last(5)) + 1", true, Some(0.875), Some(1)),
    ("DetectAnomalies \"Mean\" \"age\"", true, Some(178.0 / 7.0), None),
    ("DetectAnomalies \"RowCount\"", true, Some(8.0), None),
    ("DetectAnomalies \"Completeness\" \"age\"", true, Some(0.875), None),
    // The longest was always 5.
    ("DetectAnomalies \"ColumnLength\" \"zip\"", false, Some(6.0), None),
    ("DetectAnomalies \"ColumnValues\" \"zip\"", false, Some(6.0), None),
    ("DetectAnomalies \"ColumnValues\" \"age\"", false, Some(40.0), None),
    ("(IsComplete \"id\") and (IsUnique \"id\")", true, Some(1.0), Some(0)),
    ("(RowCount \"id\" > 100) or (IsPrimaryKey \"id\")", true, Some(1.0), Some(0)),
    ("(RowCount > 0) or ((IsComplete \"age\") and (IsUnique \"age\"))", true, Some(8.0), None),
    ("(RowCount > 100) or ((IsComplete \"age\") and (IsUnique \"id\"))", false, Some(8.0), None),
    ("(Mean \"age\" > 3) and ((Sum \"age\" > 500) or (IsComplete \"id\"))", true, Some(178.0 / 7.0), None),
];

#[test]
fn documented_rules_say_what_they_should() {
    let mut wrong = Vec::new();
    for (rule, passes, observed, failing) in EXAMPLES {
        let outcome = judge(rule);
        let verdict = if *passes { Verdict::Pass } else { Verdict::Fail };
        let is_observed = match (outcome.observed, observed) {
            (Some(found), Some(wanted)) => (found - wanted).abs() < 1e-9,
            (found, wanted) => found == *wanted,
        };
        let has_metric = outcome.metric.is_some() == outcome.observed.is_some();
        let is_right = outcome.verdict == verdict && is_observed && outcome.failing_rows == *failing;
        if !is_right || !has_metric || outcome.expected.is_empty() {
            wrong.push(format!("{rule}\n  {outcome:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// SQL's logic: unknown is neither true nor false.
#[test]
fn filters_are_sql() {
    let mut wrong = Vec::new();
    for (filter, rows) in [
        ("age > 21", 5),
        ("not age > 21", 2),
        ("not (age > 21 or zip = '12345')", 2),
        ("age is null", 1),
        ("age is not null and good", 6),
        ("not good", 1),
        ("good = true or good = false", 7),
        ("age between 21 and 25", 4),
        ("age not between 21 and 25", 3),
        ("height between 1.3 and 1.5", 3),
        ("zip between '1234' and '12345'", 3),
        ("country in ('US', 'CA')", 3),
        ("country not in ('US', 'CA')", 4),
        ("country <> 'US'", 5),
        ("first like '_3%'", 1),
        ("first not like '%n'", 5),
        ("first like '%'", 7),
        ("`order-id` >= 'g'", 2),
        ("load_date = date '2022-06-30'", 4),
        ("order_date >= '2022-06-30'", 2),
        ("price > 0.5 and price < 3.3", 2),
        ("3 < id", 5),
        ("id = kind", 1),
        ("id >= id and age = age", 7),
        ("NOT NOT id = 1 OR id = 2 AND id = 3", 1),
    ] {
        let outcome = judge(&format!("RowCount = {rows} where \"{filter}\""));
        if outcome.verdict != Verdict::Pass {
            wrong.push(format!("{filter}: {:?} instead of {rows}", outcome.observed));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_cannot_be_told_is_skipped_or_an_error() {
    for (rule, expected) in [
        ("Mean \"units1\" > 1 where \"id > 6\"", Verdict::Skip("there is nothing to measure".into())),
        ("Sum \"age\" > avg(last(10))", Verdict::Skip("learning: 2 of at least 3 earlier values".into())),
        ("Sum \"price\" > last()", Verdict::Skip("learning: 0 of at least 1 earlier values".into())),
        ("DetectAnomalies \"Sum\" \"age\"", Verdict::Skip("learning: 2 of at least 3 earlier values".into())),
        (
            "ColumnCorrelation \"id\" \"kind\" > 0 where \"id < 3\"",
            Verdict::Skip("there is nothing to measure".into()),
        ),
        ("RowCount > 1 / (last() - 10)", Verdict::Error("> 1 / (last(1) - 10) is no number".into())),
        (
            "ReferentialIntegrity \"id\" \"elsewhere.id\" = 1",
            Verdict::Error("there is no table elsewhere".into()),
        ),
        (
            "SchemaMatch \"elsewhere\" = 1",
            Verdict::Error("there is no table elsewhere to compare with".into()),
        ),
        ("CustomSql \"select 1\" = 1", Verdict::Error("no such query".into())),
        // What is known decides even if the rest is not.
        ("(Sum \"age\" > avg(last(10))) or (RowCount = 8)", Verdict::Pass),
        ("(Sum \"age\" > avg(last(10))) and (RowCount = 9)", Verdict::Fail),
        (
            "(Sum \"age\" > avg(last(10))) and (CustomSql \"select 1\" = 1)",
            Verdict::Error("no such query".into()),
        ),
        (
            "(Sum \"age\" > avg(last(10))) and (RowCount = 8)",
            Verdict::Skip("learning: 2 of at least 3 earlier values".into()),
        ),
    ] {
        assert_eq!(judge(rule).verdict, expected, "{rule}");
    }
}

#[test]
fn expectations_are_in_words() {
    let expected = |rule: &str| judge(rule).expected;
    assert_eq!(expected("RowCount > avg(last(10)) * 0.8"), "> 8, being > avg(last(10)) * 0.8");
    assert_eq!(expected("RowCount between 7 and 9"), "between 7 and 9");
    assert_eq!(expected("ColumnValues \"age\" > 21 with threshold > 0.5"), "share of rows > 21: > 0.5");
    assert_eq!(expected("DetectAnomalies \"Mean\" \"age\""), "from 23.75 to 26.25");
    assert_eq!(
        expected("(IsComplete \"id\") and (RowCount > 5)"),
        "(IsComplete id: no nulls) and (RowCount: > 5)"
    );
}

#[test]
fn metrics_have_stable_keys() {
    let ruleset = parse(
        r#"Rules = [ IsComplete "price", Completeness "price" > 0.5, Mean "age" > 1 where "id > 1", IsUnique "id",
                     DistinctValuesCount "id" > 1, ColumnValues "price" > 0 with threshold > 0.1, RowCount > 1 ]
           Analyzers = [ ColumnValues "age", ColumnValues "zip", ColumnLength "first", Uniqueness "kind" "id" ]"#,
    )
    .unwrap();
    let metrics = scan(&ruleset);
    let keys: Vec<_> = metrics.values().into_iter().map(|(key, _)| key).collect();
    assert_eq!(
        keys,
        [
            "Completeness(price)",
            "Compliance(ColumnValues \"price\" > 0)",
            "DistinctValuesCount(id)",
            "Maximum(age)",
            "MaximumLength(first)",
            "MaximumLength(zip)",
            "Mean(age) where id > 1",
            "Minimum(age)",
            "MinimumLength(first)",
            "MinimumLength(zip)",
            "RowCount",
            "Uniqueness(id)",
            "Uniqueness(kind,id)",
        ]
    );
    assert_eq!(metrics.value("Completeness(price)"), Some(0.875));
    let outcome = &evaluate(&ruleset, &metrics, &Surroundings)[5];
    assert_eq!(outcome.metric.as_deref(), Some("Compliance(ColumnValues \"price\" > 0)"));
}
