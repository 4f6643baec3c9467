//! What an operator may set.

use std::num::NonZero;

use estrella_core::checks::Thresholds;
use estrella_core::event::Rules;
use estrella_core::landing::Limits;

/// Configuration of the stages.
#[derive(Debug, Clone)]
pub struct Config {
    /// Row rules.
    pub rules: Rules,
    /// Row groups and buffers of extract.
    pub limits: Limits,
    /// Limits of the quality checks.
    pub thresholds: Thresholds,
    /// Threads that parse rows.
    pub workers: usize,
    /// Keep landed files after their rows are loaded.
    pub keep_landed: bool,
    /// Snapshots younger than this many days are kept, so that readers and rollbacks find them.
    pub keep_snapshot_days: u32,
}

impl Default for Config {
    fn default() -> Self {
        let workers = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            rules: Rules::default(),
            limits: Limits::default(),
            thresholds: Thresholds::default(),
            workers,
            keep_landed: false,
            keep_snapshot_days: 7,
        }
    }
}
