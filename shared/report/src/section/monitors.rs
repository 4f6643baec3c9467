//! What the drift monitors said.

use maud::{Markup, html};

use crate::bound::Bounded;
use crate::chart::mark::{Status, badge};
use crate::chart::scale::{fraction, percent};
use crate::format;
use crate::model::{Monitor, MonitorOutcome, Mute};
use crate::part::{self, Column, Section, empty, hour, left_out, table};

/// Where the floor is drawn.
const FLOOR: f64 = 0.5;

pub(crate) fn section(shown: &Bounded) -> Section {
    let report = &shown.report;
    let (fine, noted): (Vec<_>, Vec<_>) =
        report.monitors.iter().partition(|monitor| monitor.outcome == MonitorOutcome::Ok);
    let body = html! {
        @if report.monitors.is_empty() {
            (empty("No monitor has judged an hour yet. An hour is judged when it is over; monitors only learn until \
                    some days of hours are known, and tell nobody until then."))
        } @else {
            @if noted.is_empty() { p class="calm" { "All monitors are within their limits." } }
            @else { (results("Monitors to look at", &noted)) }
            @if !fine.is_empty() {
                details class="rest" open[noted.is_empty()] {
                    summary { (format::counted(fine.len(), "monitor")) " within limits" }
                    (results("Monitors within limits", &fine))
                }
            }
            (left_out(shown.left_out.monitors, "monitor"))
        }
        (mutes(&report.mutes))
    };
    let lede = html! {
        "The last closed hour against its reference. A breach needs both: an effect at or above its floor, and a "
        "difference that chance does not explain."
    };
    Section { id: "monitors", title: "Drift monitors", lede, body }
}

fn results(caption: &str, monitors: &[&Monitor]) -> Markup {
    use Column::{Drawn, Figure, Text};
    let columns = [
        Text("Result"),
        Text("Monitor"),
        Figure("Observed"),
        Figure("Expected"),
        Figure("Effect"),
        Drawn("against floor"),
        Figure("Floor"),
        Figure("p, adjusted"),
        Text("Test"),
        Figure("Statistic"),
        Text("Hour"),
    ];
    let rows = html! {
        @for m in monitors {
            tr {
                td { (badge(m.outcome.status())) }
                th scope="row" class="monitor" { (name(m)) (contributors(m)) }
                (part::figure(m.observed, &format::with_unit(m.observed, &m.unit)))
                (part::figure(m.expected, &format::with_unit(m.expected, &m.unit)))
                (part::figure(m.effect, &format::figure(m.effect)))
                td class="drawn" { (bullet(m)) }
                (part::figure(m.effect_floor, &format::figure(m.effect_floor)))
                (part::figure(m.p_adjusted, &format::figure(m.p_adjusted)))
                td { (m.test) }
                (part::figure(m.statistic, &format::figure(m.statistic)))
                td class="when" { (hour(m.hour)) }
            }
        }
    };
    html! { div class="monitors" { (table(caption, &columns, &rows)) } }
}

fn name(monitor: &Monitor) -> Markup {
    html! {
        span class="name" { (monitor.monitor) }
        @if !monitor.column.is_empty() || monitor.segment.is_some() {
            span class="muted" {
                (monitor.column)
                @if let Some(segment) = &monitor.segment {
                    (if monitor.column.is_empty() { "" } else { " · " }) (segment)
                }
            }
        }
    }
}

fn contributors(monitor: &Monitor) -> Markup {
    html! {
        @if !monitor.contributors.is_empty() {
            ul class="contributors" {
                @for part in &monitor.contributors {
                    li {
                        (part.segment) " " (format::with_unit(part.observed, &monitor.unit))
                        " (was " (format::with_unit(part.expected, &monitor.unit)) "): "
                        (format::percent(part.share)) " of it"
                    }
                }
            }
        }
    }
}

/// The effect as a bar, the floor as a line in the middle. The figures are beside it.
fn bullet(monitor: &Monitor) -> Markup {
    let (Some(effect), Some(floor)) = (monitor.effect, monitor.effect_floor) else { return html! {} };
    let width = percent(fraction(effect.abs() * FLOOR, floor));
    let class = if monitor.outcome == MonitorOutcome::Breach { "bullet over" } else { "bullet" };
    html! { span class=(class) aria-hidden="true" { span style={ "width:" (width) } {} } }
}

fn mutes(mutes: &[Mute]) -> Markup {
    html! {
        @if !mutes.is_empty() {
            h3 { "Muted by hand" }
            ul class="mutes" {
                @for mute in mutes {
                    li {
                        code { (mute.pattern) } " until " (hour(mute.until_hour)) " by " (mute.by)
                        @if let Some(note) = &mute.note { span class="muted" { ": " (note) } }
                    }
                }
            }
        }
    }
}
