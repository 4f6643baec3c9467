//! Rulesets as they are understood.

mod condition;
mod formula;
mod number;
mod predicate;
mod print;
mod rule;
mod rule_type;

pub use condition::{Comparison, Condition, Duration, Op, Operand};
pub use formula::{Aggregate, Formula, Last, Operator, Season};
pub use number::Number;
pub use predicate::{Literal, Predicate};
pub use rule::{Action, Check, Expression, Filter, Labels, Rule, Ruleset};
pub(crate) use rule_type::Takes;
pub use rule_type::{DataTypeName, RuleType};

/// Words of the filter's language, which no column is called by without backticks.
pub(crate) const SQL_WORDS: [&str; 11] =
    ["and", "or", "not", "in", "between", "is", "null", "like", "true", "false", "date"];

/// A text in quotes, as a ruleset has it.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
