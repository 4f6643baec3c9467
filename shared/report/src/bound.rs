//! Order and bounds of what is shown.

use std::cmp::Reverse;

use crate::model::{Report, Rule, RuleOutcome};

/// Hours that are shown: those of the 8 weeks that end with the last known one. Hours outside of the years 0 to 9999 are
/// left out.
pub const MAX_HOURS: usize = 8 * 7 * 24;
/// Runs that are shown, the newest.
pub const MAX_RUNS: usize = 20;
/// Results that are shown of each rule, the newest.
pub const MAX_RESULTS: usize = 30;
/// Bins that are shown of each distribution, the first ones.
pub const MAX_BINS: usize = 48;
/// Entries of any other list that are shown, the worst or the newest.
pub const MAX_ITEMS: usize = 200;

/// Hours of the years 0 to 9999, those that a time in RFC 3339 can have.
const CALENDAR: std::ops::Range<i64> = -17_268_672..70_389_528;

/// A report in order and within bounds, and how many entries that leaves out.
pub(crate) struct Bounded {
    pub(crate) report: Report,
    pub(crate) left_out: LeftOut,
}

/// Entries that are not shown.
#[derive(Default)]
pub(crate) struct LeftOut {
    pub(crate) tables: usize,
    pub(crate) rules: usize,
    pub(crate) monitors: usize,
    pub(crate) rejected: usize,
    pub(crate) incidents: usize,
}

pub(crate) fn bounded(report: &Report) -> Bounded {
    let mut r = report.clone();
    r.runs.sort_by_key(|run| Reverse(run.started_at_ms));
    r.runs.truncate(MAX_RUNS);
    for rule in &mut r.rules {
        rule.results.sort_by_key(|result| result.at_ms);
        rule.results.drain(..rule.results.len().saturating_sub(MAX_RESULTS));
    }
    for distribution in &mut r.distributions {
        distribution.bins.truncate(MAX_BINS);
    }
    r.distributions.truncate(MAX_ITEMS);
    r.mutes.truncate(MAX_ITEMS);
    bound_volume(&mut r);

    r.rules.sort_by(|a, b| (last(a), &a.table, &a.id).cmp(&(last(b), &b.table, &b.id)));
    r.monitors.sort_by(|a, b| {
        let names = |m: &crate::Monitor| (m.monitor.clone(), m.column.clone(), m.segment.clone());
        (a.outcome.cmp(&b.outcome)).then_with(|| names(a).cmp(&names(b)))
    });
    r.rejected.sort_by(|a, b| b.rows.cmp(&a.rows).then_with(|| a.reason.cmp(&b.reason)));
    r.incidents.sort_by(|a, b| {
        (a.status, Reverse(a.from_hour), &a.id).cmp(&(b.status, Reverse(b.from_hour), &b.id))
    });
    let left_out = LeftOut {
        tables: cut(&mut r.tables),
        rules: cut(&mut r.rules),
        monitors: cut(&mut r.monitors),
        rejected: cut(&mut r.rejected),
        incidents: cut(&mut r.incidents),
    };
    for incident in &mut r.incidents {
        incident.what.truncate(MAX_RESULTS);
        incident.commands.truncate(MAX_RESULTS);
    }
    Bounded { report: r, left_out }
}

/// Cuts a list; how many entries went.
fn cut<T>(list: &mut Vec<T>) -> usize {
    let more = list.len().saturating_sub(MAX_ITEMS);
    list.truncate(MAX_ITEMS);
    more
}

fn bound_volume(report: &mut Report) {
    let volume = &mut report.volume;
    volume.hours.retain(|hour| CALENDAR.contains(&hour.hour));
    volume.hours.sort_by_key(|hour| hour.hour);
    volume.hours.dedup_by_key(|hour| hour.hour);
    let Some(last) = volume.hours.last().map(|hour| hour.hour) else { return volume.marks.clear() };
    let first = last.saturating_sub(MAX_HOURS as i64 - 1);
    volume.hours.retain(|hour| hour.hour >= first);
    let first = volume.hours.first().map_or(first, |hour| hour.hour);
    volume.marks.retain(|mark| mark.from_hour <= last && mark.to_hour.is_none_or(|end| end > first));
    volume.marks.sort_by(|a, b| (a.from_hour, a.to_hour, &a.label).cmp(&(b.from_hour, b.to_hour, &b.label)));
    let more = volume.marks.len().saturating_sub(MAX_ITEMS);
    volume.marks.drain(..more);
}

/// The last outcome of a rule; one that was never judged was skipped.
pub(crate) fn last(rule: &Rule) -> RuleOutcome {
    rule.results.last().map_or(RuleOutcome::Skip, |result| result.outcome)
}
