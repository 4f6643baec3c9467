//! Waiting between attempts.

use std::time::Duration;

use uuid::Uuid;

/// Exponential backoff with full jitter, so that writers that collided once do not collide again
/// (<https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>).
#[derive(Debug)]
pub(crate) struct Backoff {
    ceiling: Duration,
    max: Duration,
}

impl Backoff {
    pub(crate) fn new(first: Duration, max: Duration) -> Self {
        Self { ceiling: first, max }
    }

    pub(crate) async fn wait(&mut self) {
        let span_us = u64::try_from(self.ceiling.as_micros()).unwrap_or(u64::MAX).max(1);
        // Chance from the crate that makes our file names: no further dependency.
        let wait_us = Uuid::new_v4().as_u64_pair().1 % span_us;
        tokio::time::sleep(Duration::from_micros(wait_us)).await;
        self.ceiling = (self.ceiling * 2).min(self.max);
    }
}
