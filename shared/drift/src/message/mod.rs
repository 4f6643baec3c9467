//! What is told, in words and for machines.

mod commands;
mod json;
#[cfg(test)]
mod tests;
mod words;

use crate::hour::format_hour;
use crate::state::{Incident, Notice, NoticeKind};
use crate::verdict::Severity;
use commands::Commands;
use words::{contributor, counted, grouped, line, short, title};

/// Characters that a subject has at most; what sends it refuses a hundred and more.
const MAX_SUBJECT: usize = 99;
/// Locations of files that are named.
const MAX_FILES: usize = 5;

/// Where an incident's rows are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The lake, as commands take it.
    pub lake: String,
    /// Locations of files with the hour's rows.
    pub files: Vec<String>,
    /// Link of the report.
    pub report: Option<String>,
}

/// A message, for people as text and for machines as JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// How bad it is.
    pub severity: Severity,
    /// One line of less than 100 ASCII characters.
    pub subject: String,
    /// The text.
    pub body: String,
    /// The same for machines; `version` is that of its layout.
    pub json: serde_json::Value,
}

/// Puts a notice into words.
pub fn message(notice: &Notice, place: &Place) -> Message {
    let incident = &notice.incident;
    let commands = Commands::of(incident, &place.lake);
    Message {
        severity: incident.severity,
        subject: subject(notice),
        body: if notice.kind == NoticeKind::Recovered {
            recovered(incident, place)
        } else {
            found(notice, place, &commands)
        },
        json: json::of(notice, place, &commands),
    }
}

fn subject(notice: &Notice) -> String {
    let incident = &notice.incident;
    let table = incident.table.rsplit('.').next().unwrap_or_default();
    let head = incident.worst.first().map(short).unwrap_or_default();
    let text = match notice.kind {
        NoticeKind::Recovered => {
            format!("[recovered] {table}: {}", incident.worst.first().map(title).unwrap_or_default())
        }
        NoticeKind::Escalated => format!("[now {}] {table}: {head}", incident.severity.as_str()),
        NoticeKind::Opened => format!("[{}] {table}: {head}", incident.severity.as_str()),
    };
    // Control characters and what is no ASCII are refused on the way.
    text.chars().map(|c| if (' '..='~').contains(&c) { c } else { '?' }).take(MAX_SUBJECT).collect()
}

fn found(notice: &Notice, place: &Place, commands: &Commands) -> String {
    let incident = &notice.incident;
    let mut text = Lines::default();
    let head = match (notice.kind, incident.severity) {
        (NoticeKind::Escalated, _) => "It has become worse: now CRITICAL.",
        (_, Severity::Critical) => "CRITICAL: look at it now.",
        (_, Severity::Warning) => "Warning: look at it today.",
    };
    text.add(head);
    text.add(format!("Table   {}", incident.table));
    let so_far = counted(incident.hours, "hour");
    text.add(format!("Since   {} ({so_far} so far)", format_hour(incident.opened_hour)));
    text.section("What");
    incident.worst.iter().for_each(|result| text.add(format!("  {}", line(result))));
    let first = incident.worst.iter().find(|result| !result.contributors.is_empty());
    if let Some(result) = first {
        text.section(&format!("Where it comes from ({})", result.name()));
        result
            .contributors
            .iter()
            .for_each(|part| text.add(format!("  {}", contributor(part, &result.unit))));
    }
    text.section("The rows");
    text.add(format!("  {}", commands.rows));
    place.files.iter().take(MAX_FILES).for_each(|file| text.add(format!("  {file}")));
    if place.files.len() > MAX_FILES {
        text.add(format!("  and {} more", counted((place.files.len() - MAX_FILES) as u64, "file")));
    }
    text.section("What to do");
    text.add("  look at it:");
    text.add(format!("    {}", commands.show));
    text.add("  you know and work on it; silent until it is over:");
    text.add(format!("    {}", commands.ack));
    text.add("  it is right so, the new normal:");
    text.add(format!("    {}", commands.expected));
    text.add("  hear nothing of it for a day:");
    text.add(format!("    {}", commands.mute));
    place.report.iter().for_each(|link| text.add(format!("\nReport  {link}")));
    text.add(format!("Incident {}", incident.id));
    text.0
}

fn recovered(incident: &Incident, place: &Place) -> String {
    let mut text = Lines::default();
    text.add("Over: as usual again. Nothing to do.");
    text.add(format!("Table   {}", incident.table));
    text.add(format!("From    {}", format_hour(incident.opened_hour)));
    if incident.hours == 0 {
        text.add("Rows that came late show that nothing was wrong.");
    } else {
        text.add(format!("Until   {}", format_hour(incident.last_breach_hour + 1)));
        let lasted = incident.last_breach_hour + 1 - incident.opened_hour;
        text.add(format!("Lasted  {}", counted(lasted.unsigned_abs(), "hour")));
        let usual = grouped(incident.expected_rows as f64, 0);
        text.add(format!("Touched {} ({usual} are usual)", counted(incident.rows, "row")));
        text.add("These hours are no reference for others.");
    }
    text.section("What it was");
    incident.worst.iter().for_each(|result| text.add(format!("  {}", line(result))));
    place.report.iter().for_each(|link| text.add(format!("\nReport  {link}")));
    text.add(format!("Incident {}", incident.id));
    text.0
}

#[derive(Default)]
struct Lines(String);

impl Lines {
    fn add(&mut self, line: impl AsRef<str>) {
        self.0.push_str(line.as_ref());
        self.0.push('\n');
    }

    fn section(&mut self, name: &str) {
        self.add(format!("\n{name}"));
    }
}
