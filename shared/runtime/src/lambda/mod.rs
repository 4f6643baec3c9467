//! A stage as a Lambda: called with events, answering with JSON, telling logs and metrics.

mod batch;
mod diagnostic;
mod logs;
mod metrics;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use estrella_core::privacy::TokenKey;
use estrella_lake::{Alerts, Error};
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;
use tracing::{Instrument, info_span};

use crate::{Config, Counts, Deps, NoAlerts, NoProgress, Output, Sends, Settings, Work};
use batch::{Done, run};
use diagnostic::Failure;
pub use diagnostic::error_name;
use metrics::{Call, Invocation, publish};

/// Where Lambda lets a function write.
const SCRATCH: &str = "/tmp";

/// Serves a stage until Lambda ends the process. Clients and configuration are made once.
///
/// # Errors
/// If the environment lacks a variable, or the connection to Lambda breaks.
pub async fn serve(
    name: &'static str,
    sends: Sends,
    stage: impl AsyncFn(Work, &Deps) -> Result<Output, Error> + Sync,
) -> Result<(), lambda_runtime::Error> {
    logs::init();
    let settings = Settings::from_env(sends)?;
    let deps = connect(&settings).await?;
    let cold = AtomicBool::new(true);
    let (settings, deps, stage, cold) = (&settings, &deps, &stage, &cold);
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        let call = Call {
            function: name,
            request_id: event.context.request_id,
            execution: event.payload["execution"].as_str().map(str::to_owned),
            cold_start: cold.swap(false, Ordering::Relaxed),
        };
        let span = info_span!(
            "invocation",
            function = name,
            request_id = call.request_id,
            execution = call.execution.as_deref(),
        );
        invoke(&call, settings, deps, stage, event.payload).instrument(span).await
    }))
    .await
}

async fn connect(settings: &Settings) -> Result<Deps, Error> {
    let mut config = Config::from_env()?;
    let sdk = estrella_aws::sdk_config().await;
    let lake = estrella_aws::lake(&sdk, &settings.bucket, &settings.database_prefix);
    let alerts: Arc<dyn Alerts> = match &settings.topic_arn {
        Some(arn) => Arc::new(estrella_aws::SnsAlerts::new(&sdk, arn)),
        None => Arc::new(NoAlerts),
    };
    if let Some(arn) = &settings.pii_secret_arn {
        let key = TokenKey::new(&estrella_aws::secret(&sdk, arn).await?);
        let short = || Error::invalid("the secret of tokens is shorter than 32 bytes").at(arn);
        config.token_key = Some(key.ok_or_else(short)?);
    }
    let raw = Arc::clone(lake.store());
    Ok(Deps { lake, raw, scratch: PathBuf::from(SCRATCH), config, progress: Arc::new(NoProgress), alerts })
}

async fn invoke(
    call: &Call,
    settings: &Settings,
    deps: &Deps,
    stage: &(impl AsyncFn(Work, &Deps) -> Result<Output, Error> + Sync),
    event: Value,
) -> Result<Value, Failure> {
    let start = Instant::now();
    let done = run(event, &settings.bucket, deps, stage).await;
    let counts = done.as_ref().map_or(Counts::default(), Done::counts);
    let duration_ms = start.elapsed().as_secs_f64() * 1000.0;
    let environment = &settings.environment;
    publish(&Invocation { call, environment, counts, duration_ms, failed: done.is_err() }, deps);
    done.map(Done::answer).map_err(Failure)
}
