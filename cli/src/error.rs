//! What a command ends with.

use std::io::{self, Write};
use std::process::ExitCode;

use estrella_lake::ErrorKind;
use polars::error::PolarsError;

/// What the process ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything asked for was done.
    Done = 0,
    /// Somebody has to look: the quality gate held something back, or a check found something.
    Blocked = 1,
    /// The arguments or the input are wrong; the same call fails again.
    BadInput = 2,
    /// Something failed that is not the caller's doing.
    Fault = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command failed, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The arguments or the input are wrong.
    #[error("{what}")]
    BadInput {
        /// What is wrong, and where.
        what: String,
        /// What to do.
        hint: Option<String>,
    },
    /// Something failed that is not the caller's doing.
    #[error("{what}")]
    Fault {
        /// What failed, and where.
        what: String,
        /// What to do.
        hint: Option<String>,
    },
    /// Whoever read stdout has read enough, as `head` does.
    #[error("the reader of the output is gone")]
    ReaderGone,
}

impl CliError {
    /// The caller's mistake.
    pub fn bad_input(what: impl ToString) -> Self {
        Self::BadInput { what: what.to_string(), hint: None }
    }

    /// Not the caller's mistake.
    pub fn fault(what: impl ToString) -> Self {
        Self::Fault { what: what.to_string(), hint: None }
    }

    /// Adds what to do.
    #[must_use]
    pub fn with_hint(mut self, text: impl ToString) -> Self {
        if let Self::BadInput { hint, .. } | Self::Fault { hint, .. } = &mut self {
            *hint = Some(text.to_string());
        }
        self
    }

    /// What the process ends with.
    pub fn exit(&self) -> Exit {
        match self {
            Self::BadInput { .. } => Exit::BadInput,
            Self::Fault { .. } => Exit::Fault,
            Self::ReaderGone => Exit::Done,
        }
    }

    /// Writes the error as a human reads it. A reader that is gone is told nothing.
    pub fn report(&self, to: &mut dyn Write) -> io::Result<()> {
        let (Self::BadInput { what, hint } | Self::Fault { what, hint }) = self else { return Ok(()) };
        writeln!(to, "estrella: error: {what}")?;
        match hint {
            Some(hint) => writeln!(to, "  hint: {hint}"),
            None => Ok(()),
        }
    }
}

impl From<estrella_lake::Error> for CliError {
    fn from(error: estrella_lake::Error) -> Self {
        match error.kind() {
            ErrorKind::InvalidInput | ErrorKind::NotFound => Self::bad_input(error),
            ErrorKind::Conflict => {
                Self::fault(error).with_hint("somebody else is writing; run the command again")
            }
            ErrorKind::Throttled | ErrorKind::Unavailable => {
                Self::fault(error).with_hint("run the command again; if it keeps failing, look at the disk")
            }
            ErrorKind::Bug => Self::fault(error).with_hint("this is a mistake in estrella; please report it"),
        }
    }
}

impl From<io::Error> for CliError {
    /// Of writing the output; everything else says what it was doing.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::ReaderGone,
            _ => Self::fault(format!("cannot write the output: {error}")),
        }
    }
}

impl From<PolarsError> for CliError {
    /// Most are the query's: an unknown column, a type that does not fit. Those of the disk are not.
    fn from(error: PolarsError) -> Self {
        match &error {
            PolarsError::IO { error: cause, .. } if cause.kind() == io::ErrorKind::BrokenPipe => {
                Self::ReaderGone
            }
            PolarsError::IO { .. } => Self::fault(error),
            PolarsError::Context { error: inner, .. } if matches!(**inner, PolarsError::IO { .. }) => {
                Self::fault(error)
            }
            _ => Self::bad_input(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use estrella_lake::Error;

    #[test]
    fn kinds_of_the_lake_become_exit_codes() {
        for (kind, exit) in [
            (ErrorKind::InvalidInput, Exit::BadInput),
            (ErrorKind::NotFound, Exit::BadInput),
            (ErrorKind::Conflict, Exit::Fault),
            (ErrorKind::Throttled, Exit::Fault),
            (ErrorKind::Unavailable, Exit::Fault),
            (ErrorKind::Bug, Exit::Fault),
        ] {
            assert_eq!(CliError::from(Error::new(kind, "x")).exit(), exit, "{kind:?}");
        }
    }

    #[test]
    fn exit_codes_are_fixed() {
        let codes = [Exit::Done, Exit::Blocked, Exit::BadInput, Exit::Fault].map(|exit| exit as u8);
        assert_eq!(codes, [0, 1, 2, 3]);
    }

    #[test]
    fn a_closed_pipe_is_no_error() {
        let pipe = || io::Error::from(io::ErrorKind::BrokenPipe);
        for error in [CliError::from(pipe()), CliError::from(PolarsError::from(pipe()))] {
            let mut text = Vec::new();
            error.report(&mut text).unwrap();
            assert_eq!((error.exit(), text.as_slice()), (Exit::Done, b"".as_slice()));
        }
        assert_eq!(CliError::from(io::Error::from(io::ErrorKind::StorageFull)).exit(), Exit::Fault);
    }

    #[test]
    fn a_report_says_what_and_what_to_do() {
        let mut text = Vec::new();
        CliError::bad_input("no lake in ./x").with_hint("make one").report(&mut text).unwrap();
        assert_eq!(text, b"estrella: error: no lake in ./x\n  hint: make one\n");
    }
}
