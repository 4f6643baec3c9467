//! Rows that break rules, labels, and rules that do not fit.

use arrow::datatypes::{DataType, Field, Schema};

use super::fixture::{NOW, table};
use crate::{Action, NoContext, Plan, Scan, Verdict, evaluate, parse};

fn failing(rule: &str) -> Vec<usize> {
    let ruleset = parse(&format!("Rules = [ {rule} ]")).unwrap_or_else(|error| panic!("{error}"));
    let table = table();
    let plan = Plan::new(&[&ruleset], &table.schema(), NOW).unwrap();
    let failing = plan.failing_rows(&table).unwrap();
    assert_eq!(failing.len(), 1, "{rule}");
    assert_eq!(failing[0].0, 0);
    // As many as the verdict counts.
    let mut scan = Scan::new(&plan);
    scan.update(&table).unwrap();
    let outcome = evaluate(&ruleset, &scan.finish(), &NoContext).remove(0);
    let rows: Vec<usize> = (0..8).filter(|row| failing[0].1.value(*row)).collect();
    assert_eq!(outcome.failing_rows, Some(rows.len() as u64), "{rule}");
    rows
}

#[test]
fn rows_that_break_rules_are_told() {
    let by_row = "labels=[\"compositeRuleEvaluation.method\"=\"ROW\"]";
    for (rule, rows) in [
        ("IsComplete \"age\"".to_owned(), vec![2]),
        ("Completeness \"order_date\" > 0.1".to_owned(), vec![6]),
        ("ColumnValues \"price\" > 0".to_owned(), vec![3, 5, 6]),
        ("ColumnValues \"price\" > 0 where \"id > 4\"".to_owned(), vec![5, 6]),
        ("ColumnValues \"age\" != 21".to_owned(), vec![1]),
        ("ColumnLength \"zip\" = 5".to_owned(), vec![1, 2, 3]),
        ("ColumnDataType \"numeral\" = \"Integer\"".to_owned(), vec![7]),
        ("DataFreshness \"order_date\" <= 24 hours with threshold > 0.1".to_owned(), vec![3, 4, 5, 6, 7]),
        ("ColumnValues \"country\" matches \"[A-Z]{2}\"".to_owned(), vec![2, 3, 4]),
        (format!("((ColumnValues \"age\" > 21) or (ColumnValues \"age\" = NULL)) {by_row}"), vec![1, 7]),
        (
            format!("((IsComplete \"age\") and (ColumnValues \"price\" > 0 where \"id > 4\")) {by_row}"),
            vec![2, 5, 6],
        ),
    ] {
        assert_eq!(failing(&rule), rows, "{rule}");
    }
}

#[test]
fn rules_without_rows_tell_none_and_wanted_ones_are_picked() {
    let first =
        parse("Rules = [ IsUnique \"id\", IsComplete \"age\", (IsComplete \"id\") and (RowCount > 1) ]")
            .unwrap();
    let second = parse("Rules = [ ColumnValues \"age\" > 0 ]").unwrap();
    let table = table();
    let plan = Plan::new(&[&first, &second], &table.schema(), NOW).unwrap();
    let rules: Vec<usize> = plan.failing_rows(&table).unwrap().iter().map(|(rule, _)| *rule).collect();
    assert_eq!(rules, [1, 3]);
    assert_eq!(plan.failing_rows_of(&table, |rule| rule == 3).unwrap().len(), 1);
    assert_eq!(plan.columns(), ["id", "age"]);
}

#[test]
fn labels_decide_what_happens() {
    let text = r#"DefaultLabels = ["severity"="warn", "team"="shop"]
        Rules = [
            RowCount > 0,
            RowCount > 1 labels=["severity"="block"],
            IsComplete "age" labels=["action"="quarantine"],
            IsUnique "id" labels=["action"="warn", "severity"="block"],
            ((IsComplete "id") and (IsComplete "age")) labels=["action"="quarantine", "compositeRuleEvaluation.method"="ROW"]
        ]"#;
    let actions: Vec<_> = parse(text).unwrap().rules.iter().map(|rule| rule.action()).collect();
    assert_eq!(actions, [Action::Warn, Action::Block, Action::Quarantine, Action::Warn, Action::Quarantine]);
    let plain = parse("DefaultLabels=[\"action\"=\"quarantine\"] Rules = [ RowCount > 0, IsComplete \"a\" ]")
        .unwrap();
    assert_eq!(plain.rules[0].action(), Action::Block);
    assert_eq!(plain.rules[1].action(), Action::Quarantine);
    assert!(Action::Warn < Action::Quarantine && Action::Quarantine < Action::Block);
}

#[test]
fn rules_that_do_not_fit_are_all_named() {
    let text = r#"Rules = [
        IsComplete "nothing",
        ColumnValues "age" matches "a",
        ColumnValues "age" = "old",
        ColumnLength "age" > 3,
        Mean "zip" > 3,
        DataFreshness "age" < 3 days,
        ColumnValues "age" = EMPTY,
        ColumnValues "zip" > 3,
        RowCount > 1 where "zip = 3 and nothing = 1",
        RowCount > 1 where "age = zip",
        RowCount > 1 where "age like 'a'",
        RowCount > 1 where "age",
        ColumnExists "nothing",
        RowCount > 1
    ]"#;
    let ruleset = parse(text).unwrap();
    let schema = table().schema();
    let error = Plan::new(&[&ruleset], &schema, NOW).unwrap_err();
    let lines: Vec<usize> = error.problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, (2..=13).collect::<Vec<_>>(), "{error}");
    assert!(error.problems.iter().all(|problem| problem.column == 9));
    assert_eq!(error.problems[0].message, "there is no column nothing");

    // The others still say something.
    let (plan, problems) = Plan::partial(&[&ruleset], &schema, NOW);
    assert_eq!(problems.len(), 12);
    let mut scan = Scan::new(&plan);
    scan.update(&table()).unwrap();
    let outcomes = evaluate(&ruleset, &scan.finish(), &NoContext);
    assert_eq!(outcomes[0].verdict, Verdict::Error("there is no column nothing".into()));
    assert!(
        outcomes[..12].iter().all(|outcome| matches!(outcome.verdict, Verdict::Error(_))),
        "{outcomes:?}"
    );
    assert_eq!((&outcomes[12].verdict, &outcomes[13].verdict), (&Verdict::Fail, &Verdict::Pass));
}

#[test]
fn batches_of_another_table_are_refused() {
    let ruleset = parse("Rules = [ IsComplete \"age\" ]").unwrap();
    let schema = Schema::new(vec![Field::new("age", DataType::Utf8, true)]);
    let plan = Plan::new(&[&ruleset], &schema, NOW).unwrap();
    let mut scan = Scan::new(&plan);
    assert!(scan.update(&table()).unwrap_err().to_string().contains("column age is of type Int64"));
    assert!(scan.update(&table().project(&[0]).unwrap()).unwrap_err().to_string().contains("no column age"));
}

#[test]
fn no_rows_break_nothing() {
    let ruleset = parse(
        "Rules = [ RowCount = 0, IsComplete \"age\", IsPrimaryKey \"id\", ColumnValues \"age\" > 1, Mean \"age\" > 1,
                   ColumnLength \"zip\" > 1, ColumnCorrelation \"id\" \"age\" > 0, DistinctValuesCount \"zip\" = 0 ]",
    )
    .unwrap();
    let table = table();
    let plan = Plan::new(&[&ruleset], &table.schema(), NOW).unwrap();
    for batches in [vec![], vec![table.slice(0, 0)]] {
        let mut scan = Scan::new(&plan);
        for batch in &batches {
            scan.update(batch).unwrap();
        }
        for outcome in evaluate(&ruleset, &scan.finish(), &NoContext) {
            assert!(matches!(outcome.verdict, Verdict::Pass | Verdict::Skip(_)), "{outcome:?}");
        }
    }
}
