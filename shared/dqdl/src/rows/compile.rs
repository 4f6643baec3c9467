//! From conditions to tests that fit a column.

use regex::Regex;

use super::{
    Kind, ValueTest, instant,
    ordered::{Bound, Ordered},
    text::{Keywords, TextTest},
    value_test::Test,
};
use crate::{
    ast::{Comparison, Condition, DataTypeName, Duration, Literal, Number, Op, Operand},
    parse::full_match,
};

const MICROS_PER_DAY: i128 = 86_400_000_000;
/// Digits after the point of microseconds.
const MICROS: u32 = 6;

/// The test of a condition on a column of a kind; `now_us` is now in microseconds since the Unix epoch.
///
/// # Errors
/// In words why the condition does not fit the column.
pub(crate) fn compile(condition: &Condition, kind: Kind, now_us: i64) -> Result<ValueTest, String> {
    match condition {
        Condition::Values(comparison) => values(comparison, kind, now_us),
        Condition::Matches { pattern, negated } => {
            if kind != Kind::Text {
                return Err(format!("a regular expression matches texts, but the column is {}", kind.name()));
            }
            let regex = Regex::new(&full_match(pattern)).map_err(|error| error.to_string())?;
            Ok(ValueTest {
                test: Test::Texts(TextTest::Matches { regex, negated: *negated }),
                nulls_pass: false,
            })
        }
        Condition::Age(comparison) => age(comparison, kind, now_us),
        Condition::Number(comparison) => {
            if kind != Kind::Text {
                return Err(format!("only texts have a length, but the column is {}", kind.name()));
            }
            let bounds = comparison.try_map(|formula| {
                let number = formula.as_number().ok_or("a length is compared with a number")?;
                scaled(number, 0)
            })?;
            let length = Ordered::of(&bounds, false).narrow();
            // Null has the length 0.
            let nulls_pass = length.contains(0);
            Ok(ValueTest { test: Test::Texts(TextTest::Length(length)), nulls_pass })
        }
        Condition::DataType(name) => Ok(ValueTest { test: data_type(*name, kind), nulls_pass: true }),
    }
}

/// The test of a filter's comparison: as in SQL, where ends belong to between and nulls never pass.
pub(crate) fn compile_filter_literal(
    comparison: &Comparison<Literal>,
    kind: Kind,
) -> Result<ValueTest, String> {
    let operands = comparison.try_map(|literal| {
        Ok::<_, String>(match literal {
            Literal::Number(number) => Operand::Number(*number),
            Literal::Text(text) => Operand::Text(text.clone()),
            Literal::Bool(value) => Operand::Bool(*value),
        })
    })?;
    let operands = match operands {
        // Texts and floats have no next value, so their ends are two comparisons.
        Comparison::Between { low, high, negated } if matches!(kind, Kind::Text | Kind::Float) => {
            return inclusive(low, high, negated, kind);
        }
        other => other,
    };
    Ok(ValueTest { test: test(&operands, Keywords::default(), kind, 0, true)?, nulls_pass: false })
}

fn inclusive(low: Operand, high: Operand, negated: bool, kind: Kind) -> Result<ValueTest, String> {
    let test = match kind {
        Kind::Float => {
            let (low, high) = (float(&low)?, float(&high)?);
            // The neighbours outside, so that both ends are inside.
            Test::Floats(Comparison::Between { low: low.next_down(), high: high.next_up(), negated })
        }
        _ => Test::Texts(TextTest::Within { low: text(&low)?, high: text(&high)?, negated }),
    };
    Ok(ValueTest { test, nulls_pass: false })
}

/// The test of `like`.
pub(crate) fn compile_like(pattern: &str, negated: bool, kind: Kind) -> Result<ValueTest, String> {
    if kind != Kind::Text {
        return Err(format!("like is asked of texts, but the column is {}", kind.name()));
    }
    let mut expression = String::from("(?s)^");
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '%' => expression.push_str(".*"),
            '_' => expression.push('.'),
            '\\' => expression.push_str(&regex::escape(&characters.next().unwrap_or('\\').to_string())),
            other => expression.push_str(&regex::escape(&other.to_string())),
        }
    }
    expression.push('$');
    let regex = Regex::new(&expression).map_err(|error| error.to_string())?;
    Ok(ValueTest { test: Test::Texts(TextTest::Matches { regex, negated }), nulls_pass: false })
}

fn values(comparison: &Comparison<Operand>, kind: Kind, now_us: i64) -> Result<ValueTest, String> {
    let has = |keyword: &Operand| comparison.values().into_iter().any(|operand| operand == keyword);
    let has_null = has(&Operand::Null);
    let keywords = Keywords { empty: has(&Operand::Empty), whitespaces_only: has(&Operand::WhitespacesOnly) };
    if keywords != Keywords::default() && kind != Kind::Text {
        return Err(format!("only texts are EMPTY or WHITESPACES_ONLY, but the column is {}", kind.name()));
    }
    // A keyword is a set by itself.
    let (set, negated) = match comparison {
        Comparison::In { values, negated } => (values.as_slice(), *negated),
        Comparison::Compare(Op::Equal, value) => (std::slice::from_ref(value), false),
        Comparison::Compare(Op::NotEqual, value) => (std::slice::from_ref(value), true),
        _ => {
            let test = test(comparison, keywords, kind, now_us, false)?;
            return Ok(ValueTest { test, nulls_pass: false });
        }
    };
    let is_keyword =
        |operand: &&Operand| !matches!(operand, Operand::Null | Operand::Empty | Operand::WhitespacesOnly);
    let others: Vec<Operand> = set.iter().filter(is_keyword).cloned().collect();
    let nulls_pass = has_null != negated;
    let test = match others.as_slice() {
        [] if kind != Kind::Text => Test::Always(negated),
        [single] if kind != Kind::Text => {
            let op = if negated { Op::NotEqual } else { Op::Equal };
            test(&Comparison::Compare(op, single.clone()), keywords, kind, now_us, false)?
        }
        _ => test(&Comparison::In { values: others, negated }, keywords, kind, now_us, false)?,
    };
    Ok(ValueTest { test, nulls_pass })
}

fn test(
    comparison: &Comparison<Operand>,
    keywords: Keywords,
    kind: Kind,
    now_us: i64,
    inclusive: bool,
) -> Result<Test, String> {
    match kind {
        Kind::Int | Kind::Date | Kind::Time { .. } => {
            let bounds = comparison.try_map(|operand| bound(operand, kind, now_us))?;
            Ok(Test::Ints(Ordered::of(&bounds, inclusive).narrow()))
        }
        Kind::Decimal { .. } => {
            let bounds = comparison.try_map(|operand| bound(operand, kind, now_us))?;
            Ok(Test::Decimals(Ordered::of(&bounds, inclusive)))
        }
        Kind::Float => Ok(Test::Floats(comparison.try_map(float)?)),
        Kind::Bool => {
            let comparison = comparison.try_map(boolean)?;
            Ok(Test::Bools { yes: comparison.holds(&true), no: comparison.holds(&false) })
        }
        Kind::Text => texts(comparison, keywords),
    }
}

fn texts(comparison: &Comparison<Operand>, keywords: Keywords) -> Result<Test, String> {
    let set = |values: Vec<String>, inside| Ok(Test::Texts(TextTest::set(values, keywords, inside)));
    match comparison {
        Comparison::In { values, negated } => {
            set(values.iter().map(text).collect::<Result<_, _>>()?, !negated)
        }
        Comparison::Compare(Op::Equal, value) => set(vec![text(value)?], true),
        Comparison::Compare(Op::NotEqual, value) => set(vec![text(value)?], false),
        ordered => {
            if let Some(operand) = ordered.values().into_iter().find(|o| !matches!(o, Operand::Text(_))) {
                return Err(format!("texts have no order with {operand}"));
            }
            Ok(Test::Texts(TextTest::Order(ordered.try_map(text)?)))
        }
    }
}

fn age(comparison: &Comparison<Duration>, kind: Kind, now_us: i64) -> Result<ValueTest, String> {
    if !matches!(kind, Kind::Date | Kind::Time { .. }) {
        return Err(format!("only dates and instants have an age, but the column is {}", kind.name()));
    }
    let born = |duration: &Duration| {
        let us = i128::from(now_us) - i128::from(duration.us);
        at_kind(us, kind).ok_or_else(|| format!("{duration} ago is no instant"))
    };
    // The older, the earlier.
    let bounds = match comparison.try_map(born)? {
        Comparison::Compare(op, instant) => Comparison::Compare(op.flipped(), instant),
        Comparison::Between { low, high, negated } => Comparison::Between { low: high, high: low, negated },
        set => set,
    };
    Ok(ValueTest { test: Test::Ints(Ordered::of(&bounds, false).narrow()), nulls_pass: false })
}

fn bound(operand: &Operand, kind: Kind, now_us: i64) -> Result<Bound, String> {
    let misfit = || format!("the column is {}, which {operand} is not", kind.name());
    match kind {
        Kind::Date | Kind::Time { .. } => {
            let us = match operand {
                Operand::Now(moved) => i128::from(now_us) + i128::from(moved.us),
                Operand::Text(text) => instant::parse(text).map(i128::from).ok_or_else(misfit)?,
                _ => return Err(misfit()),
            };
            at_kind(us, kind).ok_or_else(misfit)
        }
        _ => {
            let scale = if let Kind::Decimal { scale } = kind { scale } else { 0 };
            scaled(number(operand).ok_or_else(misfit)?, scale)
        }
    }
}

/// An instant in the units of a column.
fn at_kind(us: i128, kind: Kind) -> Option<Bound> {
    if kind == Kind::Date {
        return Some(Bound {
            floor: us.div_euclid(MICROS_PER_DAY),
            exact: us.rem_euclid(MICROS_PER_DAY) == 0,
        });
    }
    let Kind::Time { scale } = kind else { return None };
    let (floor, exact) = Number { digits: us, scale: MICROS }.at_scale(scale)?;
    Some(Bound { floor, exact })
}

fn scaled(number: Number, scale: u32) -> Result<Bound, String> {
    let (floor, exact) = number.at_scale(scale).ok_or_else(|| format!("{number} has too many digits"))?;
    Ok(Bound { floor, exact })
}

fn number(operand: &Operand) -> Option<Number> {
    match operand {
        Operand::Number(number) => Some(*number),
        Operand::Text(text) => Number::parse(text.trim()),
        _ => None,
    }
}

fn float(operand: &Operand) -> Result<f64, String> {
    let misfit = || format!("the column is a floating-point number, which {operand} is not");
    number(operand).map(Number::as_f64).ok_or_else(misfit)
}

fn boolean(operand: &Operand) -> Result<bool, String> {
    match operand {
        Operand::Bool(value) => Ok(*value),
        Operand::Text(text) if text.eq_ignore_ascii_case("true") => Ok(true),
        Operand::Text(text) if text.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(format!("the column is true or false, which {operand} is not")),
    }
}

fn text(operand: &Operand) -> Result<String, String> {
    match operand {
        Operand::Text(text) => Ok(text.clone()),
        Operand::Number(number) => Ok(number.to_string()),
        Operand::Bool(value) => Ok(value.to_string()),
        _ => Err(format!("the column is a text, which {operand} is not")),
    }
}

fn data_type(name: DataTypeName, kind: Kind) -> Test {
    use DataTypeName::{Boolean, Date, Decimal, Double, Float, Integer, Long, String, Timestamp};
    match (kind, name) {
        (Kind::Text, name) => Test::Texts(TextTest::Reads(name)),
        (_, String)
        | (Kind::Bool, Boolean)
        | (Kind::Int, Long | Float | Double | Decimal)
        | (Kind::Decimal { .. }, Float | Double | Decimal)
        | (Kind::Float, Float | Double)
        | (Kind::Date, Date | Timestamp)
        | (Kind::Time { .. }, Timestamp) => Test::Always(true),
        (Kind::Int, Integer) => {
            let range = (i64::from(i32::MIN), i64::from(i32::MAX));
            Test::Ints(Ordered::Range { low: range.0, high: range.1, inside: true })
        }
        _ => Test::Always(false),
    }
}
