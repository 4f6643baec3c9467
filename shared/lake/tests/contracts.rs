//! The contract suite against memory and disk.

use std::sync::Arc;

use estrella_lake::contract::{catalog_contract, commit_contract, object_store_contract};
use estrella_lake::disk::{DiskStore, SqliteCatalog};
use estrella_lake::fakes::{MemoryCatalog, MemoryStore, memory_lake};
use estrella_lake::{Error, Lake, Result};

/// A name that ordinary tools stumble over.
fn folder() -> Result<tempfile::TempDir> {
    let folder = tempfile::Builder::new().prefix("lake of tests ä ").tempdir();
    folder.map_err(|error| Error::io("create folder", std::env::temp_dir(), error))
}

#[tokio::test]
async fn memory_store() -> Result<()> {
    object_store_contract(Arc::new(MemoryStore::default())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn disk_store() -> Result<()> {
    let folder = folder()?;
    object_store_contract(Arc::new(DiskStore::open(folder.path())?)).await
}

#[tokio::test]
async fn memory_catalog() -> Result<()> {
    catalog_contract(Arc::new(MemoryCatalog::default())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_catalog() -> Result<()> {
    let folder = folder()?;
    catalog_contract(Arc::new(SqliteCatalog::open(folder.path())?)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn commits_in_memory() -> Result<()> {
    commit_contract(memory_lake()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn commits_on_disk() -> Result<()> {
    let folder = folder()?;
    commit_contract(Lake::open_dir(folder.path())?).await
}
