//! What the events are like, from `ops.profile_hours`.

use std::collections::{BTreeMap, BTreeSet};

use estrella_core::event::EventType;
use estrella_core::profile::{Histogram, HourProfile, least_of};
use estrella_core::schema::PROFILE_HOURS;
use estrella_drift::{Settings, State};
use estrella_lake::Result;
use estrella_report::{
    Bin, Distance, Distribution, Form, Funnel, FunnelStep, Hour, Mark, MarkKind, MonitorOutcome, Period,
    Volume,
};
use iceberg::expr::Reference;
use iceberg::spec::Datum;

use super::HOUR_MS;
use super::monitors::Drift;
use super::read::Read;

/// Hours that are shown: eight weeks, and what monitors compare with.
const SHOWN_HOURS: i64 = 8 * 7 * 24;
/// Hours that count as now.
const CURRENT_HOURS: i64 = 24;
/// Categories and brands that are shown by name.
const NAMES: usize = 10;
/// Buckets of prices and lengths that are shown as one: a doubling has four of these.
const BUCKETS_PER_BIN: i32 = 4;
/// From here on a population stability index is taken for a great shift (Siddiqi, Credit Risk Scorecards, 2006).
const GREAT_PSI: f64 = 0.25;

/// Hours with all their parts.
pub(super) struct Hours(BTreeMap<i64, HourProfile>);

impl Hours {
    /// The last weeks before the newest hour.
    pub(super) async fn read(read: &Read<'_>) -> Result<Self> {
        let mut latest = None;
        for group in read.columns(&PROFILE_HOURS, &["event_hour"], None).await? {
            latest = latest.max(group.times_ms("event_hour")?.into_iter().max());
        }
        let Some(latest) = latest.map(|ms| ms.div_euclid(HOUR_MS)) else { return Ok(Self(BTreeMap::new())) };
        let first = latest - SHOWN_HOURS + 1;
        let from = Datum::timestamptz_micros(first * HOUR_MS * 1000);
        let shown = Reference::new("event_hour").greater_than_or_equal_to(from);
        let mut hours: BTreeMap<i64, HourProfile> = BTreeMap::new();
        for group in read.columns(&PROFILE_HOURS, &["event_hour", "profile"], Some(shown)).await? {
            let (times, profiles) = (group.times_ms("event_hour")?, group.texts("profile")?);
            for (row, time) in times.into_iter().enumerate() {
                let hour = time.div_euclid(HOUR_MS);
                if hour >= first {
                    let part = HourProfile::unpack(profiles.value(row));
                    hours.entry(hour).or_default().merge(&part.ok_or_else(|| group.unfit("profile"))?);
                }
            }
        }
        Ok(Self(hours))
    }

    fn latest(&self) -> Option<i64> {
        self.0.keys().next_back().copied()
    }

    fn total(&self, from: i64, to: i64) -> HourProfile {
        let mut total = HourProfile::default();
        self.0.range(from..to).for_each(|(_, hour)| total.merge(hour));
        total
    }

    /// Now and before: the last day, and the weeks before it.
    fn periods(&self) -> Option<(Period, Period)> {
        let (first, latest) = (*self.0.keys().next()?, self.latest()?);
        let current = Period { from_hour: latest + 1 - CURRENT_HOURS, to_hour: latest + 1 };
        Some((current, Period { from_hour: first.min(current.from_hour), to_hour: current.from_hour }))
    }

    pub(super) fn funnel(&self) -> Option<Funnel> {
        let (current, reference) = self.periods()?;
        let now = self.total(current.from_hour, current.to_hour);
        let before = self.total(reference.from_hour, reference.to_hour);
        let kinds = [EventType::View, EventType::Cart, EventType::Purchase];
        let steps = kinds.iter().enumerate().map(|(at, kind)| FunnelStep {
            name: kind.as_str().to_owned(),
            events: now.event_types[*kind as usize],
            sessions: now.sessions.with(*kind),
            reference_rate: at.checked_sub(1).and_then(|previous| {
                let of = before.sessions.with(kinds[previous]);
                (of > 0).then(|| before.sessions.with(*kind) as f64 / of as f64)
            }),
        });
        Some(Funnel { period: current, steps: steps.collect() })
    }

    /// Every hour from the first to the newest one; those that the monitors found empty are zeros.
    pub(super) fn volume(&self, drift: &Drift, state: &State, settings: &Settings) -> Volume {
        let first = self.0.keys().next().copied().unwrap_or_default();
        let mut hours: Vec<Hour> = Vec::new();
        for hour in first..=self.latest().unwrap_or(first - 1) {
            let monitor = drift.of(hour, "volume");
            let band =
                monitor.and_then(|m| Some((m.expected?, m.effect_floor.filter(|floor| *floor > 0.0)?)));
            let rows = match (self.0.get(&hour), monitor) {
                (Some(profile), _) => profile.rows,
                (None, Some(_)) => 0,
                (None, None) => continue,
            };
            hours.push(Hour {
                hour,
                rows,
                // The effect is how many times more or fewer there are.
                lower: band.map(|(expected, floor)| expected / floor),
                upper: band.map(|(expected, floor)| expected * floor),
                anomalous: monitor.is_some_and(|monitor| monitor.outcome == MonitorOutcome::Breach),
            });
        }
        let incidents = state.incidents().iter().map(|incident| Mark {
            kind: MarkKind::Incident,
            from_hour: incident.opened_hour,
            to_hour: incident.recovered_hour,
            label: incident.worst.first().map_or_else(|| incident.table.clone(), |worst| worst.name()),
            incident: Some(incident.id.clone()),
        });
        let calendar = settings.calendar.iter().map(|entry| Mark {
            kind: MarkKind::Calendar,
            from_hour: entry.from,
            to_hour: Some(entry.to),
            label: entry.name.clone(),
            incident: None,
        });
        Volume { hours, marks: incidents.chain(calendar).collect() }
    }

    pub(super) fn distributions(&self, drift: &Drift) -> Vec<Distribution> {
        let Some((current, reference)) = self.periods() else { return Vec::new() };
        let now = self.total(current.from_hour, current.to_hour);
        let before = self.total(reference.from_hour, reference.to_hour);
        let has_reference = before.rows > 0;
        let latest = current.to_hour - 1;
        let make = |title: &str, counted: &str, unit: Option<&str>, bins: Vec<Bin>, monitor: &str| {
            let form = if unit.is_some() { Form::Histogram } else { Form::Categories };
            let counts = |of: fn(&Bin) -> u64| bins.iter().map(|bin| of(bin) as f64).collect::<Vec<_>>();
            let psi = estrella_stats::psi(&counts(|bin| bin.reference), &counts(|bin| bin.current));
            let outcome = drift.of(latest, monitor).map_or(MonitorOutcome::Learning, |m| m.outcome);
            Distribution {
                title: title.to_owned(),
                counted: counted.to_owned(),
                unit: unit.map(str::to_owned),
                form,
                bins,
                current,
                reference: has_reference.then_some(reference),
                distance: has_reference.then(|| Distance {
                    name: "PSI".to_owned(),
                    value: Some(psi),
                    limit: Some(GREAT_PSI),
                    p_value: None,
                    outcome,
                }),
            }
        };
        let kinds = EventType::ALL.iter().map(|kind| Bin {
            label: kind.as_str().to_owned(),
            current: now.event_types[*kind as usize],
            reference: before.event_types[*kind as usize],
            ..Bin::default()
        });
        let categories = |profile: &HourProfile| -> BTreeMap<String, u64> {
            profile.categories.iter().map(|(name, segment)| (name.clone(), segment.rows())).collect()
        };
        vec![
            make("Event types", "events", None, kinds.collect(), "event_mix"),
            make("Price", "events", Some("currency"), prices(&now, &before), "price"),
            make(
                "Categories",
                "events",
                None,
                names(&categories(&now), &categories(&before)),
                "category_mix",
            ),
            make("Brands", "events", None, names(&now.brands.counts(), &before.brands.counts()), "brand_mix"),
            make(
                "Session length",
                "sessions",
                Some("seconds"),
                bins(&now.sessions.seconds, &before.sessions.seconds, 1.0),
                "session_length",
            ),
            make(
                "Events per session",
                "sessions",
                Some("events"),
                bins(&now.sessions.events, &before.sessions.events, 1.0),
                "events_per_session",
            ),
        ]
    }
}

fn prices(now: &HourProfile, before: &HourProfile) -> Vec<Bin> {
    bins(&now.prices.histogram, &before.prices.histogram, 100.0)
}

/// Some buckets at a time, without gaps; `unit` is how many of a bucket's units make one that is shown.
fn bins(now: &Histogram, before: &Histogram, unit: f64) -> Vec<Bin> {
    let of = |histogram: &Histogram| -> BTreeMap<i32, u64> {
        let mut counts = BTreeMap::new();
        for (bucket, count) in histogram.buckets() {
            *counts.entry(bucket.div_euclid(BUCKETS_PER_BIN)).or_default() += count;
        }
        counts
    };
    let (now, before) = (of(now), of(before));
    let all: BTreeSet<i32> = now.keys().chain(before.keys()).copied().collect();
    let (Some(first), Some(last)) = (all.first(), all.last()) else { return Vec::new() };
    let bin = |at: i32| Bin {
        label: String::new(),
        from: Some(least_of(at * BUCKETS_PER_BIN) / unit),
        to: Some(least_of((at + 1) * BUCKETS_PER_BIN) / unit),
        current: now.get(&at).copied().unwrap_or_default(),
        reference: before.get(&at).copied().unwrap_or_default(),
    };
    (*first..=*last).map(bin).collect()
}

/// The most frequent names of both, and all others together.
fn names(now: &BTreeMap<String, u64>, before: &BTreeMap<String, u64>) -> Vec<Bin> {
    let total = |counts: &BTreeMap<String, u64>| counts.values().sum::<u64>().max(1) as f64;
    let (all_now, all_before) = (total(now), total(before));
    let count = |counts: &BTreeMap<String, u64>, name: &str| counts.get(name).copied().unwrap_or_default();
    let weight = |name: &str| count(now, name) as f64 / all_now + count(before, name) as f64 / all_before;
    let mut ranked: Vec<&String> =
        now.keys().chain(before.keys()).collect::<BTreeSet<_>>().into_iter().collect();
    ranked.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
    let rare = ranked.split_off(ranked.len().min(NAMES));
    let shown = |name: &str| if name.is_empty() { "unknown".to_owned() } else { name.to_owned() };
    let mut bins: Vec<Bin> = ranked
        .into_iter()
        .map(|name| Bin {
            label: shown(name),
            current: count(now, name),
            reference: count(before, name),
            ..Bin::default()
        })
        .collect();
    if !rare.is_empty() {
        bins.push(Bin {
            label: format!("{} others", rare.len()),
            current: rare.iter().map(|name| count(now, name)).sum(),
            reference: rare.iter().map(|name| count(before, name)).sum(),
            ..Bin::default()
        });
    }
    bins
}
