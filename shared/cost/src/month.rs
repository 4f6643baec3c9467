//! A month, line by line.

use serde::Serialize;

use crate::prices::{Price, Prices};
use crate::usage::{self, Requests, Stage};

/// Hours of a month: a year's twelfth.
pub(crate) const HOURS: f64 = 730.0;
/// Days of a month.
const DAYS: f64 = HOURS / 24.0;
/// A whole core of a Lambda, in MiB.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>
const CORE_MIB: f64 = 1769.0;
/// Storage of a Lambda that costs nothing, in MiB.
const FREE_DISK_MIB: u32 = 512;
/// Seconds that a request of S3 or Glue takes. Small objects take 100 to 200 ms at worst, requests are partly made side
/// by side. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html>
const REQUEST_S: f64 = 0.1;
/// Seconds in which a cold function starts. All are cold after an hour, and AWS bills the start.
const START_S: f64 = 0.5;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Workload {
    /// Events of a month. They come in an object an hour.
    pub events_per_month: u64,
    /// Months that are in the lake already, each with as many events.
    pub months_before: u32,
}

/// One item of the bill.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// What is paid for.
    pub item: &'static str,
    /// How much of it.
    pub quantity: f64,
    /// In what.
    pub unit: String,
    /// US dollars for `price_per` units.
    pub price_usd: f64,
    /// See `price_usd`.
    pub price_per: u64,
    /// US dollars.
    pub usd: f64,
    /// Whether a Glue job would take its place.
    pub is_compute: bool,
}

/// A month's bill.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimate {
    /// Items, the greatest groups first.
    pub lines: Vec<Line>,
    /// Sum of the items in US dollars.
    pub total_usd: f64,
    /// Part of it that runs code: functions and state machines.
    pub compute_usd: f64,
}

/// Estimates a month.
pub fn month(workload: &Workload, prices: &Prices) -> Estimate {
    let used = Used::of(workload);
    let compute = [
        ("Lambda, memory and time", used.gb_seconds, &prices.lambda_gb_second),
        ("Lambda, calls", used.calls, &prices.lambda_request),
        ("Lambda, /tmp", used.disk_gb_seconds, &prices.lambda_disk_gb_second),
        ("Step Functions", used.transitions, &prices.step_functions_transition),
        ("Scheduler", HOURS + DAYS, &prices.scheduler_invocation),
        ("X-Ray", 2.0 * (HOURS + DAYS), &prices.trace),
    ];
    let rest = [
        ("S3, writes and lists", used.puts, &prices.s3_put),
        ("S3, reads", used.gets, &prices.s3_get),
        ("S3, storage", used.stored_gb, &prices.s3_storage),
        ("Glue catalog", used.catalog, &prices.glue_catalog_request),
        ("KMS, key", 1.0, &prices.kms_key),
        ("KMS, requests", used.key_requests(), &prices.kms_request),
        ("Secrets Manager", 1.0, &prices.secret),
        ("SNS", HOURS, &prices.sns_publish),
        ("CloudWatch, logs", used.calls * usage::LOG_BYTES_PER_CALL / 1e9, &prices.log_ingestion),
        ("CloudWatch, metrics", usage::METRICS as f64, &prices.metric),
        ("CloudWatch, alarms", usage::ALARMS as f64, &prices.alarm),
        ("CloudWatch, dashboard", 1.0, &prices.dashboard),
    ];
    let lines: Vec<Line> = compute
        .into_iter()
        .map(|item| line(item, true))
        .chain(rest.into_iter().map(|item| line(item, false)))
        .collect();
    let sum = |wanted: fn(&&Line) -> bool| lines.iter().filter(wanted).map(|line| line.usd).sum();
    Estimate { total_usd: sum(|_| true), compute_usd: sum(|line| line.is_compute), lines }
}

fn line((item, quantity, price): (&'static str, f64, &Price), is_compute: bool) -> Line {
    let (price_usd, price_per, unit) = (price.usd, price.per, price.unit.clone());
    Line { item, quantity, unit, price_usd, price_per, usd: price.of(quantity), is_compute }
}

/// Quantities of a month.
#[derive(Default)]
struct Used {
    gb_seconds: f64,
    disk_gb_seconds: f64,
    calls: f64,
    gets: f64,
    puts: f64,
    catalog: f64,
    transitions: f64,
    stored_gb: f64,
}

impl Used {
    fn of(workload: &Workload) -> Self {
        let events = workload.events_per_month as f64;
        // In the middle of the month half of its events are there.
        let months = f64::from(workload.months_before) + 0.5;
        let (events_there, day) = (events * months, DAYS * months);
        let dimension_rows = events_there * usage::DIMENSION_ROWS_PER_EVENT;
        let mut used = Self::default();
        used.calls(&usage::EXTRACT, HOURS, day, events, 0.0);
        for stage in &usage::HOURLY {
            used.calls(stage, HOURS, day, events, 0.0);
        }
        for stage in &usage::DAILY {
            let old_rows = if stage.name == "load-dims" { dimension_rows } else { 0.0 };
            used.calls(stage, DAYS, day, events, old_rows);
        }
        // A list is a request per thousand keys; plan lists the receipts of 90 days and the marks of 120.
        used.puts +=
            HOURS * [3.0, 4.0].map(|months| (HOURS * months / 1000.0_f64).floor()).iter().sum::<f64>();
        let window = usage::WINDOW_TRANSITIONS as f64;
        used.transitions = HOURS * (window + usage::FACTS_TRANSITIONS as f64)
            + DAYS * (window + usage::DIMS_TRANSITIONS as f64);
        used.stored_gb = stored_gb(events, events_there, dimension_rows);
        used
    }

    /// Calls of a stage in a month around a `day`, over all events and, each, over `old_rows` rows of dimensions.
    fn calls(&mut self, stage: &Stage, calls: f64, day: f64, events: f64, old_rows: f64) {
        let (gets, Requests { puts, catalog, .. }) = (stage.gets_on(day), stage.requests);
        let old_cpu_s = calls * old_rows / 1e6 * usage::CPU_S_PER_MILLION_DIMENSION_ROWS;
        let cpu_s = calls * stage.cpu_s_per_call + events / 1e6 * stage.cpu_s_per_million + old_cpu_s;
        let memory_mib = f64::from(stage.memory_mib);
        let share = (memory_mib / CORE_MIB).min(1.0);
        let wait_s = calls * (START_S + (gets / stage.reads_at_once + (puts + catalog) as f64) * REQUEST_S);
        let seconds = cpu_s / share + wait_s;
        self.calls += calls;
        self.gb_seconds += seconds * memory_mib / 1024.0;
        self.disk_gb_seconds += seconds * f64::from(stage.disk_mib - FREE_DISK_MIB) / 1024.0;
        self.gets += calls * gets;
        self.puts += calls * puts as f64;
        self.catalog += calls * catalog as f64;
    }

    /// The bucket's key is asked by S3 for few of its requests, and each run has some more: the topic's, the
    /// scheduler's, the secret's.
    fn key_requests(&self) -> f64 {
        (self.gets + self.puts) * usage::KEY_REQUESTS_PER_S3_REQUEST
            + self.calls * usage::KEY_REQUESTS_PER_CALL
    }
}

/// GB that lie in the bucket on the average of the month.
fn stored_gb(events: f64, events_there: f64, dimension_rows: f64) -> f64 {
    let lasting = events_there * usage::STORED_BYTES_PER_EVENT;
    // What is removed stays for some days as an old version, so does every day's copy of the dimensions.
    let landed = events / DAYS * usage::LANDED_BYTES_PER_EVENT * usage::OLD_VERSION_DAYS;
    // The files of a day's hours are put together on the next one, and stay for readers of older states.
    let replaced_days = usage::SNAPSHOT_DAYS + usage::OLD_VERSION_DAYS;
    let replaced = events / DAYS * usage::TABLE_BYTES_PER_EVENT * replaced_days;
    let dimensions = dimension_rows * usage::BYTES_PER_DIMENSION_ROW * (1.0 + replaced_days);
    (lasting + landed + replaced + dimensions) / 1e9
}
