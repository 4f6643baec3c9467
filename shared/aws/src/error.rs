//! What the SDK's errors mean to the stages.

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_types::error::display::DisplayErrorContext;
use estrella_lake::{Error, ErrorKind};

/// The part of an HTTP response that matters here.
pub(crate) type Response = aws_sdk_s3::config::http::HttpResponse;

/// An error of ours from one of the SDK's.
pub(crate) fn mapped<E>(what: &str, place: impl std::fmt::Display, error: SdkError<E, Response>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let kind = kind(&error);
    Error::new(kind, what).at(place).because(DisplayErrorContext(error).to_string())
}

fn kind<E: ProvideErrorMetadata>(error: &SdkError<E, Response>) -> ErrorKind {
    match error {
        SdkError::ServiceError(service) => {
            of_service(service.err().code().unwrap_or_default(), service.raw().status().as_u16())
        }
        SdkError::ConstructionFailure(_) => ErrorKind::Bug,
        // Time-outs, connections, answers cut short: whether a write arrived is unknown.
        _ => ErrorKind::Unavailable,
    }
}

/// By the service's name of the error, and by its status where the name is not known.
fn of_service(code: &str, status: u16) -> ErrorKind {
    match (code, status) {
        ("NoSuchKey" | "NoSuchVersion" | "NotFound" | "EntityNotFoundException" | "NotFoundException", _) => {
            ErrorKind::NotFound
        }
        (
            "ConcurrentModificationException"
            | "PreconditionFailed"
            | "ConditionalRequestConflict"
            | "AlreadyExistsException",
            _,
        ) => ErrorKind::Conflict,
        (
            "SlowDown"
            | "Throttling"
            | "ThrottlingException"
            | "ThrottledException"
            | "RequestLimitExceeded"
            | "TooManyRequestsException"
            | "KMSThrottling"
            | "KMSThrottlingException",
            _,
        ) => ErrorKind::Throttled,
        (_, 404) => ErrorKind::NotFound,
        (_, 409 | 412) => ErrorKind::Conflict,
        (_, 429) => ErrorKind::Throttled,
        ("RequestTimeout" | "OperationTimeoutException", _) | (_, 500..) => ErrorKind::Unavailable,
        // The policies are deployed with this program: what they deny, it should not ask for.
        (_, 401 | 403) => ErrorKind::Bug,
        // Malformed, too large: the same call fails again.
        _ => ErrorKind::InvalidInput,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_before_statuses() {
        for (code, status, kind) in [
            ("NoSuchKey", 404, ErrorKind::NotFound),
            ("", 404, ErrorKind::NotFound),
            ("SlowDown", 503, ErrorKind::Throttled),
            ("InternalError", 500, ErrorKind::Unavailable),
            ("ConcurrentModificationException", 400, ErrorKind::Conflict),
            ("EntityNotFoundException", 400, ErrorKind::NotFound),
            ("PreconditionFailed", 412, ErrorKind::Conflict),
            ("ThrottlingException", 400, ErrorKind::Throttled),
            ("AccessDenied", 403, ErrorKind::Bug),
            ("InvalidRange", 416, ErrorKind::InvalidInput),
            ("RequestTimeout", 400, ErrorKind::Unavailable),
        ] {
            assert_eq!(of_service(code, status), kind, "{code} {status}");
        }
    }
}
