//! What a ruleset needs besides the rows, so that it can be there when the rules are judged.

use crate::ast::{Check, Condition, Formula, Last, RuleType, Ruleset, Season};
use crate::evaluate::ANOMALY_HISTORY;
use crate::reference::Reference;

impl Ruleset {
    /// The earlier values that its rules ask for.
    pub fn history(&self) -> Vec<Last> {
        let mut lasts = Vec::new();
        for check in self.checks() {
            if check.rule_type == RuleType::DetectAnomalies {
                lasts.push(Last { k: ANOMALY_HISTORY as u32, season: Season::Any });
            }
            for condition in check.condition.iter().chain(&check.threshold) {
                if let Condition::Number(comparison) = condition {
                    comparison.values().into_iter().for_each(|formula| collect(formula, &mut lasts));
                }
            }
        }
        lasts
    }

    /// Tables and columns that its rules look for values in.
    pub fn references(&self) -> Vec<(String, Vec<String>)> {
        let parse = |check: &&Check| match check.parameters.as_slice() {
            [columns, other] if check.rule_type == RuleType::ReferentialIntegrity => {
                Reference::parse(columns, other).ok()
            }
            _ => None,
        };
        let references = self.checks().filter_map(|check| parse(&check));
        references.map(|reference| (reference.alias, reference.reference_columns)).collect()
    }

    /// Whether any of its rules is a query.
    pub fn asks_sql(&self) -> bool {
        self.checks().any(|check| check.rule_type == RuleType::CustomSql)
    }

    fn checks(&self) -> impl Iterator<Item = &Check> {
        self.rules.iter().flat_map(|rule| rule.expression.checks())
    }
}

fn collect(formula: &Formula, lasts: &mut Vec<Last>) {
    match formula {
        Formula::Number(_) => {}
        Formula::Last(last) | Formula::Aggregate(_, last) => lasts.push(*last),
        Formula::Abs(inner) | Formula::Negate(inner) => collect(inner, lasts),
        Formula::Binary(left, _, right) => {
            collect(left, lasts);
            collect(right, lasts);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    #[test]
    fn what_rules_need_is_found_in_all_their_parts() {
        let rules = parse(
            r#"Rules = [
                RowCount > avg(last(5)) * 0.5 + min(last(3, "hour of week")),
                (IsComplete "a") and (ReferentialIntegrity "a,b" "other.{c,d}" > 0.9),
                DetectAnomalies "RowCount"
            ]"#,
        );
        let rules = rules.unwrap();
        let any = |k| Last { k, season: Season::Any };
        assert_eq!(rules.history(), [any(5), Last { k: 3, season: Season::HourOfWeek }, any(60)]);
        assert_eq!(rules.references(), [("other".to_owned(), vec!["c".to_owned(), "d".to_owned()])]);
        assert!(!rules.asks_sql());
        assert!(parse(r#"Rules = [ CustomSql "select count(*) from primary" > 0 ]"#).unwrap().asks_sql());
    }
}
