//! Logs as JSON, a line each, on standard output, where Lambda collects them.

use tracing_subscriber::EnvFilter;

/// Filter of the logs, like `info` or `estrella_lake=debug`.
const VARIABLE: &str = "ESTRELLA_LOG";

pub(super) fn init() {
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new("info"));
    let format = tracing_subscriber::fmt().json().flatten_event(true).with_span_list(false);
    // A second call, in a test, keeps the first one's.
    let _kept = format.with_env_filter(filter).with_target(false).try_init();
}
