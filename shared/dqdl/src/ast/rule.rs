//! Rules and rulesets.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Condition, Predicate, RuleType};

/// Labels by key.
pub type Labels = BTreeMap<String, String>;

/// What happens when a rule fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Somebody is told.
    Warn,
    /// The rows that break the rule are set aside, the others go on.
    Quarantine,
    /// The whole batch is held back.
    Block,
}

/// The rules of a table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ruleset {
    /// What the ruleset says of itself; not interpreted.
    pub metadata: Vec<(String, Vec<String>)>,
    /// Labels of every rule that has none of the same key.
    pub default_labels: Labels,
    /// The rules.
    pub rules: Vec<Rule>,
    /// Measures that are taken without a rule.
    pub analyzers: Vec<Check>,
}

/// One rule of a ruleset.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// As written, without its labels.
    pub text: String,
    /// Line that it starts on, counted from 1.
    pub line: usize,
    /// Character that it starts at, counted from 1.
    pub column: usize,
    /// What must hold.
    pub expression: Expression,
    /// Its own labels and the ruleset's.
    pub labels: Labels,
}

/// A check, or several joined.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// One.
    Check(Box<Check>),
    /// `(a) and (b)`
    All(Vec<Expression>),
    /// `(a) or (b)`
    Any(Vec<Expression>),
}

/// `RuleType "parameter" condition where "..." with threshold ...`
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// Type.
    pub rule_type: RuleType,
    /// Columns, or what else the type takes.
    pub parameters: Vec<String>,
    /// What must hold; none if the type itself says it.
    pub condition: Option<Condition>,
    /// Which rows are looked at; none for all.
    pub filter: Option<Filter>,
    /// What the share of the rows that fulfil the condition must be; none for all of them.
    pub threshold: Option<Condition>,
    /// Line that it starts on, counted from 1.
    pub line: usize,
    /// Character that it starts at, counted from 1.
    pub column: usize,
}

/// The rows that a rule looks at.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// As written.
    pub text: String,
    /// As understood.
    pub predicate: Predicate,
}

impl Rule {
    pub(crate) const SEVERITY: &'static str = "severity";
    pub(crate) const ACTION: &'static str = "action";
    /// Named after AWS Glue's option of the same meaning.
    pub(crate) const SCOPE: &'static str = "compositeRuleEvaluation.method";

    /// What happens when it fails: the label `action`, else the label `severity`, else block. To set rows aside, the
    /// rule must be able to tell which; one that cannot and has the label by default blocks.
    pub fn action(&self) -> Action {
        let label = |key| self.labels.get(key).map(String::as_str);
        match (label(Self::ACTION), label(Self::SEVERITY)) {
            (Some("quarantine"), _) if self.is_row_level() => Action::Quarantine,
            (Some("warn"), _) => Action::Warn,
            (Some("block"), _) => Action::Block,
            (_, Some("warn")) => Action::Warn,
            _ => Action::Block,
        }
    }

    /// Whether a composite rule is asked of each row, instead of asking each part of the whole table and joining the
    /// answers: by the label `compositeRuleEvaluation.method`, as AWS Glue's option.
    pub fn is_by_row(&self) -> bool {
        self.labels.get(Self::SCOPE).is_some_and(|method| method == "ROW")
            && !matches!(self.expression, Expression::Check(_))
            && self.expression.can_be_by_row()
    }

    /// Whether the rows that break it can be told.
    pub fn is_row_level(&self) -> bool {
        match &self.expression {
            Expression::Check(check) => check.rule_type.is_row_level(),
            _ => self.is_by_row(),
        }
    }
}

impl Expression {
    /// All checks in it, in order.
    pub fn checks(&self) -> Vec<&Check> {
        match self {
            Self::Check(check) => vec![check],
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::checks).collect(),
        }
    }

    /// Whether every part asks something of single rows, and asks it of all of them.
    pub(crate) fn can_be_by_row(&self) -> bool {
        self.checks().iter().all(|check| {
            let row_level = check.rule_type.is_row_level() && check.rule_type != RuleType::Completeness;
            row_level && check.threshold.is_none()
        })
    }
}
