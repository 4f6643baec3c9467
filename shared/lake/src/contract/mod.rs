//! What every implementation of the ports has to do, as functions that a test runs against it.
//!
//! They panic where the contract is broken, and return errors that they did not expect.

mod catalog;
mod commit;
mod rows;
mod store;

pub use catalog::catalog_contract;
pub use commit::commit_contract;
pub use rows::{first_column, write_rows};
pub use store::object_store_contract;

use crate::error::{Error, ErrorKind, Result};

/// The error of a result that has to be one, of the given kind.
fn expect_error<T: std::fmt::Debug>(result: Result<T>, kind: ErrorKind) -> Error {
    match result {
        Ok(value) => panic!("expected an error of kind {kind:?}, got {value:?}"),
        Err(error) => {
            assert_eq!(error.kind(), kind, "{error}");
            error
        }
    }
}
