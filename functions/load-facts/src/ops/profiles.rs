//! The profiles of a run's batches, as rows.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray};
use estrella_contracts::{JudgedBatch, JudgedRun};
use estrella_core::event::{MICROS_PER_DAY, MICROS_PER_HOUR};
use estrella_core::profile::{Metric, Profile, metrics};
use estrella_lake::{Error, ErrorKind, Result};
use estrella_runtime::Deps;

use super::{date, text};

/// The segment of what rules have measured.
const OF_RULES: &str = "rule";

/// What the profiles of a run's accepted batches come to. A profile takes much memory, so there is one at a time.
pub(super) struct Measured<'r> {
    run_id: &'r str,
    /// With the begin of the batch's last hour.
    metrics: Vec<(&'r JudgedBatch, i64, Metric)>,
    hours: Vec<Hour<'r>>,
}

/// One hour of a batch.
struct Hour<'r> {
    batch: &'r JudgedBatch,
    /// Microseconds since the Unix epoch.
    begin: i64,
    rows: u64,
    packed: String,
    is_last: bool,
}

impl<'r> Measured<'r> {
    pub(super) async fn read(run: &'r JudgedRun, deps: &Deps) -> Result<Self> {
        let mut measured = Self { run_id: &run.plan.run_id, metrics: Vec::new(), hours: Vec::new() };
        for batch in run.batches.iter().filter(|batch| !batch.is_blocked()) {
            let key = &batch.cleaned.profile_key;
            // A run that was cut short at its very end may have cleared the profile after its rows were committed.
            let profile = match deps.lake.store().get(key).await {
                Ok(bytes) => serde_json::from_slice::<Profile>(&bytes)
                    .map_err(|e| Error::invalid("profile cannot be read").at(key).because(e))?,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            measured.add(batch, &profile);
        }
        Ok(measured)
    }

    fn add(&mut self, batch: &'r JudgedBatch, profile: &Profile) {
        let of_rules = batch.metrics.iter().map(|(name, value)| Metric {
            column: None,
            name: name.clone(),
            segment: Some(OF_RULES.to_owned()),
            value: *value,
        });
        let last = profile.hours.keys().next_back().copied().unwrap_or_default();
        let begin = hour_time(date(batch), last);
        self.metrics
            .extend(metrics(profile).into_iter().chain(of_rules).map(|metric| (batch, begin, metric)));
        self.hours.extend(profile.hours.iter().map(|(hour, measured)| Hour {
            batch,
            begin: hour_time(date(batch), *hour),
            rows: measured.rows,
            packed: measured.pack(),
            is_last: *hour == last,
        }));
    }

    /// Rows of `ops.profiles`.
    pub(super) fn metrics(&self) -> Vec<ArrayRef> {
        let rows = &self.metrics;
        vec![
            text(rows.iter().map(|_| self.run_id)),
            text(rows.iter().map(|(batch, ..)| &batch.cleaned.batch.batch_id)),
            Arc::new(Date32Array::from_iter_values(rows.iter().map(|(batch, ..)| date(batch)))),
            times(rows.iter().map(|(_, last_hour, _)| *last_hour)),
            Arc::new(StringArray::from_iter(rows.iter().map(|(.., metric)| metric.column))),
            text(rows.iter().map(|(.., metric)| &metric.name)),
            Arc::new(StringArray::from_iter(rows.iter().map(|(.., metric)| metric.segment.as_ref()))),
            Arc::new(Float64Array::from_iter_values(rows.iter().map(|(.., metric)| metric.value))),
        ]
    }

    /// Rows of `ops.profile_hours`.
    pub(super) fn hours(&self) -> Vec<ArrayRef> {
        let hours = &self.hours;
        let of_batch = |value: fn(&JudgedBatch) -> u64| -> ArrayRef {
            let value = |hour: &Hour| if hour.is_last { value(hour.batch) as i64 } else { 0 };
            Arc::new(Int64Array::from_iter_values(hours.iter().map(value)))
        };
        vec![
            text(hours.iter().map(|_| self.run_id)),
            text(hours.iter().map(|hour| &hour.batch.cleaned.batch.batch_id)),
            Arc::new(Date32Array::from_iter_values(hours.iter().map(|hour| date(hour.batch)))),
            times(hours.iter().map(|hour| hour.begin)),
            Arc::new(Int64Array::from_iter_values(hours.iter().map(|hour| hour.rows as i64))),
            of_batch(|batch| batch.cleaned.batch.rows_in()),
            of_batch(|batch| batch.cleaned.duplicates),
            of_batch(|batch| batch.cleaned.batch.source_rows()),
            of_batch(|batch| batch.cleaned.batch.source_rejected()),
            Arc::new(StringArray::from_iter(hours.iter().map(Hour::unknown_columns))),
            text(hours.iter().map(|hour| &hour.packed)),
        ]
    }
}

impl Hour<'_> {
    fn unknown_columns(&self) -> Option<String> {
        let sources = self.batch.cleaned.batch.sources.iter().filter(|_| self.is_last);
        let columns: BTreeSet<&String> = sources.flat_map(|source| &source.unknown_columns).collect();
        (!columns.is_empty()).then(|| serde_json::json!(columns).to_string())
    }
}

fn hour_time(date: i32, hour: u8) -> i64 {
    i64::from(date) * MICROS_PER_DAY + i64::from(hour) * MICROS_PER_HOUR
}

fn times(values: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from_iter_values(values).with_timezone("UTC"))
}
