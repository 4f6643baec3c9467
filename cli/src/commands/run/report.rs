//! The report of a run, for people.

use std::fmt::Write;

use estrella_detect_drift::Looked;

use crate::output::{Fit, count, grid, size};
use crate::pipeline::{ObjectSummary, StageSummary, Summary};

/// Objects listed one by one.
const MAX_OBJECTS: usize = 20;

const NOTHING_NEW: &str = "Nothing left to load: every object is loaded already, by an earlier run or by one at the \
same time. This run changed no table.\n";

const MENDED: &str = "Nothing left to load, but one of clean.events and model.fact_user_events had been rolled back: \
facts and dimensions follow clean.events again.\n";

/// The report: stages, where every row went, dimensions, findings.
pub(in crate::commands) fn text(summary: &Summary) -> String {
    let mut text = String::new();
    objects(summary, &mut text);
    let has_dims = !summary.changes.is_empty() || !summary.held_back.is_empty();
    if summary.loaded.is_empty() && !has_dims {
        let read = summary.objects.iter().any(|object| object.error.is_none());
        text.push_str(match (read, summary.facts_mended) {
            (false, _) => "",
            (true, false) => NOTHING_NEW,
            (true, true) => MENDED,
        });
        return text;
    }
    text.push('\n');
    text.push_str(&stages(&summary.stages));
    text.push('\n');
    if !summary.loaded.is_empty() {
        text.push_str(&rows(summary));
        text.push('\n');
    }
    let dims = summary.dimensions.iter().map(|(name, rows)| vec![name.clone(), count(*rows)]);
    text.push_str(&grid(Fit::Wide, &["dimension", "rows"], &["rows"], dims));
    findings(summary, &mut text);
    text
}

fn objects(summary: &Summary, text: &mut String) {
    let read: Vec<&ObjectSummary> = summary.objects.iter().filter(|object| object.error.is_none()).collect();
    for object in read.iter().take(MAX_OBJECTS) {
        let format = object.format.as_deref().unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "Read {} ({format}): {} rows", object.object, count(object.rows_in));
        if !object.unknown_columns.is_empty() {
            let _ = writeln!(text, "  columns that no rule knows: {}", object.unknown_columns.join(", "));
        }
    }
    if read.len() > MAX_OBJECTS {
        let _ = writeln!(text, "... and {} more objects", read.len() - MAX_OBJECTS);
    }
}

fn stages(stages: &[StageSummary]) -> String {
    let rows = stages.iter().map(|stage| {
        vec![
            stage.stage.to_owned(),
            count(stage.rows_in),
            count(stage.rows_out),
            format!("{:.2}", stage.seconds),
        ]
    });
    grid(Fit::Wide, &["stage", "in", "out", "seconds"], &["in", "out", "seconds"], rows)
}

fn rows(summary: &Summary) -> String {
    let total = summary.total();
    let mut rows = vec![
        vec!["rows in".to_owned(), count(total.rows_in)],
        vec!["= facts".to_owned(), count(total.facts)],
        vec!["+ duplicates".to_owned(), count(total.duplicates)],
        vec!["+ rejected".to_owned(), count(total.rejected)],
    ];
    let mut reasons = std::collections::BTreeMap::new();
    for (reason, rows) in summary.objects.iter().flat_map(|object| &object.rejected_by_reason) {
        *reasons.entry(reason).or_insert(0) += rows;
    }
    rows.extend(reasons.iter().map(|(reason, rows)| vec![format!("    {reason}"), count(*rows)]));
    if total.quarantined > 0 {
        rows.push(vec!["+ quarantined".to_owned(), count(total.quarantined)]);
    }
    if total.blocked > 0 {
        rows.push(vec!["+ held back".to_owned(), count(total.blocked)]);
        rows.push(vec![format!("    {}", total.blocked_dates.join(", ")), String::new()]);
    }
    grid(Fit::Wide, &["where every row went", "rows"], &["rows"], rows)
}

fn monitors(looked: &Looked, text: &mut String) {
    if looked.hours == 0 {
        return;
    }
    let _ = write!(text, "Monitors: {} hours looked at", count(looked.hours));
    if looked.learning > 0 {
        let _ = write!(text, ", for {} of them they still learn what is usual", count(looked.learning));
    }
    let _ =
        writeln!(text, "; {} comparisons, {} unlike before", count(looked.compared), count(looked.breaches));
    for subject in &looked.told {
        let _ = writeln!(text, "  told: {subject}");
    }
    if looked.breaches > 0 {
        let _ = writeln!(text, "  what is open, and what to do: estrella incidents --lake DIR");
    }
}

fn findings(summary: &Summary, text: &mut String) {
    for (table, changes) in &summary.changes {
        let _ = writeln!(text, "\nChanges of {table}: {}", count(*changes));
    }
    if summary.fact_files_filled > 0 {
        let _ = writeln!(
            text,
            "Fact files filled in with what the shop's database says: {}",
            count(summary.fact_files_filled)
        );
    }
    for held in &summary.held_back {
        let _ = writeln!(
            text,
            "Held back: {held}. Dimensions stay as they were; to load them all the same: --accept-gates"
        );
    }
    if summary.loaded.is_empty() {
        return;
    }
    let batches: Vec<String> = summary.batches.iter().map(|(verdict, n)| format!("{n} {verdict}")).collect();
    let _ = writeln!(text, "\nQuality, batches by verdict: {}", batches.join(", "));
    for (finding, batches) in &summary.findings {
        let _ = writeln!(text, "  {finding} ({batches} batches)");
    }
    monitors(&summary.monitors, text);
    if summary.total().blocked > 0 {
        let _ = writeln!(text, "  what is held back, and how to load it: estrella release --lake DIR");
    }
    if summary.total().quarantined > 0 {
        let _ = writeln!(text, "  rows that break a rule: SELECT * FROM clean.quarantined_events");
    }
    if summary.total().rejected > 0 {
        let _ = writeln!(text, "  refused rows, with reasons: estrella rejected --lake DIR");
    }
    if let Some(bytes) = summary.peak_memory_bytes {
        let _ = writeln!(text, "Peak memory: {}", size(bytes));
    }
}
