//! Rules in DQDL.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Decimal128Array, Int64Array, RecordBatch, StringArray};
use arrow::array::{Float64Array, TimestampMicrosecondArray};
use estrella_dqdl::{Check, Expression, NoContext, ParseError, Plan, Ruleset, Scan, evaluate, parse};

/// 2022-06-30 12:00:00 UTC, in microseconds since the Unix epoch.
const NOW_US: i64 = 1_656_590_400_000_000;

/// Any text is a ruleset or an error that shows a place in it. Printed and read again it is the same ruleset, and every
/// rule comes to something, whatever table it is asked of.
pub fn rules(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match parse(text) {
        Ok(ruleset) => understood(ruleset),
        Err(error) => shown(&error, text),
    }
    // A section and a rule take long to guess.
    let filter = text.replace('\\', "\\\\").replace('"', "\\\"");
    for text in [format!("Rules = [ {text} ]"), format!("Rules = [ RowCount > 1 where \"{filter}\" ]")] {
        match parse(&text) {
            Ok(ruleset) => understood(ruleset),
            Err(error) => shown(&error, &text),
        }
    }
}

fn shown(error: &ParseError, text: &str) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines: Vec<&str> = text.split('\n').collect();
    assert!((1..=lines.len()).contains(&error.line), "{error}");
    let characters = lines[error.line - 1].chars().count();
    assert!((1..=characters + 1).contains(&error.column), "{error}");
    assert!(!error.message.is_empty(), "{error}");
    assert!(error.to_string().contains(&format!("line {}, column {}", error.line, error.column)));
}

fn understood(mut ruleset: Ruleset) {
    let printed = ruleset.to_string();
    let mut again = match parse(&printed) {
        Ok(again) => again,
        Err(error) => panic!("{error}\n{printed}"),
    };
    judged(&ruleset);
    strip(&mut ruleset);
    strip(&mut again);
    assert_eq!(again, ruleset, "{printed}");
}

/// Leaves out what depends on how it was written.
fn strip(ruleset: &mut Ruleset) {
    fn of_check(check: &mut Check) {
        (check.line, check.column) = (0, 0);
    }
    fn of_expression(expression: &mut Expression) {
        match expression {
            Expression::Check(check) => of_check(check),
            Expression::All(parts) | Expression::Any(parts) => parts.iter_mut().for_each(of_expression),
        }
    }
    for rule in &mut ruleset.rules {
        (rule.line, rule.column, rule.text) = (0, 0, String::new());
        of_expression(&mut rule.expression);
    }
    ruleset.analyzers.iter_mut().for_each(of_check);
}

fn judged(ruleset: &Ruleset) {
    let table = match table() {
        Ok(table) => table,
        Err(error) => panic!("{error}"),
    };
    let (plan, _problems) = Plan::partial(&[ruleset], &table.schema(), NOW_US);
    let mut scan = Scan::new(&plan);
    for batch in [table.slice(0, 0), table] {
        let scanned = scan.update(&batch);
        assert!(scanned.is_ok(), "{scanned:?}");
    }
    let outcomes = evaluate(ruleset, &scan.finish(), &NoContext);
    assert_eq!(outcomes.len(), ruleset.rules.len(), "every rule comes to something");
}

/// One-letter names, which are soon guessed, and values at the ends of what there is.
fn table() -> Result<RecordBatch, arrow::error::ArrowError> {
    let prices = Decimal128Array::from(vec![Some(100), None, Some(-999_999_999_999)]);
    let columns: [(&str, ArrayRef); 6] = [
        ("a", Arc::new(Int64Array::from(vec![Some(i64::MIN), None, Some(i64::MAX)]))),
        ("b", Arc::new(StringArray::from(vec![Some(""), None, Some("é\0 'x' \"y\"")]))),
        ("c", Arc::new(prices.with_precision_and_scale(12, 2)?)),
        ("d", Arc::new(Float64Array::from(vec![f64::NAN, f64::INFINITY, -0.0]))),
        ("e", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]))),
        (
            "t",
            Arc::new(TimestampMicrosecondArray::from(vec![i64::MIN, NOW_US, i64::MAX]).with_timezone("UTC")),
        ),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true)))
}
