//! Progress on a terminal: bytes, rows per second, time left.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use estrella_runtime::Progress;
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

const READING: &str = "{spinner} {bar:30} {bytes}/{total_bytes}, {eta} left, {msg}";
const LOADING: &str = "{spinner} {msg}, {elapsed} since the start";

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// Draws on stderr if that is a terminal, and nowhere else.
pub struct Meter {
    bar: ProgressBar,
    rows: AtomicU64,
}

impl Meter {
    /// A meter of so many bytes to read.
    pub fn new(total_bytes: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total_bytes), ProgressDrawTarget::stderr());
        bar.set_style(style(READING));
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar, rows: AtomicU64::new(0) }
    }

    /// Takes the bar away.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Meter {
    fn stage(&self, name: &str) {
        if name != "extract" {
            // Only extract reads raw bytes; from here on there is a stage to name, but no end to foresee.
            self.bar.set_style(style(LOADING));
            self.bar.set_message(name.to_owned());
        }
    }

    fn bytes_read(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    fn rows_decoded(&self, rows: u64) {
        let rows = self.rows.fetch_add(rows, Ordering::Relaxed) + rows;
        let per_second = rows as f64 / self.bar.elapsed().as_secs_f64().max(0.001);
        self.bar.set_message(format!("{} rows, {} rows/s", HumanCount(rows), HumanCount(per_second as u64)));
    }
}

impl fmt::Debug for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meter").field("rows", &self.rows).finish_non_exhaustive()
    }
}
