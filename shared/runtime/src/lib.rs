//! What every stage is given: the lake, the raw objects, a scratch folder, the configuration.

mod alerts;
mod config;
mod document;
#[cfg(feature = "fakes")]
pub mod fakes;
mod forgotten;
mod incoming;
#[cfg(feature = "lambda")]
pub mod lambda;
mod mapping;
mod output;
mod progress;
mod rules;
mod settings;

use std::path::PathBuf;
use std::sync::Arc;

use estrella_lake::{Alerts, Lake, ObjectStore};

pub use alerts::{LoggedAlerts, NoAlerts};
pub use config::{Config, Gates};
pub use document::{keep_document, read_document};
pub use forgotten::forgotten_users;
pub use incoming::{Incoming, SqsMessage, Work};
pub use mapping::{lake_mapping, mapping};
pub use output::{Counts, Output};
pub use progress::{NoProgress, Progress};
pub use rules::rules;
pub use settings::{Sends, Settings};

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
    /// Who is told what needs a human.
    pub alerts: Arc<dyn Alerts>,
}

impl Deps {
    /// Where the lake is, as commands take it: `s3://bucket`, or its folder.
    pub fn location(&self) -> String {
        let inside = self.lake.store().location("lake");
        let location = inside.strip_suffix("/lake").unwrap_or(&inside);
        location.strip_prefix("file://").unwrap_or(location).to_owned()
    }
}
