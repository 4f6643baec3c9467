//! What one object, one hourly run and one daily run take, as it was measured and counted.
//!
//! Tests hold these figures to the code: requests are counted while the stages run over a lake in memory
//! (`tests/tests/requests.rs`), transitions, sizes and alarms are read from the definitions in `infra/`. CPU was measured
//! as docs/scaling.md says.

/// Requests of one call of a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requests {
    /// GET and HEAD of S3.
    pub gets: u64,
    /// PUT, COPY and LIST of S3.
    pub puts: u64,
    /// Requests to the Glue catalog; a swap of a head is two, as it reads the table first.
    pub catalog: u64,
}

/// One stage as a Lambda.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stage {
    /// Name.
    pub name: &'static str,
    /// Memory in MiB. A core is had from 1,769 on, below it a share of one.
    pub memory_mib: u32,
    /// Size of `/tmp` in MiB.
    pub disk_mib: u32,
    /// Seconds of CPU per million rows.
    pub cpu_s_per_million: f64,
    /// Seconds of CPU of a call, whatever it holds.
    pub cpu_s_per_call: f64,
    /// Most requests of a call on the first day.
    pub requests: Requests,
    /// GETs more for each day that the lake has: of tables with a file more each day.
    pub gets_per_day: f64,
    /// GETs that are made side by side.
    pub reads_at_once: f64,
}

impl Stage {
    /// Most GETs of a call on a day, the first one being 0.
    pub fn gets_on(&self, day: f64) -> f64 {
        self.requests.gets as f64 + self.gets_per_day * day
    }
}

const fn requests(gets: u64, puts: u64, catalog: u64) -> Requests {
    Requests { gets, puts, catalog }
}

/// What extract takes for an object of one date.
pub const EXTRACT: Stage = Stage {
    name: "extract",
    memory_mib: 1769,
    disk_mib: 4096,
    cpu_s_per_million: 0.82,
    cpu_s_per_call: 0.02,
    requests: requests(4, 3, 2),
    gets_per_day: 0.0,
    reads_at_once: 1.0,
};

/// The stages of an hourly run that loads one date.
pub const HOURLY: [Stage; 5] = [
    Stage {
        name: "plan",
        memory_mib: 512,
        disk_mib: 512,
        cpu_s_per_million: 0.0,
        cpu_s_per_call: 0.01,
        requests: requests(3, 4, 1),
        gets_per_day: 0.0,
        reads_at_once: 1.0,
    },
    Stage {
        name: "clean",
        memory_mib: 1769,
        disk_mib: 4096,
        cpu_s_per_million: 0.08,
        cpu_s_per_call: 0.08,
        requests: requests(28, 3, 1),
        gets_per_day: 0.0,
        reads_at_once: 1.0,
    },
    Stage {
        name: "check-quality",
        memory_mib: 1024,
        disk_mib: 512,
        cpu_s_per_million: 0.10,
        cpu_s_per_call: 0.01,
        requests: requests(11, 1, 0),
        gets_per_day: 0.0,
        reads_at_once: 1.0,
    },
    Stage {
        name: "load-facts",
        memory_mib: 1769,
        disk_mib: 4096,
        cpu_s_per_million: 0.14,
        cpu_s_per_call: 0.04,
        requests: requests(43, 30, 23),
        gets_per_day: 0.0,
        reads_at_once: 1.0,
    },
    Stage {
        name: "detect-drift",
        memory_mib: 1024,
        disk_mib: 512,
        cpu_s_per_million: 0.0,
        cpu_s_per_call: 0.03,
        requests: requests(165, 11, 5),
        gets_per_day: 0.0,
        reads_at_once: 16.0,
    },
];

/// The stages of a daily run.
pub const DAILY: [Stage; 2] = [
    Stage {
        name: "load-dims",
        memory_mib: 3008,
        disk_mib: 10240,
        cpu_s_per_million: 0.40,
        cpu_s_per_call: 0.10,
        requests: requests(299, 36, 41),
        gets_per_day: 2.0,
        reads_at_once: 4.0,
    },
    Stage {
        name: "maintain",
        memory_mib: 1769,
        disk_mib: 512,
        // What came the day before is put together: in clean.events, and in the facts after it.
        cpu_s_per_million: 1.7,
        cpu_s_per_call: 0.05,
        requests: requests(7551, 95, 119),
        gets_per_day: 16.0,
        reads_at_once: 1.0,
    },
];

/// Seconds of CPU in which load-dims writes a million rows of dimensions anew.
pub const CPU_S_PER_MILLION_DIMENSION_ROWS: f64 = 0.76;
/// Rows of all dimensions per event, as the generator makes them; most are sessions.
pub const DIMENSION_ROWS_PER_EVENT: f64 = 0.32;
/// Bytes of such a row.
pub const BYTES_PER_DIMENSION_ROW: f64 = 39.0;
/// Bytes of an event in `clean.events` and the facts.
pub const TABLE_BYTES_PER_EVENT: f64 = 57.4 + 54.3;
/// Bytes of an event for good: csv.gz under raw/, and the two tables.
pub const STORED_BYTES_PER_EVENT: f64 = 35.4 + TABLE_BYTES_PER_EVENT;
/// Bytes of an event in landed Parquet, which goes when its rows are loaded.
pub const LANDED_BYTES_PER_EVENT: f64 = 57.4;

/// Days for which old states of a table are kept.
pub const SNAPSHOT_DAYS: f64 = 7.0;
/// Days for which S3 keeps what was removed.
pub const OLD_VERSION_DAYS: f64 = 14.0;

/// State transitions of an hourly run with one date.
pub const FACTS_TRANSITIONS: u64 = 12;
/// State transitions of a daily run.
pub const DIMS_TRANSITIONS: u64 = 7;
/// State transitions of the machine that starts either.
pub const WINDOW_TRANSITIONS: u64 = 4;

/// Alarms without those of a replicated database.
pub const ALARMS: u64 = 14;
/// Metrics that the functions write in an ordinary hour.
pub const METRICS: u64 = 6;
/// Bytes of log lines per call: Lambda's own three, the metrics and what the stage says.
pub const LOG_BYTES_PER_CALL: f64 = 2_500.0;

/// The bucket's key saves S3 up to 99 % of its requests to KMS; this takes 90 %.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html>
pub const KEY_REQUESTS_PER_S3_REQUEST: f64 = 0.1;
/// Of a call and what is around it: the topic's, the scheduler's and the logs' data keys.
pub const KEY_REQUESTS_PER_CALL: f64 = 2.0;
