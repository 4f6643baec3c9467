//! Printed rulesets are read as the same rulesets, and no text makes the parser panic.

use proptest::prelude::*;

use super::documented::EXAMPLES;
use crate::{
    Aggregate, Check, Comparison, Condition, Duration, Expression, Formula, Last, Number, Op, Operand,
    Operator, Rule, RuleType, Ruleset, Season, parse,
};

/// A ruleset without what depends on how it was written.
fn stripped(mut ruleset: Ruleset) -> Ruleset {
    fn strip(expression: &mut Expression) {
        match expression {
            Expression::Check(check) => (check.line, check.column) = (0, 0),
            Expression::All(parts) | Expression::Any(parts) => parts.iter_mut().for_each(strip),
        }
    }
    for rule in &mut ruleset.rules {
        (rule.line, rule.column, rule.text) = (0, 0, String::new());
        strip(&mut rule.expression);
    }
    for check in &mut ruleset.analyzers {
        (check.line, check.column) = (0, 0);
    }
    ruleset
}

#[test]
fn documented_rules_survive_printing() {
    for example in EXAMPLES {
        let ruleset = parse(&format!("Rules = [ {example} ]")).unwrap();
        let printed = ruleset.to_string();
        let again = parse(&printed).unwrap_or_else(|error| panic!("{example}\n{error}"));
        assert_eq!(stripped(again), stripped(ruleset), "{printed}");
    }
    let whole = "Metadata = {\"a\": [\"b\", \"c\\\"\"]} DefaultLabels = [\"x\"=\"y\"] \
                 Rules = [ RowCount > 1, ((RowCount > 1) or (RowCount < 9)) labels=[\"a\"=\"b\"] ] \
                 Analyzers = [ Mean \"a\" ]";
    let ruleset = parse(whole).unwrap();
    assert_eq!(stripped(parse(&ruleset.to_string()).unwrap()), stripped(ruleset));
}

/// What was printed was another ruleset once, or none.
#[test]
fn labels_by_default_and_parts_of_seconds_survive_printing() {
    for text in [
        "DefaultLabels = [\"action\"=\"quarantine\"] Rules = [ RowCount > 1, IsComplete \"a\" ]",
        "DefaultLabels = [\"a\"=\"b\"] Rules = [ RowCount > 1 labels=[\"a\"=\"c\"], RowCount > 2 labels=[\"a\"=\"b\"] ]",
        "Rules = [ DataFreshness \"t\" <= 0.5 seconds, ColumnValues \"t\" > (now() - 1.000001 seconds) ]",
    ] {
        let ruleset = parse(text).unwrap();
        let printed = ruleset.to_string();
        let again = parse(&printed).unwrap_or_else(|error| panic!("{text}\n{error}"));
        assert_eq!(stripped(again), stripped(ruleset), "{printed}");
    }
}

fn number() -> impl Strategy<Value = Number> {
    (-100_000i128..100_000, 0u32..4).prop_map(|(digits, scale)| Number { digits, scale })
}

fn last(least: u32) -> impl Strategy<Value = Last> {
    let season =
        prop::sample::select(vec![Season::Any, Season::HourOfWeek, Season::HourOfDay, Season::DayOfWeek]);
    (least..20, season).prop_map(|(k, season)| Last { k, season })
}

fn formula() -> impl Strategy<Value = Formula> {
    let function = prop::sample::select(vec![
        Aggregate::Avg,
        Aggregate::Median,
        Aggregate::Max,
        Aggregate::Min,
        Aggregate::Sum,
        Aggregate::Std,
        Aggregate::Percentile(Number { digits: 9, scale: 1 }),
        Aggregate::Index(1),
    ]);
    let leaf = prop_oneof![
        number().prop_map(Formula::Number),
        last(1).prop_map(|last| Formula::Last(Last { k: 1, ..last })),
        (function, last(2)).prop_map(|(function, last)| Formula::Aggregate(function, last)),
    ];
    leaf.prop_recursive(3, 12, 2, |inner| {
        let operator = prop::sample::select(vec![
            Operator::Add,
            Operator::Subtract,
            Operator::Multiply,
            Operator::Divide,
        ]);
        prop_oneof![
            inner.clone().prop_map(|formula| Formula::Abs(Box::new(formula))),
            // A negated number is a number.
            inner
                .clone()
                .prop_filter("a number", |formula| !matches!(formula, Formula::Number(_)))
                .prop_map(|formula| Formula::Negate(Box::new(formula))),
            (inner.clone(), operator, inner).prop_map(|(left, operator, right)| Formula::Binary(
                Box::new(left),
                operator,
                Box::new(right)
            )),
        ]
    })
}

fn operator() -> impl Strategy<Value = Op> {
    prop::sample::select(vec![
        Op::Equal,
        Op::NotEqual,
        Op::Less,
        Op::LessOrEqual,
        Op::Greater,
        Op::GreaterOrEqual,
    ])
}

fn values() -> impl Strategy<Value = Comparison<Operand>> {
    let operand = || {
        prop_oneof![
            number().prop_map(Operand::Number),
            any::<String>().prop_map(Operand::Text),
            any::<bool>().prop_map(Operand::Bool),
            (-1_000i64..1_000).prop_map(|hours| Operand::Now(Duration { us: hours * 3_600_000_000 })),
        ]
    };
    let in_set =
        prop_oneof![operand(), Just(Operand::Null), Just(Operand::Empty), Just(Operand::WhitespacesOnly)];
    prop_oneof![
        (operator(), operand()).prop_map(|(op, operand)| Comparison::Compare(op, operand)),
        (prop::collection::vec(in_set, 1..5), any::<bool>())
            .prop_map(|(values, negated)| Comparison::In { values, negated }),
    ]
}

fn check() -> impl Strategy<Value = Check> {
    let name = "[ -~äé]{0,6}[a-z]";
    let made = |rule_type, parameters, condition| Check {
        rule_type,
        parameters,
        condition,
        filter: None,
        threshold: None,
        line: 0,
        column: 0,
    };
    prop_oneof![
        (name, operator(), formula()).prop_map(move |(column, op, formula)| {
            let condition = Condition::Number(Comparison::Compare(op, formula));
            made(RuleType::Mean, vec![column], Some(condition))
        }),
        (name, values()).prop_map(move |(column, values)| {
            made(RuleType::ColumnValues, vec![column], Some(Condition::Values(values)))
        }),
        name.prop_map(move |column| made(RuleType::IsComplete, vec![column], None)),
    ]
}

fn expression() -> impl Strategy<Value = Expression> {
    check().prop_map(|check| Expression::Check(Box::new(check))).prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expression::All),
            prop::collection::vec(inner, 2..4).prop_map(Expression::Any),
        ]
    })
}

/// Pieces of rules in any order.
fn soup() -> impl Strategy<Value = String> {
    let pieces = vec![
        "Rules",
        "=",
        "[",
        "]",
        "(",
        ")",
        ",",
        "RowCount",
        "ColumnValues",
        "\"a\"",
        "\"",
        "and",
        "or",
        "not",
        "in",
        "between",
        "matches",
        "where",
        "with",
        "threshold",
        "labels",
        ">",
        "<=",
        "!=",
        "10",
        "0.5",
        "-",
        "+",
        "*",
        "/",
        "last(10)",
        "avg",
        "now()",
        "3 days",
        "NULL",
        "EMPTY",
        "#",
        "//",
        "\n",
        "{",
        "}",
        ":",
        "$x",
        "Metadata",
        "DefaultLabels",
        "Analyzers",
        "'",
        "\\",
        "é",
        "\"a = 'b' and not (c in (1, 2))\"",
        "\"[\"",
        "ColumnDataType",
        "ReferentialIntegrity",
        "\"r.{a,b\"",
        "DetectAnomalies",
        "\"Mean\"",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..40).prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn printed_rulesets_are_read_again(expressions in prop::collection::vec(expression(), 0..4)) {
        let rule = |expression| Rule { text: String::new(), line: 0, column: 0, expression, labels: Default::default() };
        let ruleset = Ruleset { rules: expressions.into_iter().map(rule).collect(), ..Ruleset::default() };
        let printed = ruleset.to_string();
        match parse(&printed) {
            Ok(again) => prop_assert_eq!(stripped(again), ruleset, "{}", printed),
            Err(error) => prop_assert!(false, "{}\n{}", error, printed),
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        let _ = parse(&text).map_err(|error| error.to_string());
        let _ = parse(&format!("Rules = [ ColumnValues \"a\" {text} ]")).map_err(|error| error.to_string());
        let _ = parse(&format!("Rules = [ RowCount > 1 where \"{text}\" ]")).map_err(|error| error.to_string());
    }

    #[test]
    fn no_pieces_make_it_panic(text in soup()) {
        let _ = parse(&text).map_err(|error| error.to_string());
        let _ = parse(&format!("Rules = [ {text} ]")).map_err(|error| error.to_string());
    }
}
