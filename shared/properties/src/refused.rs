//! What an object is told that is refused whole.

use estrella_core::decode::{DecodeError, Stopped};

/// Longest error in bytes: it is mailed and logged.
const LONGEST: usize = 4_096;

/// Checks that the object is at fault, that the line is one of its lines, and that the text is short.
pub(crate) fn checked(stopped: Stopped<String>, lines: u64) -> DecodeError {
    let error = match stopped {
        Stopped::Decode(error) => error,
        Stopped::Sink(error) => panic!("{error}"),
    };
    let text = error.to_string();
    assert!(error.is_invalid_input(), "{text}");
    assert!(!text.is_empty() && text.len() <= LONGEST, "{} bytes: {text}", text.len());
    assert!(error.line.is_none_or(|line| line <= lines), "{text}, of {lines} lines");
    error
}

/// Lines of a text, the one after the last line end counted.
pub(crate) fn lines(text: &[u8]) -> u64 {
    text.split(|byte| *byte == b'\n').count() as u64
}
