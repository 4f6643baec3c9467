//! Errors as Step Functions matches them.

use estrella_lake::{Error, ErrorKind};
use lambda_runtime::Diagnostic;

/// An error on its way to Lambda.
#[derive(Debug)]
pub(super) struct Failure(pub(super) Error);

/// The name by which Retry and Catch of the state machines know an error. Names are stable.
pub fn error_name(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::InvalidInput => "InvalidInput",
        ErrorKind::NotFound => "NotFound",
        ErrorKind::Conflict => "Conflict",
        ErrorKind::Throttled => "Throttled",
        ErrorKind::Unavailable => "Unavailable",
        ErrorKind::Bug => "Bug",
    }
}

impl From<Failure> for Diagnostic {
    fn from(Failure(error): Failure) -> Self {
        Self { error_type: error_name(error.kind()).to_owned(), error_message: error.to_string() }
    }
}
