//! Work on threads of its own.

use std::future::Future;

use tokio::task::JoinSet;
use tracing::Instrument as _;

use crate::{Error, Result};

/// Does some work on another thread where there is one. When its caller is given up, as where something fails beside it, the
/// work ends where it next waits.
///
/// # Errors
/// Those of the work; `Bug` if it panicked, or if its runtime is shut down.
pub async fn spawned<T: Send + 'static>(work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    // A set ends its tasks when it is dropped; a task alone goes on.
    let mut task = JoinSet::new();
    task.spawn(work.in_current_span());
    let done = task.join_next().await.ok_or_else(|| Error::bug("a task was lost"))?;
    done.map_err(|e| Error::bug("a task did not end").because(e))?
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[tokio::test]
    async fn what_nobody_waits_for_any_more_is_given_up() {
        let is_done = Arc::new(AtomicBool::new(false));
        let own = Arc::clone(&is_done);
        let work = spawned(async move {
            tokio::task::yield_now().await;
            own.store(true, Ordering::Relaxed);
            Ok(())
        });
        let failing = async { Err::<(), _>(Error::bug("beside it")) };
        tokio::try_join!(work, failing).unwrap_err();
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        assert!(!is_done.load(Ordering::Relaxed));
    }
}
