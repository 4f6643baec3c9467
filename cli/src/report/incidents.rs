//! Incidents and mutes.

use estrella_drift::{MonitorResult, State};
use estrella_report as report;

pub(super) fn mutes(state: &State) -> Vec<report::Mute> {
    let mute = |mute: &estrella_drift::Mute| report::Mute {
        pattern: mute.monitors.as_str().to_owned(),
        until_hour: mute.until_hour,
        by: mute.by.clone(),
        note: mute.note.clone(),
    };
    state.mutes().iter().map(mute).collect()
}

pub(super) fn incidents(state: &State, lake: &str) -> Vec<report::Incident> {
    let incident = |incident: &estrella_drift::Incident| report::Incident {
        id: incident.id.clone(),
        table: incident.table.clone(),
        status: match incident.status {
            estrella_drift::Status::Open => report::IncidentStatus::Open,
            estrella_drift::Status::Acknowledged => report::IncidentStatus::Acknowledged,
            estrella_drift::Status::Recovered => report::IncidentStatus::Recovered,
        },
        severity: match incident.severity {
            estrella_drift::Severity::Warning => report::Severity::Warning,
            estrella_drift::Severity::Critical => report::Severity::Critical,
        },
        from_hour: incident.opened_hour,
        to_hour: incident.recovered_hour,
        what: incident.worst.iter().map(sentence).collect(),
        commands: vec![
            format!("estrella incidents --lake {lake}"),
            format!("estrella ack {} --lake {lake}", incident.id),
        ],
        acknowledged_by: incident.acknowledged_by.clone(),
        note: incident.note.clone(),
    };
    state.incidents().iter().map(incident).collect()
}

fn sentence(result: &MonitorResult) -> String {
    let name = result.name();
    match result.unit.as_str() {
        "share" => {
            format!("{name} is {:.1} %, usually {:.1} %", 100.0 * result.observed, 100.0 * result.expected)
        }
        unit => format!("{name} is {:.4} {unit}, usually {:.4}", result.observed, result.expected),
    }
}
