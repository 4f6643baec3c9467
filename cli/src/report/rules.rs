//! Rules and what they said.

use std::collections::BTreeMap;

use arrow::array::Array;
use estrella_core::schema::QUALITY_RESULTS;
use estrella_lake::Result;
use estrella_report::{Rule, RuleOutcome, RuleResult};

use super::read::{Read, number, optional};

/// Results that are shown of a rule.
const MAX_RESULTS: usize = 60;

/// Rules by table and place, each with its last results, oldest first.
pub(super) async fn rules(read: &Read<'_>) -> Result<Vec<Rule>> {
    const COLUMNS: [&str; 8] =
        ["checked_at", "check_name", "column_name", "outcome", "observed", "expected", "rule_id", "rule"];
    let mut rules: BTreeMap<String, Rule> = BTreeMap::new();
    for group in read.columns(&QUALITY_RESULTS, &COLUMNS, None).await? {
        let (checked, names, columns) =
            (group.times_ms("checked_at")?, group.texts("check_name")?, group.texts("column_name")?);
        let (outcomes, expected) = (group.texts("outcome")?, group.texts("expected")?);
        let (ids, texts, observed) =
            (group.texts("rule_id")?, group.texts("rule")?, group.doubles("observed")?);
        for (row, &at_ms) in checked.iter().enumerate() {
            let column = optional(columns, row).map(|column| format!(" of {column}")).unwrap_or_default();
            let built_in = format!("{}{column}", names.value(row));
            let id = optional(ids, row).unwrap_or_else(|| format!("built in: {built_in}"));
            let rule = rules.entry(id.clone()).or_insert_with(|| Rule { id: id.clone(), ..Rule::default() });
            if rule.results.last().is_none_or(|last| last.at_ms <= at_ms) {
                rule.table = id
                    .split_once(':')
                    .filter(|_| ids.is_valid(row))
                    .map_or("clean_events", |(set, _)| set)
                    .to_owned();
                rule.text = optional(texts, row).unwrap_or(built_in);
                rule.expected = expected.value(row).to_owned();
            }
            rule.results.push(RuleResult {
                at_ms,
                outcome: outcome(outcomes.value(row)),
                observed: number(observed, row),
            });
        }
    }
    let mut rules: Vec<Rule> = rules.into_values().collect();
    for rule in &mut rules {
        rule.results.sort_by_key(|result| result.at_ms);
        rule.results.drain(..rule.results.len().saturating_sub(MAX_RESULTS));
    }
    Ok(rules)
}

fn outcome(word: &str) -> RuleOutcome {
    match word {
        "block" => RuleOutcome::Block,
        "quarantine" => RuleOutcome::Quarantine,
        "warn" => RuleOutcome::Warn,
        "skip" => RuleOutcome::Skip,
        _ => RuleOutcome::Pass,
    }
}
