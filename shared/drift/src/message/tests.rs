use std::collections::BTreeMap;

use super::*;
use crate::{HourInput, HourVerdict, Settings, State, evaluate, step};

/// A notice of an outage of two hours, and of its end, from hours of a thousand rows.
fn notices() -> Vec<Notice> {
    let mut usual = HourInput::default();
    usual.profile.rows = 1234;
    usual.profile.event_types = [1234, 0, 0, 0];
    usual.profile.sessions.add([1234, 0, 0, 0], 60);
    let now = crate::parse_hour("2026-03-02T03").unwrap();
    let history: BTreeMap<i64, HourInput> =
        (1..1400).map(|back| (now + 10 - back, usual.clone())).filter(|(hour, _)| *hour < now).collect();
    let (settings, mut state) = (Settings::default(), State::default());
    let mut told = Vec::new();
    for (hour, input) in
        [(now, &HourInput::default()), (now + 1, &HourInput::default()), (now + 2, &usual), (now + 3, &usual)]
    {
        let verdict: HourVerdict = evaluate(hour, input, &history, &settings, &state);
        told.extend(step(&mut state, &verdict, &settings));
    }
    told
}

fn place() -> Place {
    Place {
        lake: "s3://shop/my lake".to_owned(),
        files: (0..7).map(|n| format!("s3://shop/file-{n}.parquet")).collect(),
        report: Some("https://example.org/report".to_owned()),
    }
}

#[test]
fn an_outage_is_told_in_plain_words() {
    let notices = notices();
    assert_eq!(notices.len(), 2);
    let Message { subject, body, severity, .. } = message(&notices[0], &place());
    assert_eq!(subject, "[critical] fact_user_events: rows per hour: 0 instead of 1,234");
    assert_eq!(severity, Severity::Critical);
    let id = &notices[0].incident.id;
    for part in [
        "CRITICAL: look at it now.",
        "Since   2026-03-02 03:00 UTC (1 hour so far)",
        "rows per hour: 0 instead of 1,234 (-100 %)",
        "estrella query \"SELECT * FROM model.fact_user_events WHERE event_date = DATE '2026-03-02' AND hour_of_day = 3 LIMIT 20\" --lake 's3://shop/my lake'",
        "s3://shop/file-0.parquet",
        "and 2 files more",
        &format!("estrella ack {id} --lake"),
        &format!("estrella ack {id} --expected --lake"),
        "estrella mute volume --until 2026-03-03T03 --lake",
        "Report  https://example.org/report",
    ] {
        assert!(body.contains(part), "{part}\n{body}");
    }
    assert!(!body.contains("file-5"));
}

#[test]
fn its_end_is_told_with_its_length_and_its_rows() {
    let notices = notices();
    let Message { subject, body, json, .. } = message(&notices[1], &place());
    assert_eq!(subject, "[recovered] fact_user_events: rows per hour");
    for part in [
        "From    2026-03-02 03:00 UTC",
        "Until   2026-03-02 05:00 UTC",
        "Lasted  2 hours",
        "Touched 0 rows (2,468 are usual)",
    ] {
        assert!(body.contains(part), "{part}\n{body}");
    }
    assert_eq!(
        (json["kind"].as_str(), json["recovered"].as_str()),
        (Some("recovered"), Some("2026-03-02T05:00:00Z"))
    );
}

#[test]
fn machines_read_the_same() {
    let notice = &notices()[0];
    let json = message(notice, &place()).json;
    assert_eq!(json["version"], 1);
    assert_eq!(json["kind"], "opened");
    assert_eq!(json["incident"], notice.incident.id.as_str());
    assert_eq!(json["severity"], "critical");
    assert_eq!(json["since"], "2026-03-02T03:00:00Z");
    assert_eq!(json["results"][0]["monitor"], "volume");
    assert_eq!(json["results"][0]["observed"], 0.0);
    assert_eq!(json["files"].as_array().map(Vec::len), Some(7));
    assert!(json["commands"]["ack"].as_str().is_some_and(|command| command.starts_with("estrella ack ")));
}

#[test]
fn a_subject_is_one_short_line_of_ascii() {
    let mut notice = notices().remove(0);
    notice.incident.worst[0].monitor = "category_price".to_owned();
    notice.incident.worst[0].segment = Some("Ärger\n".repeat(40));
    let subject = message(&notice, &place()).subject;
    assert_eq!(subject.len(), 99);
    assert!(subject.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
}
