//! What every stage is given: the lake, the raw objects, a scratch folder, the configuration.

mod config;
#[cfg(feature = "fakes")]
pub mod fakes;
mod progress;

use std::path::PathBuf;
use std::sync::Arc;

use estrella_lake::{Lake, ObjectStore};

pub use config::Config;
pub use progress::{NoProgress, Progress};

/// What a stage works with.
#[derive(Debug, Clone)]
pub struct Deps {
    /// The tables, and the store under them.
    pub lake: Lake,
    /// Where raw objects lie.
    pub raw: Arc<dyn ObjectStore>,
    /// A folder for files that are being written, on the store's own disk where it has one.
    pub scratch: PathBuf,
    /// What an operator may set.
    pub config: Config,
    /// Who is told how far a stage is.
    pub progress: Arc<dyn Progress>,
}
