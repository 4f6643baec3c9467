//! The Data Quality Definition Language of AWS Glue: rules about tables, read from text, measured in one pass over the
//! rows, and judged with what was measured before.
//!
//! [`parse`] reads a [`Ruleset`]; a [`Plan`] fits it to a table; a [`Scan`] collects what the plan needs, in parts that
//! merge; [`evaluate`] judges the [`Metrics`] that come of it. What else rules need - history, other tables, answers to
//! queries - comes from a [`Context`]. There is no clock, no reading and no writing here.
//!
//! What is supported and where it differs from AWS Glue is in docs/rules.md.

mod ast;
mod evaluate;
mod measure;
mod metric;
mod needs;
mod parse;
mod plan;
mod reference;
mod rows;
mod scan;
mod shipped;

pub use ast::{
    Action, Aggregate, Check, Comparison, Condition, DataTypeName, Duration, Expression, Filter, Formula,
    Labels, Last, Literal, Number, Op, Operand, Operator, Predicate, Rule, RuleType, Ruleset, Season,
};
pub use evaluate::{Context, NoContext, Outcome, SqlAnswer, Verdict, evaluate};
pub use measure::hash_rows;
pub use parse::{ParseError, parse};
pub use plan::{Plan, PlanError, Problem};
pub use scan::{Metrics, Scan};
pub use shipped::shipped;

#[cfg(test)]
mod tests;
