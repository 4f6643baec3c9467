//! Rules, what they said last and before.

use maud::{Markup, html};

use crate::bound::{Bounded, last};
use crate::chart::mark::{Status, badge};
use crate::chart::strip;
use crate::format;
use crate::model::{Rule, RuleOutcome};
use crate::part::{self, Column, Section, empty, figures, left_out, table, time};

pub(crate) fn section(shown: &Bounded) -> Section {
    let rules = &shown.report.rules;
    let body = if rules.is_empty() {
        empty(
            "No rule was judged yet. The rules that are shipped are judged with the first batch, before anybody \
               can read it.",
        )
    } else {
        html! {
            ul class="legend" {
                @for outcome in [RuleOutcome::Pass, RuleOutcome::Warn, RuleOutcome::Quarantine, RuleOutcome::Block, RuleOutcome::Skip] {
                    li { (badge(outcome.status())) }
                }
            }
            (overview(rules))
            (left_out(shown.left_out.rules, "rule"))
            (all_results(rules))
        }
    };
    let lede = html! { "What each rule said last, and the results before it, the newest to the right." };
    Section { id: "rules", title: "Rules", lede, body }
}

fn overview(rules: &[Rule]) -> Markup {
    use Column::{Drawn, Figure, Text};
    let columns = [
        Text("Result"),
        Text("Rule"),
        Text("Table"),
        Figure("Observed"),
        Text("Expected"),
        Drawn("Last results"),
        Text("Judged"),
    ];
    let rows = html! {
        @for (i, rule) in rules.iter().enumerate() {
            @let result = rule.results.last();
            @let observed = result.and_then(|result| result.observed);
            tr {
                td { (badge(last(rule).status())) }
                th scope="row" class="rule" { code { (rule.text) } span class="muted" { (rule.id) } }
                td { (rule.table) }
                (part::figure(observed, &format::with_unit(observed, &rule.unit)))
                td class="expected" { (rule.expected) }
                td class="drawn" { (strip::strip(&format!("rule-{i}"), &rule.id, &rule.results)) }
                td class="when" { @if let Some(result) = result { (time(result.at_ms)) } }
            }
        }
    };
    html! { div class="rules" { (table("Rules and their last results", &columns, &rows)) } }
}

fn all_results(rules: &[Rule]) -> Markup {
    use Column::{Figure, Text};
    let columns = [Text("Rule"), Text("Judged (UTC)"), Text("Result"), Figure("Observed")];
    let rows = html! {
        @for rule in rules {
            @for result in rule.results.iter().rev() {
                tr {
                    td { (rule.id) }
                    td { (format::minute(result.at_ms)) }
                    td { (result.outcome.status().1) }
                    td class="figure" { (format::with_unit(result.observed, &rule.unit)) }
                }
            }
        }
    };
    figures("All results of the rules", &columns, &rows)
}
