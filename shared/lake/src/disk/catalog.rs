//! Iceberg's SQL catalog in a SQLite file, in the layout that PyIceberg makes and reads.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use estrella_core::schema::all_tables;
use rusqlite::{Connection, ErrorCode, OptionalExtension, params};

use super::lock::Locks;
use super::store::blocking;
use crate::error::{Error, ErrorKind, Result};
use crate::ports::{Catalog, CommitLock, Head, Swap, TableId};

/// The catalog's name, which is the key of its rows: `load_catalog("estrella", ..)` in PyIceberg.
const NAME: &str = "estrella";

/// How long a statement waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

// As SQLAlchemy renders the tables of pyiceberg/catalog/sql.py, version 1, which tells tables from views; the default
// is ours, for writers that do not know the column. The default journal is kept: at rest the
// catalog is one file that can be copied, which it is not with a write-ahead log, and mode TRUNCATE was
// measured to flush more often, not less.
const LAYOUT: &str = "
CREATE TABLE IF NOT EXISTS iceberg_tables (
    catalog_name VARCHAR(255) NOT NULL,
    table_namespace VARCHAR(255) NOT NULL,
    table_name VARCHAR(255) NOT NULL,
    metadata_location VARCHAR(1000),
    previous_metadata_location VARCHAR(1000),
    iceberg_type VARCHAR(5) DEFAULT 'TABLE',
    PRIMARY KEY (catalog_name, table_namespace, table_name)
);
CREATE TABLE IF NOT EXISTS iceberg_namespace_properties (
    catalog_name VARCHAR(255) NOT NULL,
    namespace VARCHAR(255) NOT NULL,
    property_key VARCHAR(255) NOT NULL,
    property_value VARCHAR(1000) NOT NULL,
    PRIMARY KEY (catalog_name, namespace, property_key)
);";

/// Iceberg's SQL catalog in `catalog.db`.
#[derive(Debug)]
pub struct SqliteCatalog {
    connection: Arc<Mutex<Connection>>,
    path: PathBuf,
    locks: Locks,
}

impl SqliteCatalog {
    /// Opens `catalog.db` in a folder, creating it and the namespaces when absent.
    pub fn open(dir: &Path) -> Result<Self> {
        let path = dir.join("catalog.db");
        let connection =
            prepare(&path).map_err(|error| sql_error("open catalog", error).at(path.display()))?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)), path, locks: Locks::new(dir) })
    }

    async fn run<T: Send + 'static>(
        &self,
        what: &'static str,
        table: Option<&TableId>,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let connection = self.connection.clone();
        let done = blocking(move || {
            let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            work(&connection).map_err(|error| sql_error(what, error))
        });
        let place = |error: Error| error.at(self.path.display());
        done.await.map_err(|error| match table {
            Some(table) => place(error.at(table)),
            None => place(error),
        })
    }
}

fn prepare(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.execute_batch(LAYOUT)?;
    let namespaces: BTreeSet<_> = all_tables().iter().map(|table| table.namespace).collect();
    for namespace in namespaces {
        // Looked up first: an insert would take the write lock at every start.
        let known = "SELECT 1 FROM iceberg_namespace_properties WHERE catalog_name = ?1 AND namespace = ?2";
        if !connection.prepare(known)?.exists(params![NAME, namespace])? {
            let insert =
                "INSERT OR IGNORE INTO iceberg_namespace_properties VALUES (?1, ?2, 'exists', 'true')";
            connection.execute(insert, params![NAME, namespace])?;
        }
    }
    Ok(connection)
}

fn sql_error(what: &str, error: rusqlite::Error) -> Error {
    let kind = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => ErrorKind::Throttled,
        Some(
            ErrorCode::NotADatabase
            | ErrorCode::CannotOpen
            | ErrorCode::PermissionDenied
            | ErrorCode::ReadOnly,
        ) => ErrorKind::InvalidInput,
        Some(ErrorCode::Unknown) | None => ErrorKind::Bug,
        Some(_) => ErrorKind::Unavailable,
    };
    Error::new(kind, what).because(error)
}

fn swapped(rows: usize) -> Swap {
    if rows == 1 { Swap::Done } else { Swap::Conflict }
}

#[async_trait]
impl Catalog for SqliteCatalog {
    async fn head(&self, table: &TableId) -> Result<Option<Head>> {
        let id = table.clone();
        let location = self.run("read head", Some(table), move |connection| {
            let select = "SELECT metadata_location FROM iceberg_tables
                WHERE catalog_name = ?1 AND table_namespace = ?2 AND table_name = ?3";
            let row = params![NAME, id.namespace, id.name];
            connection
                .prepare_cached(select)?
                .query_row(row, |row| row.get::<_, Option<String>>(0))
                .optional()
        });
        Ok(location
            .await?
            .flatten()
            .map(|location| Head { token: location.clone(), metadata_location: location }))
    }

    async fn create(&self, table: &TableId, metadata_location: &str) -> Result<Swap> {
        let (id, location) = (table.clone(), metadata_location.to_owned());
        self.run("create table", Some(table), move |connection| {
            let insert = "INSERT OR IGNORE INTO iceberg_tables
                (catalog_name, table_namespace, table_name, metadata_location) VALUES (?1, ?2, ?3, ?4)";
            connection.execute(insert, params![NAME, id.namespace, id.name, location]).map(swapped)
        })
        .await
    }

    async fn swap(&self, table: &TableId, old: &Head, metadata_location: &str) -> Result<Swap> {
        let (id, old, location) = (table.clone(), old.token.clone(), metadata_location.to_owned());
        self.run("swap head", Some(table), move |connection| {
            let update = "UPDATE iceberg_tables SET metadata_location = ?5, previous_metadata_location = ?4
                WHERE catalog_name = ?1 AND table_namespace = ?2 AND table_name = ?3 AND metadata_location = ?4";
            connection.execute(update, params![NAME, id.namespace, id.name, old, location]).map(swapped)
        })
        .await
    }

    async fn tables(&self) -> Result<Vec<TableId>> {
        self.run("list tables", None, |connection| {
            let select = "SELECT table_namespace, table_name FROM iceberg_tables
                WHERE catalog_name = ?1 AND metadata_location IS NOT NULL ORDER BY 1, 2";
            let mut statement = connection.prepare(select)?;
            let rows = statement
                .query_map(params![NAME], |row| Ok(TableId { namespace: row.get(0)?, name: row.get(1)? }))?;
            rows.collect()
        })
        .await
    }

    async fn lock(&self, table: &TableId) -> Result<Option<CommitLock>> {
        self.locks.lock(table).await
    }
}
