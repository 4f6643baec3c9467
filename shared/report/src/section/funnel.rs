//! From view to purchase.

use maud::{Markup, html};

use crate::bound::Bounded;
use crate::chart::{Words, funnel};
use crate::format;
use crate::model::{Funnel, Period};
use crate::part::{self, Column, Section, empty, hour, table};

pub(crate) fn section(shown: &Bounded) -> Section {
    let found = shown.report.funnel.as_ref().filter(|funnel| !funnel.steps.is_empty());
    let body = match found {
        None => empty(
            "No event is known yet. With the first views, carts and purchases the share of sessions that \
                       go on to the next step is shown here.",
        ),
        Some(funnel) => body(funnel),
    };
    let lede = html! {
        "How many go on from one step to the next."
        @if let Some(funnel) = found { " " (period(&funnel.period)) }
    };
    Section { id: "funnel", title: "Funnel", lede, body }
}

/// A period in a sentence.
pub(crate) fn period(period: &Period) -> Markup {
    html! { "From " (hour(period.from_hour)) " to " (hour(period.to_hour)) "." }
}

fn body(funnel: &Funnel) -> Markup {
    use Column::{Figure, Text};
    let pick = |value: fn(&crate::FunnelStep) -> u64| -> Vec<(&str, u64)> {
        funnel.steps.iter().map(|step| (step.name.as_str(), value(step))).collect()
    };
    let (sessions, events) = (pick(|step| step.sessions), pick(|step| step.events));
    let columns = [
        Text("Step"),
        Figure("Sessions"),
        Figure("of the step before"),
        Figure("in the reference"),
        Figure("Events"),
        Figure("of the step before"),
    ];
    let rows = html! {
        @for (i, step) in funnel.steps.iter().enumerate() {
            @let before = i.checked_sub(1).and_then(|before| funnel.steps.get(before));
            @let by_session = before.and_then(|before| format::share(step.sessions, before.sessions));
            @let by_event = before.and_then(|before| format::share(step.events, before.events));
            tr {
                th scope="row" { (step.name) }
                (part::count(step.sessions))
                (part::figure(by_session, &format::percent(by_session)))
                (part::figure(step.reference_rate, &format::percent(step.reference_rate)))
                (part::count(step.events))
                (part::figure(by_event, &format::percent(by_event)))
            }
        }
    };
    html! {
        div class="pair" {
            figure {
                figcaption { h3 { "Sessions" } }
                (funnel::funnel(&Words { id: "funnel-sessions", title: "Sessions by step", says: &says(&sessions) }, &sessions))
            }
            figure {
                figcaption { h3 { "Events" } }
                (funnel::funnel(&Words { id: "funnel-events", title: "Events by step", says: &says(&events) }, &events))
            }
        }
        div class="compact" { (table("Steps and rates", &columns, &rows)) }
    }
}

fn says(steps: &[(&str, u64)]) -> String {
    let steps: Vec<_> =
        steps.iter().map(|(name, value)| format!("{name} {}", format::count(*value))).collect();
    format!("{}.", steps.join(", "))
}
