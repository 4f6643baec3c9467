//! What went wrong.

use maud::{Markup, html};

use crate::bound::Bounded;
use crate::chart::mark::{Status, badge};
use crate::format;
use crate::model::{Incident, IncidentStatus, Severity};
use crate::part::{Section, empty, hour, left_out};

pub(crate) fn section(shown: &Bounded) -> Section {
    let (report, now) = (&shown.report, shown.report.generated_at_ms);
    let (past, current): (Vec<_>, Vec<_>) =
        report.incidents.iter().partition(|incident| incident.status == IncidentStatus::Recovered);
    let body = html! {
        @if report.incidents.is_empty() {
            (empty("No incident so far. Monitors learn until some days of hours are known, and compare best from \
                    four weeks on."))
        } @else {
            @if current.is_empty() { p class="calm" { "Nothing is open." } }
            @for incident in current { (card(incident, now)) }
            @if !past.is_empty() {
                details class="rest" open[past.len() <= 3] {
                    summary { (format::counted(past.len(), "recovered incident")) }
                    @for incident in past { (card(incident, now)) }
                }
            }
            (left_out(shown.left_out.incidents, "incident"))
        }
    };
    let lede = html! { "What is or was wrong, since when, and the commands that look into it." };
    Section { id: "incidents", title: "Incidents", lede, body }
}

/// The anchor of an incident. Ids are hashes, but nothing here relies on it.
pub(crate) fn anchor(id: &str) -> String {
    let safe = id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' });
    format!("incident-{}", safe.collect::<String>())
}

fn card(incident: &Incident, now: i64) -> Markup {
    let (tone, _) = incident.status.status();
    let from = format::hour_ms(incident.from_hour);
    let lasted = |to: i64| format::duration(u64::try_from(to.saturating_sub(from)).unwrap_or(0));
    html! {
        article class={ "incident " (tone.class()) } id=(anchor(&incident.id)) {
            h3 {
                (badge(incident.status.status()))
                span class="severity" { (severity(incident.severity)) }
                span { (incident.table) }
                code class="id" { (incident.id) }
            }
            p class="when" {
                "Since " (hour(incident.from_hour))
                @match incident.to_hour {
                    Some(to) => { " until " (hour(to)) ", " (lasted(format::hour_ms(to))) },
                    None => { ", for " (format::age(now, from)) },
                }
                @if let Some(by) = &incident.acknowledged_by { " · taken by " (by) }
            }
            ul class="what" { @for what in &incident.what { li { (what) } } }
            @if let Some(note) = &incident.note { p class="note" { "Note: " (note) } }
            @if !incident.commands.is_empty() {
                div class="commands" {
                    @for command in &incident.commands { pre { code { (command) } } }
                }
            }
        }
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::Warning => "warning",
    }
}
