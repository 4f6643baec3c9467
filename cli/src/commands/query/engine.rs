//! Where polars runs.

use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc;
use std::thread;

use polars::error::set_warning_function;
use polars::prelude::{DataFrame, Engine, LazyFrame, PlanCallback};

use crate::CliError;

/// Lets polars work: it starts threads of its own and waits for them. It also panics where others return an
/// error, on what its streaming engine does not implement.
pub(in crate::commands) fn guarded<T>(work: impl FnOnce() -> Result<T, CliError>) -> Result<T, CliError> {
    set_warning_function(|text, kind| tracing::debug!(?kind, "{text}"));
    tokio::task::block_in_place(|| panic::catch_unwind(AssertUnwindSafe(work))).unwrap_or_else(|cause| {
        let text = cause.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| cause.downcast_ref::<&str>().copied()).unwrap_or("it panicked");
        let error = CliError::fault(format!("polars cannot run this query: {text}"));
        Err(error.with_hint("write it in another way, or open the lake with DuckDB or PyIceberg"))
    })
}

/// Runs a plan on the engine that does not hold whole tables.
pub(in crate::commands) fn collect(frame: LazyFrame) -> Result<DataFrame, CliError> {
    Ok(frame.collect_with_engine(Engine::Streaming)?.unwrap_single())
}

/// Runs a plan and hands its rows on in order, without ever holding all of them. Stops at the first error.
pub(super) fn each_batch(
    frame: LazyFrame,
    mut write: impl FnMut(DataFrame) -> Result<(), CliError>,
) -> Result<(), CliError> {
    let (send, receive) = mpsc::sync_channel(1);
    // The engine asks after each batch whether to stop: when nobody receives any more.
    let plan =
        frame.sink_batches(PlanCallback::new(move |batch| Ok(send.send(batch).is_err())), true, None)?;
    thread::scope(|scope| {
        let engine = scope.spawn(|| plan.collect_with_engine(Engine::Streaming));
        let written = receive.into_iter().try_for_each(&mut write);
        let done = engine.join().unwrap_or_else(|cause| panic::resume_unwind(cause));
        written.and_then(|()| Ok(done.map(|_| ())?))
    })
}
