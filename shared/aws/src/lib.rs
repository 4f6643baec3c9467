//! The ports on AWS: objects in S3, heads of tables in Glue, alerts by SNS, secrets from Secrets Manager.
//!
//! This is the only crate that calls SDK clients. Region, credentials, endpoints and time-outs are the SDK's own
//! configuration, so `AWS_ENDPOINT_URL` leads all of it to an emulator.

mod error;
mod glue;
mod s3;
mod secrets;
mod sns;

use std::sync::Arc;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use estrella_lake::{Lake, SystemClock};

pub use glue::GlueCatalog;
pub use s3::S3Store;
pub use secrets::secret;
pub use sns::SnsAlerts;

use std::time::Duration;

/// Tries of one call: the SDK waits between them with jitter, and gives up early when a service is down.
const MAX_ATTEMPTS: u32 = 5;
/// How long a connection may take. A new one is cheaper than a long wait.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Reads the SDK's configuration from the environment, once per process.
pub async fn sdk_config() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .retry_config(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS))
        .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).build())
        .load()
        .await
}

/// A lake in a bucket, with its heads in the Glue databases whose names begin with `database_prefix`.
pub fn lake(config: &SdkConfig, bucket: &str, database_prefix: &str) -> Lake {
    let store = S3Store::new(config, bucket);
    let catalog = GlueCatalog::new(config, database_prefix);
    Lake::new(Arc::new(store), Arc::new(catalog), Arc::new(SystemClock))
}
