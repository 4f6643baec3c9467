//! The error of this crate.

use std::{error::Error as StdError, fmt, io, path::Path};

/// What an error means to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// What was given cannot be worked with; the same call fails again.
    InvalidInput,
    /// The named thing does not exist.
    NotFound,
    /// Somebody else was faster; reading again and computing again can succeed.
    Conflict,
    /// The service asks to slow down.
    Throttled,
    /// The service or the device failed; the outcome of a write may be unknown.
    Unavailable,
    /// This program is wrong.
    Bug,
}

impl ErrorKind {
    /// Whether the same call can succeed later.
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::Conflict | Self::Throttled | Self::Unavailable)
    }
}

/// An error with its kind, what was attempted, where, and why it failed.
///
/// `Display` is the whole line, `what: where: why`; print either that or the chain of sources, not both.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    what: String,
    /// Innermost first.
    places: Vec<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of a kind; `what` is what was attempted, or what is wrong.
    pub fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, what: what.into(), places: Vec::new(), source: None }))
    }

    /// Shorthand for [`ErrorKind::InvalidInput`].
    pub fn invalid(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidInput, what)
    }

    /// Shorthand for [`ErrorKind::Conflict`].
    pub fn conflict(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Conflict, what)
    }

    /// Shorthand for [`ErrorKind::Bug`].
    pub fn bug(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Bug, what)
    }

    /// Shorthand for [`ErrorKind::Unavailable`].
    pub fn unavailable(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unavailable, what)
    }

    /// An error of the file system.
    pub fn io(what: impl Into<String>, path: impl AsRef<Path>, source: io::Error) -> Self {
        let kind = match source.kind() {
            io::ErrorKind::NotFound => ErrorKind::NotFound,
            io::ErrorKind::PermissionDenied
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::InvalidFilename
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::IsADirectory => ErrorKind::InvalidInput,
            _ => ErrorKind::Unavailable,
        };
        Self::new(kind, what).at(path.as_ref().display()).because(source)
    }

    /// Adds where it happened: a key, a table, a path.
    #[must_use]
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        self.0.places.push(place.to_string());
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// For what was there a moment ago: that it is gone is somebody else's doing, and a new plan does without it.
    #[must_use]
    pub fn absent_is_conflict(self) -> Self {
        match self.kind() {
            ErrorKind::NotFound => Self::conflict("a file was removed meanwhile").because(self),
            _ => self,
        }
    }

    /// For what the input has no part in: whoever refuses input for what it is must not refuse it for this.
    #[must_use]
    pub fn invalid_is_bug(self) -> Self {
        if self.kind() == ErrorKind::InvalidInput { Self::bug(self.to_string()) } else { self }
    }

    /// What the error means to the caller.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What was attempted, without place and cause.
    pub fn context(&self) -> &str {
        &self.0.what
    }

    /// Whether the same call can succeed later.
    pub fn is_retryable(&self) -> bool {
        self.kind().is_retryable()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.what)?;
        for place in &self.0.places {
            write!(f, ": {place}")?;
        }
        match &self.0.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.kind())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

impl From<iceberg::Error> for Error {
    /// Our own storage adaptor works below the iceberg crate: its error, if there is one, knows best, and says all.
    fn from(error: iceberg::Error) -> Self {
        if let Some(own) = own(&error) {
            return Self::new(own.kind(), own.to_string());
        }
        let kind = match error.kind() {
            iceberg::ErrorKind::DataInvalid | iceberg::ErrorKind::FeatureUnsupported => {
                ErrorKind::InvalidInput
            }
            iceberg::ErrorKind::TableNotFound | iceberg::ErrorKind::NamespaceNotFound => ErrorKind::NotFound,
            iceberg::ErrorKind::CatalogCommitConflicts => ErrorKind::Conflict,
            _ if error.retryable() => ErrorKind::Unavailable,
            _ => ErrorKind::Bug,
        };
        Self::new(kind, "iceberg").because(error)
    }
}

fn own<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(own) = error.downcast_ref::<Error>() {
            return Some(own);
        }
        next = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_where_why() {
        let why = io::Error::new(io::ErrorKind::NotFound, "no such file");
        let error = Error::io("read", "/a/b", why).at("clean.events");
        assert_eq!(error.to_string(), "read: /a/b: clean.events: no such file");
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(!error.is_retryable());
    }

    #[test]
    fn kind_and_words_survive_the_iceberg_crate() {
        let inner = Error::new(ErrorKind::Throttled, "slow down").at("a/b");
        let outer = iceberg::Error::new(iceberg::ErrorKind::Unexpected, "x").with_source(inner);
        let outer = iceberg::Error::new(iceberg::ErrorKind::Unexpected, "y").with_source(outer);
        let error = Error::from(outer);
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Throttled, "slow down: a/b"));
    }
}
