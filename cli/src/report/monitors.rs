//! What the monitors said, from `ops.drift_results`.

use std::collections::BTreeMap;

use estrella_core::schema::DRIFT_RESULTS;
use estrella_lake::Result;
use estrella_report::{Contributor, Monitor, MonitorOutcome};

use super::HOUR_MS;
use super::read::{Read, optional};

/// Monitor and segment.
type Name = (String, Option<String>);

/// The last word on every hour.
pub(super) struct Drift {
    by_hour: BTreeMap<(i64, Name), (i64, Monitor)>,
}

impl Drift {
    pub(super) async fn read(read: &Read<'_>) -> Result<Self> {
        const COLUMNS: [&str; 16] = [
            "checked_at",
            "event_hour",
            "monitor",
            "column_name",
            "segment",
            "test",
            "outcome",
            "statistic",
            "p_value",
            "p_adjusted",
            "effect",
            "effect_floor",
            "observed",
            "expected",
            "unit",
            "contributors",
        ];
        let mut by_hour = BTreeMap::new();
        for group in read.columns(&DRIFT_RESULTS, &COLUMNS, None).await? {
            let (checked, hours) = (group.times_ms("checked_at")?, group.times_ms("event_hour")?);
            let segments = group.texts("segment")?;
            let text = |name: &str, row: usize| {
                Ok::<_, estrella_lake::Error>(group.texts(name)?.value(row).to_owned())
            };
            let number =
                |name: &str, row: usize| Ok::<_, estrella_lake::Error>(Some(group.doubles(name)?.value(row)));
            for row in 0..group.len() {
                let hour = hours[row].div_euclid(HOUR_MS);
                let outcome = outcome(group.texts("outcome")?.value(row));
                // While there is nothing to compare with, what is expected is no figure.
                let compared = |value: Option<f64>| value.filter(|_| outcome != MonitorOutcome::Learning);
                let contributors: Vec<estrella_drift::Contributor> =
                    serde_json::from_str(&text("contributors", row)?)
                        .map_err(|_| group.unfit("contributors"))?;
                let monitor = Monitor {
                    monitor: text("monitor", row)?,
                    column: text("column_name", row)?,
                    segment: optional(segments, row),
                    test: text("test", row)?,
                    hour,
                    outcome,
                    statistic: compared(number("statistic", row)?),
                    p_value: compared(number("p_value", row)?),
                    p_adjusted: compared(number("p_adjusted", row)?),
                    effect: compared(number("effect", row)?),
                    effect_floor: number("effect_floor", row)?,
                    observed: number("observed", row)?,
                    expected: compared(number("expected", row)?),
                    unit: text("unit", row)?,
                    contributors: contributors.into_iter().map(contributor).collect(),
                };
                let key = (hour, (monitor.monitor.clone(), monitor.segment.clone()));
                let known = by_hour.entry(key).or_insert_with(|| (checked[row], monitor.clone()));
                if known.0 < checked[row] {
                    *known = (checked[row], monitor);
                }
            }
        }
        Ok(Self { by_hour })
    }

    /// The last result of every monitor and segment.
    pub(super) fn last(&self) -> Vec<Monitor> {
        let mut last = BTreeMap::new();
        for ((_, name), (_, monitor)) in &self.by_hour {
            last.insert(name, monitor);
        }
        last.into_values().cloned().collect()
    }

    /// What a monitor of all rows said of an hour.
    pub(super) fn of(&self, hour: i64, monitor: &str) -> Option<&Monitor> {
        self.by_hour.get(&(hour, (monitor.to_owned(), None))).map(|(_, monitor)| monitor)
    }
}

fn outcome(word: &str) -> MonitorOutcome {
    match word {
        "breach" => MonitorOutcome::Breach,
        "muted" => MonitorOutcome::Muted,
        "ok" => MonitorOutcome::Ok,
        _ => MonitorOutcome::Learning,
    }
}

fn contributor(found: estrella_drift::Contributor) -> Contributor {
    Contributor {
        segment: found.segment,
        observed: Some(found.observed),
        expected: Some(found.expected),
        share: Some(found.share),
    }
}
