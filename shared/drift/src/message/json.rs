//! A notice for machines.

use serde_json::{Value, json};

use super::Place;
use super::commands::Commands;
use crate::hour::format_hour_iso;
use crate::state::Notice;

/// Layout of the document. Fields may be added without a new one.
const VERSION: u32 = 1;

pub(super) fn of(notice: &Notice, place: &Place, commands: &Commands) -> Value {
    let incident = &notice.incident;
    json!({
        "version": VERSION,
        "kind": notice.kind,
        "incident": incident.id,
        "table": incident.table,
        "fingerprint": incident.fingerprint,
        "status": incident.status,
        "severity": incident.severity,
        "since": format_hour_iso(incident.opened_hour),
        "told": format_hour_iso(incident.told_hour),
        "last_breach": format_hour_iso(incident.last_breach_hour),
        "recovered": incident.recovered_hour.map(format_hour_iso),
        "hours": incident.hours,
        "rows": incident.rows,
        "expected_rows": incident.expected_rows,
        "monitors": incident.monitors,
        "results": incident.worst,
        "lake": place.lake,
        "files": place.files,
        "report": place.report,
        "commands": {
            "rows": commands.rows,
            "show": commands.show,
            "ack": commands.ack,
            "expected": commands.expected,
            "mute": commands.mute,
        },
    })
}
