//! What an operator may set.

use std::num::NonZero;

use estrella_core::event::Rules;
use estrella_core::landing::Limits;
use estrella_core::privacy::TokenKey;
use estrella_lake::Compaction;

/// Configuration of the stages.
#[derive(Debug, Clone)]
pub struct Config {
    /// Row rules.
    pub rules: Rules,
    /// Row groups and buffers of extract.
    pub limits: Limits,
    /// Threads that parse rows.
    pub workers: usize,
    /// Keep landed files after their rows are loaded.
    pub keep_landed: bool,
    /// Snapshots younger than this many days are kept, so that readers and rollbacks find them.
    pub keep_snapshot_days: u32,
    /// So many snapshots are kept, the newest ones, whatever their age.
    pub keep_snapshots: u32,
    /// Files of tables that nobody names are removed once they are so many days old.
    pub keep_orphan_days: u32,
    /// When small files are put together.
    pub compaction: Compaction,
    /// Makes tokens of personal values; needed for tables that have such.
    pub token_key: Option<TokenKey>,
    /// The gates of the dimensions.
    pub gates: Gates,
    /// Where the report is, for messages.
    pub report_url: Option<String>,
}

/// When dimensions are held back.
#[derive(Debug, Clone, Copy)]
pub struct Gates {
    /// How much less current rows of the shop's database there may be than before, in percent.
    pub max_shrink_percent: f64,
    /// How many of the keys in the facts the shop's database may never have had, in percent.
    pub max_orphan_percent: f64,
    /// Whether what a gate would hold back is accepted this time.
    pub accept: bool,
}

impl Default for Gates {
    fn default() -> Self {
        Self { max_shrink_percent: 5.0, max_orphan_percent: 5.0, accept: false }
    }
}

impl Default for Config {
    fn default() -> Self {
        let workers = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            rules: Rules::default(),
            limits: Limits::default(),
            workers,
            keep_landed: false,
            keep_snapshot_days: 7,
            keep_snapshots: 5,
            keep_orphan_days: 3,
            compaction: Compaction {
                target_bytes: 128 << 20,
                min_files: 8,
                max_bytes: 2 << 30,
                group_rows: Limits::default().group_rows,
            },
            token_key: None,
            gates: Gates::default(),
            report_url: None,
        }
    }
}
