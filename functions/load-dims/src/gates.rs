//! Gates: what a dimension has to be before anyone can read it.

use std::fmt;

use estrella_check_quality::Asked;
use estrella_contracts::{CheckResult, Outcome};
use estrella_core::star::Attributes;
use estrella_lake::Table;
use estrella_runtime::Gates;
use serde::{Deserialize, Serialize};

use crate::heads::said;

/// The summary property with the number of rows of the shop's database that are current.
pub(crate) const CURRENT_PROPERTY: &str = "estrella.current-rows";

/// What was written of a dimension, in figures.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    /// Whether the shop's database has a say in it.
    in_source: bool,
    /// Current rows of the shop's database.
    pub(crate) current: u64,
    /// Keys that have events.
    seen: u64,
    /// Those of them that the shop's database never had.
    orphans: u64,
    /// Rows whose versions overlap, are not in order, or are current more than once.
    confused: u64,
    /// Surrogate keys, to find one that two rows have.
    surrogates: Vec<i64>,
}

/// A gate that does not let a dimension through.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeldBack {
    /// Dimension, like `model.dim_users`.
    pub table: String,
    /// `key_unique`, `versions_in_order`, `shrinkage` or `orphans`; of a rule its id, like `dim_users:12`.
    pub gate: String,
    /// What was found; rows, or percent. None of a rule that could not be asked.
    pub observed: Option<f64>,
    /// What is allowed, in the same unit; none of a rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<f64>,
    /// The rule, and what it expects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

impl HeldBack {
    fn by_rule(table: &str, result: &CheckResult) -> Self {
        let rule = result.rule.as_deref().unwrap_or(&result.name);
        Self {
            table: table.to_owned(),
            gate: result.rule_id.clone().unwrap_or_else(|| result.name.clone()),
            observed: result.observed,
            allowed: None,
            rule: Some(format!("{rule}, expected {}", result.expected)),
        }
    }
}

/// The rules that hold a dimension back.
pub(crate) fn held_by_rules(table: &str, asked: &Asked) -> Vec<HeldBack> {
    let blocking = asked.results.iter().filter(|result| result.outcome == Outcome::Block);
    blocking.map(|result| HeldBack::by_rule(table, result)).collect()
}

/// For people: what was found, and what is allowed.
impl fmt::Display for HeldBack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} is ", self.table, self.gate)?;
        match self.observed {
            Some(observed) => write!(f, "{observed:.1}")?,
            None => f.write_str("unknown")?,
        }
        match (self.allowed, &self.rule) {
            (Some(allowed), _) => write!(f, ", allowed is {allowed:.1}"),
            (None, Some(rule)) => write!(f, ", the rule is {rule}"),
            (None, None) => Ok(()),
        }
    }
}

impl Counted {
    pub(crate) fn new(in_source: bool) -> Self {
        Self { in_source, ..Self::default() }
    }

    /// Counts a key in all its versions; `is_same_row` tells whether two of them are of one row of the source.
    pub(crate) fn count(
        &mut self,
        has_events: bool,
        versions: &[Attributes],
        is_same_row: impl Fn(&Attributes, &Attributes) -> bool,
        surrogate: impl Fn(&Attributes) -> i64,
    ) {
        if !self.in_source {
            return;
        }
        let known = versions.iter().any(|version| version.values.is_some());
        self.seen += u64::from(has_events);
        self.orphans += u64::from(has_events && !known);
        self.current += versions.iter().filter(|v| v.is_current() && v.values.is_some()).count() as u64;
        self.confused += u64::from(!are_in_order(versions, is_same_row));
        self.surrogates.extend(versions.iter().map(surrogate));
    }

    /// The gates that hold the dimension back; `before` is as it is.
    pub(crate) fn judge(&mut self, before: &Table, gates: &Gates) -> Vec<HeldBack> {
        let table = before.schema().full_name();
        let mut held = Vec::new();
        let mut gate = |gate: &str, observed: f64, allowed: f64| {
            if observed > allowed {
                let (observed, allowed) = (Some(observed), Some(allowed));
                held.push(HeldBack {
                    table: table.clone(),
                    gate: gate.to_owned(),
                    observed,
                    allowed,
                    rule: None,
                });
            }
        };
        self.surrogates.sort_unstable();
        let twice = self.surrogates.windows(2).filter(|pair| pair[0] == pair[1]).count();
        gate("key_unique", twice as f64, 0.0);
        gate("versions_in_order", self.confused as f64, 0.0);
        if gates.accept {
            return held;
        }
        let current = said(before, CURRENT_PROPERTY).and_then(|current| current.parse::<u64>().ok());
        if let Some(current) = current.filter(|current| *current > 0) {
            let lost = current.saturating_sub(self.current);
            gate("shrinkage", 100.0 * lost as f64 / current as f64, gates.max_shrink_percent);
        }
        if self.seen > 0 {
            gate("orphans", 100.0 * self.orphans as f64 / self.seen as f64, gates.max_orphan_percent);
        }
        held
    }
}

/// Whether versions follow each other, half-open, and only the last of a row can be current.
fn are_in_order(versions: &[Attributes], is_same_row: impl Fn(&Attributes, &Attributes) -> bool) -> bool {
    versions.iter().all(|v| v.valid_to.is_none_or(|end| v.valid_from <= end))
        && versions.windows(2).all(|pair| {
            !is_same_row(&pair[0], &pair[1]) || pair[0].valid_to.is_some_and(|end| end <= pair[1].valid_from)
        })
}
