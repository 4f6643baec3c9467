//! The last results of a rule, side by side.

use maud::{Markup, html};

use super::mark::{Status, Tone};
use super::{Words, scale};
use crate::format;
use crate::model::{RuleOutcome, RuleResult};

/// Pixels that one result takes.
const CELL: usize = 7;
const HEIGHT: usize = 16;
const ORDER: [RuleOutcome; 5] =
    [RuleOutcome::Pass, RuleOutcome::Warn, RuleOutcome::Quarantine, RuleOutcome::Block, RuleOutcome::Skip];

/// Oldest to the left. Each outcome has a shape and a colour; all of one outcome are one path.
pub(crate) fn strip(id: &str, rule: &str, results: &[RuleResult]) -> Markup {
    if results.is_empty() {
        return html! { span class="muted" { "not judged yet" } };
    }
    let says = summary(results);
    let words = Words { id, title: &format!("Last results of {rule}"), says: &says };
    let width = results.len() * CELL;
    let (title, desc) = (format!("{id}-title"), format!("{id}-says"));
    html! {
        svg id=(id) class="strip" role="img" aria-labelledby=(title) aria-describedby=(desc)
            width=(width) height=(HEIGHT) viewBox={ "0 0 " (width) " " (HEIGHT) } {
            title id=(title) { (words.title) }
            desc id=(desc) { (words.says) }
            @for outcome in ORDER {
                @let path = path(results, outcome);
                @if !path.is_empty() { path class=(outcome.status().0.class()) d=(path) {} }
            }
        }
    }
}

/// `30 results: 28 pass, 2 block`.
pub(crate) fn summary(results: &[RuleResult]) -> String {
    let counts = ORDER.into_iter().filter_map(|outcome| {
        let count = results.iter().filter(|result| result.outcome == outcome).count();
        (count > 0).then(|| format!("{count} {}", outcome.status().1))
    });
    let counts: Vec<_> = counts.collect();
    format!("{}: {}", format::counted(results.len(), "result"), counts.join(", "))
}

fn path(results: &[RuleResult], outcome: RuleOutcome) -> String {
    let shape = match outcome.status().0 {
        Tone::Good => "m1.2 8a2.3 2.3 0 1 1 4.6 0a2.3 2.3 0 1 1-4.6 0z",
        Tone::Warn => "m0 12h7l-3.5-8z",
        Tone::Aside => "m3.5 3l3.2 5l-3.2 5l-3.2-5z",
        Tone::Bad => "m.5 1h6v14h-6z",
        // Two circles in opposite directions: a ring.
        Tone::Quiet => {
            "m1.2 8a2.3 2.3 0 1 1 4.6 0a2.3 2.3 0 1 1-4.6 0zm1.1 0a1.2 1.2 0 1 0 2.4 0a1.2 1.2 0 1 0-2.4 0z"
        }
    };
    let cells = results.iter().enumerate().filter(|(_, result)| result.outcome == outcome);
    cells.map(|(i, _)| format!("M{} 0{shape}", scale::number((i * CELL) as f64))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(outcomes: &[RuleOutcome]) -> Vec<RuleResult> {
        outcomes.iter().map(|&outcome| RuleResult { outcome, ..RuleResult::default() }).collect()
    }

    #[test]
    fn each_outcome_has_its_own_shape() {
        let shapes: std::collections::HashSet<String> =
            ORDER.iter().map(|&o| path(&results(&[o]), o)).collect();
        assert_eq!(shapes.len(), ORDER.len());
    }

    #[test]
    fn results_are_in_their_places_and_told_in_words() {
        use RuleOutcome::{Block, Pass};
        let given = results(&[Pass, Block, Pass]);
        assert_eq!(path(&given, Pass).matches('M').count(), 2);
        assert!(path(&given, Block).starts_with("M7 "));
        assert_eq!(summary(&given).replace('\u{a0}', " "), "3 results: 2 pass, 1 block");
        let html = strip("s", "rule", &given).into_string();
        assert!(html.contains(r#"role="img""#) && html.contains("2 pass, 1 block"));
    }
}
