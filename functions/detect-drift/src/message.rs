//! What a human is told.

use std::fmt::Write;

use estrella_contracts::DriftReport;
use estrella_lake::{Alert, Severity};

/// One message for all that drifted in a run; none if nothing did.
pub fn alert(report: &DriftReport) -> Option<Alert> {
    let drifted: Vec<_> = report.drifted().collect();
    let (batch, first) = drifted.first()?;
    let mut lines = String::new();
    for (batch, result) in &drifted {
        // Writing to a string cannot fail.
        let _ = writeln!(
            lines,
            "  {}  {:<14} is {:.4}, usually {:.4} ({} {:.3}, limit {}, against {} days)",
            batch.event_date,
            result.column,
            result.observed,
            result.expected,
            result.test,
            result.statistic,
            result.limit,
            result.reference_days,
        );
    }
    let more = if drifted.len() > 1 { format!(" and {} more", drifted.len() - 1) } else { String::new() };
    Some(Alert {
        severity: Severity::Warning,
        subject: format!("Estrella: {} drifted on {}{more}", first.column, batch.event_date),
        body: format!(
            "What: rows that were loaded look unlike the days before. They are readable; nothing is held back.\n\
             Run: {}\n\
             Measures that moved:\n{lines}\
             To do: see how they moved\n  \
             SELECT event_date, column_name, observed, expected FROM ops.drift_results\n  \
             WHERE outcome = 'drift' ORDER BY event_date DESC\n\
             and, if the rows are wrong, take the load back: estrella history clean.events, estrella rollback.\n",
            report.run_id,
        ),
    })
}
