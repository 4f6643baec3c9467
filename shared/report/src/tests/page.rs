//! The page as a whole.

use proptest::prelude::*;

use super::html::{Tag, check};
use super::sample::{any_report, full};
use crate::{
    Bin, Distribution, Form, Hour, Incident, MAX_HOURS, MAX_ITEMS, MAX_RUNS, Monitor, Report, Rule, Volume,
    render,
};

const HOSTILE: &str = "<script>alert(1)</script>\"'&]]></style>--><b onload=x>";

fn embedded(html: &str) -> Report {
    let (_, after) = html.split_once(r#"<script type="application/json" id="data">"#).unwrap();
    serde_json::from_str(after.split_once("</script>").unwrap().0).unwrap()
}

#[test]
fn a_new_lake_has_a_page_that_explains_itself() {
    let html = render(&Report { lake: "./lake".into(), ..Report::default() });
    check(&html);
    assert!(html.contains("Monitors learn until some days of hours are known"));
    assert_eq!(html.matches(r#"class="empty""#).count(), 9, "one for each section but the summary");
}

#[test]
fn the_same_data_gives_the_same_bytes_in_any_order() {
    let report = full();
    let mut turned = report.clone();
    turned.volume.hours.reverse();
    turned.volume.marks.reverse();
    turned.runs.reverse();
    turned.rules.reverse();
    turned.monitors.reverse();
    turned.incidents.reverse();
    turned.rejected.reverse();
    assert!(render(&report) == render(&report));
    assert!(render(&report) == render(&turned));
}

#[test]
fn what_is_embedded_is_what_is_shown() {
    let mut report = full();
    let html = render(&report);
    let read = embedded(&html);
    assert_eq!(read.runs.len(), MAX_RUNS);
    report.runs.sort_by_key(|run| std::cmp::Reverse(run.started_at_ms));
    report.runs.truncate(MAX_RUNS);
    assert_eq!(read.runs, report.runs);
    assert_eq!(read.volume, report.volume);
    assert!(render(&read) == html, "the page of what a page holds is the page");
}

#[test]
fn eight_weeks_are_small_and_years_are_not_larger() {
    let mut report = full();
    let eight_weeks = render(&report).len();
    assert!(eight_weeks < 800_000, "{eight_weeks}");
    report.volume.hours = (0..30_000).map(|hour| Hour { hour, ..report.volume.hours[0] }).collect();
    report.monitors = vec![report.monitors[0].clone(); 5_000];
    report.rules.iter_mut().for_each(|rule| rule.results = vec![rule.results[0]; 5_000]);
    let html = render(&report);
    assert_eq!(embedded(&html).volume.hours.len(), MAX_HOURS);
    assert!(html.contains("4,800\u{a0}monitors more, not shown here"));
    assert_eq!(embedded(&html).monitors.len(), MAX_ITEMS);
    assert!(html.len() < 1_500_000, "{}", html.len());
}

#[test]
fn markup_in_data_stays_text() {
    let text = || HOSTILE.to_owned();
    let report = Report {
        lake: text(),
        distributions: vec![Distribution {
            title: text(),
            bins: vec![Bin { label: text(), current: 1, reference: 1, ..Bin::default() }],
            form: Form::Categories,
            ..Distribution::default()
        }],
        rules: vec![Rule { id: text(), text: text(), table: text(), ..Rule::default() }],
        monitors: vec![Monitor {
            monitor: text(),
            segment: Some(text()),
            unit: text(),
            ..Monitor::default()
        }],
        incidents: vec![Incident {
            id: text(),
            what: vec![text()],
            commands: vec![text()],
            ..Incident::default()
        }],
        ..Report::default()
    };
    let html = render(&report);
    let tags = check(&html);
    assert!(!html.contains("<script>alert") && !html.contains("<b onload"));
    assert_eq!(tags.iter().filter(|tag| tag.name == "script").count(), 2, "ours and the data");
    assert_eq!(embedded(&html).lake, HOSTILE);
}

#[test]
fn nothing_is_fetched_from_outside() {
    for Tag { name, attributes } in check(&render(&full())) {
        for (attribute, value) in attributes {
            if ["src", "href", "action", "srcset", "data", "poster"].contains(&attribute.as_str()) {
                assert!(value.starts_with('#') || value.starts_with("data:"), "{name} {attribute}={value}");
            }
        }
    }
}

#[test]
fn ids_are_unique_and_what_refers_to_one_finds_it() {
    let tags = check(&render(&full()));
    let named = |wanted: &str| {
        tags.iter()
            .flat_map(|t| &t.attributes)
            .filter(|(n, _)| n == wanted)
            .map(|(_, v)| v.clone())
            .collect::<Vec<_>>()
    };
    let mut ids = named("id");
    ids.sort_unstable();
    assert!(ids.windows(2).all(|pair| pair[0] != pair[1]));
    let mut referred: Vec<String> =
        ["aria-labelledby", "aria-describedby", "for"].iter().flat_map(|a| named(a)).collect();
    referred.extend(named("href").iter().filter_map(|href| href.strip_prefix('#').map(str::to_owned)));
    assert!(referred.len() > 100);
    for id in referred {
        assert!(ids.binary_search(&id).is_ok(), "{id}");
    }
}

#[test]
fn numbers_that_are_none_never_reach_an_attribute() {
    let mut report = full();
    for (i, hour) in report.volume.hours.iter_mut().enumerate() {
        let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX][i % 4];
        (hour.lower, hour.upper, hour.anomalous) = (Some(-odd), Some(odd), true);
    }
    for monitor in &mut report.monitors {
        (monitor.effect, monitor.effect_floor) = (Some(f64::NAN), Some(f64::INFINITY));
        (monitor.observed, monitor.p_adjusted) = (Some(f64::NEG_INFINITY), Some(f64::NAN));
    }
    // `check` looks at each attribute.
    let html = render(&report);
    check(&html);
    assert!(!html.contains(">NaN") && !html.contains(">inf"));
}

#[test]
fn hours_that_no_calendar_has_do_not_hide_the_others() {
    let hours = [i64::MIN, 437_000, i64::MAX].map(|hour| Hour { hour, rows: 7, ..Hour::default() });
    let html = render(&Report { volume: Volume { hours: hours.into(), marks: vec![] }, ..Report::default() });
    assert_eq!(embedded(&html).volume.hours, [hours[1]]);
}

#[test]
fn one_hour_is_a_page() {
    for rows in [0, 1, u64::MAX] {
        let hours = vec![Hour { hour: 437_000, rows, ..Hour::default() }];
        check(&render(&Report { volume: Volume { hours, marks: vec![] }, ..Report::default() }));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_report_is_a_well_formed_page(report in any_report()) {
        let html = render(&report);
        check(&html);
        prop_assert!(render(&embedded(&html)) == html || report.has_floats_that_are_none());
    }
}
