//! Logs as JSON, a line each, on standard output, where Lambda collects them. Each has its spans: the call with its
//! execution, and the piece of work with the key that it is about.

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;

/// Filter of the logs, like `info` or `estrella_lake=debug`.
const VARIABLE: &str = "ESTRELLA_LOG";

pub(super) fn init() {
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new("info"));
    // A second call, in a test, keeps the first one's.
    let _kept = subscriber(filter, std::io::stdout).try_init();
}

pub(super) fn subscriber(
    filter: EnvFilter,
    to: impl for<'w> MakeWriter<'w> + Send + Sync + 'static,
) -> impl Subscriber + Send + Sync {
    let format = tracing_subscriber::fmt().json().flatten_event(true).with_current_span(false);
    format.with_env_filter(filter).with_target(false).with_writer(to).finish()
}
