//! Opening a lake that exists.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use estrella_core::schema::{TableSchema, all_tables, find_table};
use estrella_lake::{Lake, Table};
use estrella_runtime::{Config, Deps, LoggedAlerts, NoProgress};
use tempfile::TempDir;

use crate::CliError;
use crate::pipeline::take_turn;

/// What the names of the Glue databases begin with, as for the functions.
const DATABASE_PREFIX: &str = "ESTRELLA_DATABASE_PREFIX";

/// A lake that exists, and its folder.
pub(super) struct OpenLake {
    pub(super) lake: Lake,
    /// Absolute; none of a lake in a bucket.
    pub(super) dir: Option<PathBuf>,
}

/// What a table holds now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) rows: u64,
    pub(super) files: u64,
    pub(super) size_bytes: u64,
}

impl OpenLake {
    /// Opens a lake. Unlike [`Lake::open_dir`] it makes none: a mistyped path has to be told.
    pub(super) async fn open(dir: &Path) -> Result<Self, CliError> {
        if let Some(bucket) = dir.to_str().and_then(|text| text.strip_prefix("s3://")) {
            return Self::open_bucket(bucket.trim_end_matches('/')).await;
        }
        if !dir.join("catalog.db").is_file() {
            let what = match dir.is_dir() {
                true => format!("{} is not a lake: it has no catalog.db", dir.display()),
                false => format!("there is no lake in {}", dir.display()),
            };
            let hint =
                "name the lake's folder with --lake, or make one: estrella run --input PATH --lake DIR";
            return Err(CliError::bad_input(what).with_hint(hint));
        }
        let lake = Lake::open_dir(dir)?;
        let dir = dir.canonicalize();
        let dir =
            dir.map_err(|error| CliError::fault(format!("cannot resolve the lake's folder: {error}")))?;
        estrella_runtime::lake_mapping(&lake).await?;
        Ok(Self { lake, dir: Some(dir) })
    }

    async fn open_bucket(bucket: &str) -> Result<Self, CliError> {
        let prefix = std::env::var(DATABASE_PREFIX).map_err(|_| {
            let what =
                format!("{DATABASE_PREFIX} is not set, so the Glue databases of s3://{bucket} are unknown");
            CliError::bad_input(what).with_hint("it is the output DatabasePrefix of the deployed stack")
        })?;
        let config = estrella_aws::sdk_config().await;
        let lake = estrella_aws::lake(&config, bucket, &prefix);
        estrella_runtime::lake_mapping(&lake).await?;
        Ok(Self { lake, dir: None })
    }

    /// Waits for a turn to write, which lasts as long as the value. None in a bucket, where nobody takes turns.
    pub(super) async fn take_turn(&self) -> Result<Option<File>, CliError> {
        match &self.dir {
            Some(dir) => Ok(Some(take_turn(dir).await?)),
            None => Ok(None),
        }
    }

    /// What stages are given, to work on this lake with nobody watching.
    pub(super) fn deps(self, scratch: &Path) -> Deps {
        Deps {
            raw: Arc::clone(self.lake.store()),
            lake: self.lake,
            scratch: scratch.to_owned(),
            config: Config::default(),
            progress: Arc::new(NoProgress),
            alerts: Arc::new(LoggedAlerts),
        }
    }

    /// Loads a table that has to be there.
    pub(super) async fn table(&self, schema: &'static TableSchema) -> Result<Table, CliError> {
        match self.lake.table_if_exists(schema).await? {
            Some(table) => Ok(table),
            None => {
                let what = format!("{} is not in this lake yet", schema.full_name());
                Err(CliError::bad_input(what).with_hint(self.tables_hint().await?))
            }
        }
    }

    /// Every table that is there.
    pub(super) async fn tables(&self) -> Result<Vec<Table>, CliError> {
        let mut tables = Vec::new();
        for schema in all_tables() {
            tables.extend(self.lake.table_if_exists(schema).await?);
        }
        Ok(tables)
    }

    /// Which tables can be named.
    pub(super) async fn tables_hint(&self) -> Result<String, CliError> {
        let names: Vec<_> = self.lake.catalog().tables().await?.iter().map(ToString::to_string).collect();
        Ok(match names.is_empty() {
            true => "the lake has no tables yet; estrella run --input PATH makes them".to_owned(),
            false => format!("tables in this lake: {}", names.join(", ")),
        })
    }
}

/// The name of the deployment on AWS: what is between `estrella_` and the last `_` of the databases' names.
pub(super) fn environment() -> Option<String> {
    let prefix = std::env::var(DATABASE_PREFIX).ok()?;
    Some(prefix.strip_prefix("estrella_")?.trim_end_matches('_').to_owned())
}

/// A folder for files that are being written; it goes with the value.
pub(super) fn scratch() -> Result<TempDir, CliError> {
    tempfile::tempdir().map_err(|error| CliError::fault(format!("cannot make a scratch folder: {error}")))
}

/// The definition of a table, by either name.
pub(super) fn schema(name: &str) -> Result<&'static TableSchema, CliError> {
    find_table(&name.to_ascii_lowercase()).ok_or_else(|| {
        let names: Vec<_> = all_tables().iter().map(|table| table.full_name()).collect();
        CliError::bad_input(format!("no table is named {name}"))
            .with_hint(format!("tables: {}", names.join(", ")))
    })
}

/// Totals of the current snapshot: from its summary, or, where another engine left them out, from its files.
pub(super) async fn totals(table: &Table) -> Result<Totals, CliError> {
    let total = |name: &str| table.property(name)?.parse().ok();
    let summary = (total("total-records"), total("total-data-files"), total("total-files-size"));
    if let (Some(rows), Some(files), Some(size_bytes)) = summary {
        return Ok(Totals { rows, files, size_bytes });
    }
    let mut totals = Totals { rows: 0, files: 0, size_bytes: 0 };
    for file in table.plan(None).await? {
        totals.rows += file.rows;
        totals.files += 1;
        totals.size_bytes += file.size_bytes;
    }
    Ok(totals)
}
