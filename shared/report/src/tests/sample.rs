//! Reports to be rendered.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::*;

const NOW: i64 = 437_520;

/// Eight weeks of hours and something of everything.
pub(super) fn full() -> Report {
    let hour = |hour: i64| Hour {
        hour,
        rows: (1_000 + 37 * (hour % 24)) as u64,
        lower: (hour % 3 > 0).then_some(900.5),
        upper: Some(2_100.25),
        anomalous: hour % 50 == 0,
    };
    let mark = |from_hour, incident: Option<&str>| Mark {
        from_hour,
        to_hour: incident.map(|_| from_hour + 3),
        label: "volume".into(),
        incident: incident.map(str::to_owned),
        kind: if incident.is_some() { MarkKind::Incident } else { MarkKind::Calendar },
    };
    let period = Period { from_hour: NOW - 24, to_hour: NOW };
    let bin =
        |i: u32| Bin { from: Some(f64::from(i)), current: u64::from(i), reference: 9, ..Bin::default() };
    let distribution = |form| Distribution {
        title: "Price".into(),
        form,
        bins: (0..20).map(bin).collect(),
        current: period,
        reference: Some(period),
        distance: Some(Distance { name: "PSI".into(), value: Some(0.1), ..Distance::default() }),
        ..Distribution::default()
    };
    let outcomes = [
        RuleOutcome::Pass,
        RuleOutcome::Warn,
        RuleOutcome::Quarantine,
        RuleOutcome::Block,
        RuleOutcome::Skip,
    ];
    let result = |i: i64| RuleResult { at_ms: i, outcome: outcomes[(i % 5) as usize], observed: Some(0.5) };
    let monitors =
        [MonitorOutcome::Ok, MonitorOutcome::Breach, MonitorOutcome::Muted, MonitorOutcome::Learning];
    let statuses = [IncidentStatus::Open, IncidentStatus::Acknowledged, IncidentStatus::Recovered];
    Report {
        lake: "s3://bucket/lake".into(),
        generated_at_ms: NOW * 3_600_000,
        tables: vec![Table {
            name: "clean.events".into(),
            rows: 7,
            committed_at_ms: Some(0),
            fresh_for_minutes: Some(9),
        }],
        runs: (0..30)
            .map(|i| Run { run_id: format!("run-{i}"), started_at_ms: i, ..Run::default() })
            .collect(),
        totals: Totals {
            runs: 30,
            rows: Rows { facts: 10, duplicates: 1, rejected: 1, quarantined: 1, blocked: 1, discarded: 1 },
        },
        funnel: Some(Funnel {
            period,
            steps: ["view", "cart", "purchase"]
                .map(|name| FunnelStep {
                    name: name.into(),
                    events: 9,
                    sessions: 3,
                    reference_rate: Some(0.5),
                })
                .into(),
        }),
        volume: Volume {
            hours: (NOW - MAX_HOURS as i64..NOW).map(hour).collect(),
            marks: vec![
                mark(NOW - 300, Some("incident-0")),
                mark(NOW - 9, Some("gone")),
                mark(NOW - 4, None),
            ],
        },
        distributions: vec![distribution(Form::Categories), distribution(Form::Histogram)],
        rules: (0..30)
            .map(|i| Rule {
                id: format!("rule-{i:02}"),
                text: "RowCount > 0".into(),
                results: (0..30).map(|j| result(i + j)).collect(),
                ..Rule::default()
            })
            .collect(),
        monitors: (0..40)
            .map(|i| Monitor {
                monitor: format!("monitor {i:02}"),
                outcome: monitors[i % 4],
                effect: Some(0.2),
                effect_floor: Some(0.1),
                ..Monitor::default()
            })
            .collect(),
        mutes: vec![Mute { pattern: "price*".into(), by: "somebody".into(), ..Mute::default() }],
        rejected: vec![Rejected {
            reason: "bad_price".into(),
            rows: 3,
            example: Some(Example { object: "raw/a.csv".into(), line: Some(4) }),
        }],
        incidents: (0..6)
            .map(|i| Incident {
                id: format!("incident-{i}"),
                status: statuses[i % 3],
                from_hour: NOW - 9,
                what: vec!["volume".into()],
                ..Incident::default()
            })
            .collect(),
    }
}

impl Report {
    /// Whether JSON cannot hold it: floats that are none become unknown.
    pub(super) fn has_floats_that_are_none(&self) -> bool {
        let odd = |value: Option<f64>| value.is_some_and(|value| !value.is_finite());
        self.volume.hours.iter().any(|hour| odd(hour.lower) || odd(hour.upper))
            || self
                .monitors
                .iter()
                .any(|monitor| odd(monitor.effect) || odd(monitor.effect_floor) || odd(monitor.observed))
            || self.distributions.iter().flat_map(|d| &d.bins).any(|bin| odd(bin.from) || odd(bin.to))
    }
}

fn float() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![Just(None), prop::num::f64::ANY.prop_map(Some), (0.0..1e5).prop_map(Some)]
}

fn any_hour() -> impl Strategy<Value = i64> {
    prop_oneof![4 => NOW - 900..NOW, 1 => any::<i64>()]
}

fn hours() -> impl Strategy<Value = Vec<Hour>> {
    let hour = (any_hour(), prop_oneof![0u64..9_999, any::<u64>()], float(), float(), any::<bool>());
    vec(
        hour.prop_map(|(hour, rows, lower, upper, anomalous)| Hour { hour, rows, lower, upper, anomalous }),
        0..60,
    )
}

fn marks() -> impl Strategy<Value = Vec<Mark>> {
    let mark = (any_hour(), prop::option::of(any_hour()), ".{0,9}", prop::option::of(".{0,3}"));
    let mark = mark.prop_map(|(from_hour, to_hour, label, incident)| Mark {
        from_hour,
        to_hour,
        label,
        incident,
        ..Mark::default()
    });
    vec(mark, 0..6)
}

fn distributions() -> impl Strategy<Value = Vec<Distribution>> {
    let bin = (".{0,40}", float(), float(), any::<u64>(), any::<u64>());
    let bin =
        bin.prop_map(|(label, from, to, current, reference)| Bin { label, from, to, current, reference });
    let form = prop_oneof![Just(Form::Categories), Just(Form::Histogram)];
    let one = (".{0,9}", form, vec(bin, 0..60), prop::option::of(Just(Period::default())));
    vec(
        one.prop_map(|(title, form, bins, reference)| Distribution {
            title,
            form,
            bins,
            reference,
            ..Distribution::default()
        }),
        0..3,
    )
}

/// Reports of all sorts, with texts and numbers that nobody expects.
pub(super) fn any_report() -> impl Strategy<Value = Report> {
    let monitor =
        (".{0,9}", float(), float(), float()).prop_map(|(monitor, effect, effect_floor, observed)| Monitor {
            monitor,
            effect,
            effect_floor,
            observed,
            ..Monitor::default()
        });
    let incident = (any_hour(), prop::option::of(any_hour()), ".{0,9}");
    let incidents = vec((Just(()), incident), 0..4).prop_map(|list| {
        let of = |(i, ((), (from_hour, to_hour, what)))| Incident {
            id: format!("{i}"),
            from_hour,
            to_hour,
            what: vec![what],
            ..Incident::default()
        };
        list.into_iter().enumerate().map(of).collect()
    });
    let table = (any::<u64>(), prop::option::of(any::<i64>()), prop::option::of(any::<u64>()));
    let table = table.prop_map(|(rows, committed_at_ms, fresh_for_minutes)| Table {
        rows,
        committed_at_ms,
        fresh_for_minutes,
        ..Table::default()
    });
    let rows =
        any::<[u64; 6]>().prop_map(|[facts, duplicates, rejected, quarantined, blocked, discarded]| Rows {
            facts,
            duplicates,
            rejected,
            quarantined,
            blocked,
            discarded,
        });
    let step = (".{0,9}", any::<u64>(), any::<u64>(), float());
    let step = step.prop_map(|(name, events, sessions, reference_rate)| FunnelStep {
        name,
        events,
        sessions,
        reference_rate: reference_rate.filter(|r| r.is_finite()),
    });
    let parts = (
        ".{0,20}",
        any::<i64>(),
        hours(),
        marks(),
        distributions(),
        vec(monitor, 0..5),
        incidents,
        vec(table, 0..4),
        rows,
        vec(step, 0..4),
    );
    parts.prop_map(
        |(lake, generated_at_ms, hours, marks, distributions, monitors, incidents, tables, rows, steps)| {
            Report {
                lake,
                generated_at_ms,
                volume: Volume { hours, marks },
                distributions,
                monitors,
                incidents,
                tables,
                totals: Totals { runs: 1, rows },
                funnel: Some(Funnel { steps, ..Funnel::default() }),
                runs: vec![Run { rows, ..Run::default() }],
                ..Report::default()
            }
        },
    )
}
