//! The same load by an hourly Spark job of AWS Glue.

use serde::Serialize;

use crate::month::HOURS;
use crate::prices::Prices;

/// Fewest seconds of a run that are billed, since Glue 2.0. <https://aws.amazon.com/glue/pricing/>
const LEAST_SECONDS: f64 = 60.0;
/// Fewest DPUs of a Spark job.
const LEAST_DPUS: u32 = 2;

/// How the job runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct GlueJob {
    /// Data processing units: 4 cores and 16 GB each. Fewer than two are not to be had.
    pub dpus: u32,
    /// Seconds of a run, without the time in which it starts, which is not billed. Less than a minute is a minute.
    pub seconds: f64,
}

impl Default for GlueJob {
    /// The least that can be billed.
    fn default() -> Self {
        Self { dpus: LEAST_DPUS, seconds: LEAST_SECONDS }
    }
}

/// US dollars of a month with a run every hour.
pub fn glue_month(job: &GlueJob, prices: &Prices) -> f64 {
    let dpu_hours = f64::from(job.dpus.max(LEAST_DPUS)) * job.seconds.max(LEAST_SECONDS) / 3600.0;
    HOURS * prices.glue_dpu_hour.of(dpu_hours)
}
