//! The error of this crate.

use std::fmt;
use std::path::PathBuf;

use pgwire_replication::{Lsn, PgWireError};

/// The server's code for a slot or another object that somebody else uses.
pub(crate) const OBJECT_IN_USE: &str = "55006";
/// The server's code for an object that there is already.
pub(crate) const DUPLICATE_OBJECT: &str = "42710";

/// The result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What failed, on which object, and why.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The URL, an option, or the state of the database does not allow what was asked for; the same call fails
    /// again until somebody changes it.
    #[error("{0}")]
    Refused(String),
    /// An ordinary connection or a statement on it failed.
    #[error("{what}: {}", DatabaseCause(.source))]
    Database {
        /// What was attempted.
        what: String,
        /// Why it failed.
        source: tokio_postgres::Error,
    },
    /// The replication connection or a command on it failed.
    #[error("{what}: {source}")]
    Replication {
        /// What was attempted.
        what: String,
        /// Why it failed.
        source: PgWireError,
    },
    /// The server sent what this program does not understand.
    #[error("{what}: {why}")]
    Protocol {
        /// The message or the value.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// A table was truncated: its rows are gone without a row change that could be written for each.
    #[error(
        "{table} was truncated at {lsn}, which files of row changes cannot say: drop the slot, and the next \
         capture begins with a full load"
    )]
    Truncated {
        /// Schema and name.
        table: String,
        /// Of the commit.
        lsn: Lsn,
    },
    /// The server left out a value that is stored out of line and was not changed.
    #[error(
        "{table}.{column} was left out of an update at {lsn}, because it is stored out of line and did not change: \
         set the table's replica identity to full or the column's storage to main, drop the slot, and the next \
         capture begins with a full load"
    )]
    UnchangedToast {
        /// Schema and name.
        table: String,
        /// Column.
        column: String,
        /// Of the commit.
        lsn: Lsn,
    },
    /// Writing the files failed.
    #[error(transparent)]
    Store(#[from] estrella_lake::Error),
    /// The log of the simulator cannot be written.
    #[error("cannot write the log {}: {source}", .path.display())]
    Log {
        /// The log.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl Error {
    pub(crate) fn refused(what: impl Into<String>) -> Self {
        Self::Refused(what.into())
    }

    pub(crate) fn protocol(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Protocol { what: what.into(), why: why.into() }
    }

    /// For `map_err` on a call of `tokio_postgres`.
    pub(crate) fn database(what: impl Into<String>) -> impl FnOnce(tokio_postgres::Error) -> Self {
        let what = what.into();
        move |source| Self::Database { what, source }
    }

    /// For `map_err` on a call of `pgwire_replication`.
    pub(crate) fn replication(what: impl Into<String>) -> impl FnOnce(PgWireError) -> Self {
        let what = what.into();
        move |source| Self::Replication { what, source }
    }

    /// Whether the same call can succeed later without anybody changing anything.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Database { source, .. } => source.code().is_none_or(|code| is_transient(code.code())),
            Self::Replication { source, .. } => source.is_io() || sql_state(source).is_some_and(is_transient),
            Self::Store(error) => error.is_retryable(),
            Self::Log { source, .. } => {
                use std::io::ErrorKind::{IsADirectory, NotADirectory, NotFound, PermissionDenied};
                !matches!(source.kind(), IsADirectory | NotADirectory | NotFound | PermissionDenied)
            }
            _ => false,
        }
    }
}

/// Whether the server may answer otherwise later: it is starting, stopping, out of connections, or holds what is
/// asked for for somebody else.
fn is_transient(code: &str) -> bool {
    code.starts_with("08") || code.starts_with("53") || code.starts_with("57P") || code == OBJECT_IN_USE
}

/// The server's code: the library has it only in its text.
pub(crate) fn sql_state(error: &PgWireError) -> Option<&str> {
    let PgWireError::Server(text) = error else { return None };
    text.rsplit_once("(SQLSTATE ")?.1.get(..5)
}

/// The server's own words: the library's `Display` is only "db error".
struct DatabaseCause<'a>(&'a tokio_postgres::Error);

impl fmt::Display for DatabaseCause<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_db_error() {
            Some(error) => {
                write!(f, "{} (SQLSTATE {})", error.message(), error.code().code())?;
                error.detail().map_or(Ok(()), |detail| write!(f, ": {detail}"))
            }
            None => {
                write!(f, "{}", self.0)?;
                let cause = std::error::Error::source(self.0);
                cause.map_or(Ok(()), |cause| write!(f, ": {cause}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_code_tells_whether_to_try_again() {
        let error = |code: &str| Error::Replication {
            what: "x".into(),
            source: PgWireError::Server(format!("ERROR: y (SQLSTATE {code}): z")),
        };
        for code in ["55006", "57P01", "53300", "08006"] {
            assert!(error(code).is_retryable(), "{code}");
        }
        for code in ["42704", "28P01", "55000"] {
            assert!(!error(code).is_retryable(), "{code}");
        }
        assert_eq!(sql_state(&PgWireError::Server("no code".into())), None);
    }
}
