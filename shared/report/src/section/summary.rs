//! What there is to know at a glance.

use maud::{Markup, html};

use super::volume::odd_hours;
use crate::bound::last;
use crate::chart::mark::{Status, Tone, badge};
use crate::format::{self, counted};
use crate::model::{Freshness, IncidentStatus, MonitorOutcome, Report, RuleOutcome, Table};

/// The table whose age stands for the lake's.
const FACTS: &str = "model.fact_user_events";

/// One thing that is not as it should be, and where to read on.
pub(crate) struct Finding {
    pub(crate) tone: Tone,
    text: String,
    /// Id of the section that tells more.
    pub(crate) section: &'static str,
}

pub(crate) fn summary(report: &Report, findings: &[Finding]) -> Markup {
    html! {
        section id="summary" aria-labelledby="summary-heading" {
            h2 id="summary-heading" class="verdict" {
                @match findings.iter().any(|finding| finding.tone == Tone::Bad) {
                    _ if is_new(report) => "Nothing has been loaded yet",
                    true => "Needs attention",
                    false if findings.is_empty() => "All is well",
                    false => "Worth a look",
                }
            }
            @if !findings.is_empty() {
                ul class="findings" {
                    @for finding in findings { li { a href={ "#" (finding.section) } { (badge((finding.tone, &finding.text))) } } }
                }
            } @else if !is_new(report) {
                p class="lede" { "No open incident, no failing rule, no breach, no table that is late." }
            } @else {
                p class="lede" { code { "estrella run --input FILE --lake " (report.lake) } " loads the first events." }
            }
            (tiles(report))
        }
    }
}

fn is_new(report: &Report) -> bool {
    report.runs.is_empty() && report.volume.hours.is_empty()
}

/// What is not as it should be.
pub(crate) fn findings(report: &Report) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut add = |tone, count: usize, noun: &str, what: &str, section| {
        if count > 0 {
            found.push(Finding { tone, text: format!("{} {what}", counted(count, noun)), section });
        }
    };
    let incidents = |status| report.incidents.iter().filter(|i| i.status == status).count();
    let rules = |outcome| report.rules.iter().filter(|rule| last(rule) == outcome).count();
    let breaches = report.monitors.iter().filter(|m| m.outcome == MonitorOutcome::Breach).count();
    let tables =
        |wanted| report.tables.iter().filter(|t| t.freshness(report.generated_at_ms) == wanted).count();
    let held_back = usize::try_from(report.totals.rows.blocked).unwrap_or(usize::MAX);
    add(Tone::Bad, incidents(IncidentStatus::Open), "incident", "open", "incidents");
    add(Tone::Warn, incidents(IncidentStatus::Acknowledged), "incident", "acknowledged", "incidents");
    add(Tone::Bad, held_back, "row", "held back", "runs");
    add(Tone::Bad, rules(RuleOutcome::Block), "rule", "blocking", "rules");
    add(Tone::Aside, rules(RuleOutcome::Quarantine), "rule", "setting rows aside", "rules");
    add(Tone::Warn, rules(RuleOutcome::Warn), "rule", "warning", "rules");
    add(Tone::Bad, breaches, "monitor", "breached", "monitors");
    add(Tone::Warn, odd_hours(&report.volume), "unusual hour", "in the last day", "volume");
    add(Tone::Bad, tables(Freshness::Stale), "table", "stale", "tables");
    add(Tone::Warn, tables(Freshness::Late), "table", "late", "tables");
    found
}

fn tiles(report: &Report) -> Markup {
    let rows = &report.totals.rows;
    let facts = report.tables.iter().find(|table| table.name == FACTS).or(report.tables.first());
    html! {
        dl class="tiles" {
            (freshness(facts, report.generated_at_ms))
            div {
                dt { "Last run" }
                @match report.runs.first() {
                    Some(run) => {
                        dd { (format::age(report.generated_at_ms, run.started_at_ms)) " ago" }
                        dd class="note" { (badge(run.status.status())) " " (format::count(run.rows.rows_in())) " rows in" }
                    },
                    None => { dd { (format::UNKNOWN) } dd class="note" { "no run yet" } },
                }
            }
            div {
                dt { "Rows in, all runs" }
                dd { (format::count(rows.rows_in())) }
                dd class="note" {
                    @match format::share(rows.facts, rows.rows_in()) {
                        Some(share) => { (format::percent(Some(share))) " became facts" },
                        None => "no row yet",
                    }
                }
            }
            (rules(report))
            (monitors(report))
        }
    }
}

fn freshness(table: Option<&Table>, now: i64) -> Markup {
    html! {
        div {
            dt { "Age of the facts" }
            @match table.and_then(|table| Some((table, table.committed_at_ms?))) {
                Some((table, then)) => {
                    dd { (format::age(now, then)) }
                    dd class="note" { (badge(table.freshness(now).status())) " " (format::count(table.rows)) " rows" }
                },
                None => { dd { (format::UNKNOWN) } dd class="note" { "no commit yet" } },
            }
        }
    }
}

fn rules(report: &Report) -> Markup {
    let judged = report.rules.iter().filter(|rule| last(rule) != RuleOutcome::Skip).count();
    let passed = report.rules.iter().filter(|rule| last(rule) == RuleOutcome::Pass).count();
    html! {
        div {
            dt { "Rules that pass" }
            @if report.rules.is_empty() { dd { (format::UNKNOWN) } dd class="note" { "no rule judged yet" } } @else {
                dd { (passed) " of " (judged) }
                dd class="note" { (report.rules.len() - judged) " skipped" }
            }
        }
    }
}

fn monitors(report: &Report) -> Markup {
    let count = |outcome| report.monitors.iter().filter(|m| m.outcome == outcome).count();
    let learning = count(MonitorOutcome::Learning);
    html! {
        div {
            dt { "Monitors within limits" }
            @if report.monitors.is_empty() { dd { (format::UNKNOWN) } dd class="note" { "no hour judged yet" } } @else {
                dd { (count(MonitorOutcome::Ok)) " of " (report.monitors.len() - learning) }
                dd class="note" { (learning) " learning, " (count(MonitorOutcome::Muted)) " muted" }
            }
        }
    }
}
