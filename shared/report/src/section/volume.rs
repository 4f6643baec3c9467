//! Events by hour.

use maud::{Markup, html};

use super::incidents::anchor;
use crate::bound::Bounded;
use crate::chart::volume::Weeks;
use crate::chart::week::{Odd, period};
use crate::format;
use crate::model::{Hour, Mark, MarkKind, Report, Volume};
use crate::part::{Column, Section, empty, figures};

const DAY: usize = 24;
const WEEK: i64 = 168;

pub(crate) fn section(shown: &Bounded) -> Section {
    let report = &shown.report;
    let volume = &report.volume;
    let body = match Weeks::of(volume) {
        None => empty(
            "No hour is known yet. The first run that loads events draws the first one; the band of what \
                       is expected appears when the same hours of past weeks are known.",
        ),
        Some(weeks) => html! {
            (last_day(volume))
            (legend(volume))
            figure class="wide-chart" { (weeks.latest(&says(volume))) }
            (inspector(volume))
            @if let Some(earlier) = weeks.earlier() {
                h3 { "The weeks before" }
                (earlier)
            }
            (key(weeks.marks(), report))
            (table(volume))
        },
    };
    let lede = html! { "Accepted events by hour, against the same hours of past weeks." };
    Section { id: "volume", title: "Volume", lede, body }
}

/// The last 24 hours against the same hours a week before, if all are known.
fn last_day(volume: &Volume) -> Markup {
    let Some(last) = volume.hours.last().map(|hour| hour.hour) else { return html! {} };
    let sum = |last: i64| {
        let wanted = last.saturating_sub(DAY as i64 - 1)..=last;
        let hours: Vec<_> = volume.hours.iter().filter(|hour| wanted.contains(&hour.hour)).collect();
        (hours.len() == DAY).then(|| hours.iter().map(|hour| u128::from(hour.rows)).sum::<u128>() as f64)
    };
    let Some(now) = sum(last) else { return html! {} };
    let change =
        sum(last.saturating_sub(WEEK)).filter(|before| *before > 0.0).map(|before| now / before - 1.0);
    html! {
        p class="headline" {
            strong { (format::figure(Some(now))) } " events in the last 24 hours"
            @if let Some(change) = change {
                ", " (if change < 0.0 { "−" } else { "+" }) (format::percent(Some(change.abs())))
                " against the same hours a week before"
            }
        }
    }
}

fn says(volume: &Volume) -> String {
    let rows = || volume.hours.iter().map(|hour| hour.rows);
    let odd = volume.hours.iter().filter(|hour| hour.anomalous).count();
    let end = |hour: Option<&Hour>| format::hour(hour.map_or(0, |hour| hour.hour), "%Y-%m-%d %H:%M");
    format!(
        "{} known from {} to {} UTC, with {} to {} events each; {} unlike the reference; {}.",
        format::counted(volume.hours.len(), "hour"),
        end(volume.hours.first()),
        end(volume.hours.last()),
        format::count(rows().min().unwrap_or(0)),
        format::count(rows().max().unwrap_or(0)),
        format::counted(odd, "hour"),
        format::counted(volume.marks.len(), "marked span"),
    )
}

/// What is in the chart, and nothing else.
fn legend(volume: &Volume) -> Markup {
    let odd = |wanted| volume.hours.iter().any(|hour| Odd::of(hour) == Some(wanted));
    let marked = |wanted| volume.marks.iter().any(|mark| mark.kind == wanted);
    let band = volume.hours.iter().any(|hour| hour.lower.is_some() && hour.upper.is_some());
    let keys = [
        ("line", "events", true),
        ("band", "expected", band),
        ("many", Odd::Many.words(), odd(Odd::Many)),
        ("few", Odd::Few.words(), odd(Odd::Few)),
        ("other", Odd::Other.words(), odd(Odd::Other)),
        ("incident", "incident", marked(MarkKind::Incident)),
        ("calendar", "calendar", marked(MarkKind::Calendar)),
    ];
    html! {
        ul class="legend" {
            @for (class, words, shown) in keys { @if shown { li { i class={ "key " (class) } {} (words) } } }
        }
    }
}

/// A control that reads one hour out; the script shows it.
fn inspector(volume: &Volume) -> Markup {
    let (first, last) = (volume.hours.first(), volume.hours.last());
    let [first, last] = [first, last].map(|hour| hour.map_or(0, |hour| hour.hour));
    html! {
        div class="inspector" hidden {
            label for="hour" { "Inspect an hour" }
            input type="range" id="hour" min=(first) max=(last) value=(last) step="1";
            output for="hour" id="hour-says" {}
        }
    }
}

/// What the letters stand for.
fn key(marks: &[(String, &Mark)], report: &Report) -> Markup {
    if marks.is_empty() {
        return html! {};
    }
    let known = |id: &str| report.incidents.iter().any(|incident| incident.id == id);
    html! {
        h3 { "Marked spans" }
        ol class="marks" {
            @for (letter, mark) in marks {
                li class=(if mark.kind == MarkKind::Calendar { "calendar" } else { "incident" }) {
                    b { (letter) }
                    span class="name" {
                        @match mark.incident.as_deref().filter(|id| known(id)) {
                            Some(id) => a href={ "#" (anchor(id)) } { (mark.label) },
                            None => (mark.label),
                        }
                    }
                    span class="muted" { (period(mark)) }
                }
            }
        }
    }
}

fn table(volume: &Volume) -> Markup {
    use Column::{Figure, Text};
    let columns =
        [Text("Hour (UTC)"), Figure("Events"), Figure("Expected from"), Figure("to"), Text("Remark")];
    let rows = html! {
        @for hour in &volume.hours {
            tr {
                td { (format::hour(hour.hour, "%Y-%m-%d %H:%M")) }
                td { (format::count(hour.rows)) }
                td { (format::figure(hour.lower)) }
                td { (format::figure(hour.upper)) }
                td { @if let Some(odd) = Odd::of(hour) { (odd.words()) } }
            }
        }
    };
    html! { div class="hours" { (figures("Events by hour", &columns, &rows)) } }
}

/// Used by the summary: how many hours of the last day are unlike their reference.
pub(crate) fn odd_hours(volume: &Volume) -> usize {
    let Some(last) = volume.hours.last().map(|hour| hour.hour) else { return 0 };
    let day = last.saturating_sub(DAY as i64 - 1);
    volume.hours.iter().filter(|hour| hour.hour >= day && hour.anomalous).count()
}
