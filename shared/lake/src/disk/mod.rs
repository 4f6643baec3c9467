//! A lake in a folder: objects are files, the catalog is a SQLite database.

mod catalog;
mod install;
mod lock;
mod store;
mod walk;

pub use catalog::SqliteCatalog;
pub use store::DiskStore;

/// Names that begin like this are the store's own: scratch files and locks.
const PRIVATE_PREFIX: &str = ".estrella-";
