//! Why an object is refused whole.

use std::fmt;

/// An object that cannot be read as events. It names the line where that shows; the caller adds the object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError {
    /// Line, counted from 1, if the error has one.
    pub line: Option<u64>,
    /// What is wrong.
    pub kind: DecodeErrorKind,
}

/// What is wrong with an object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeErrorKind {
    /// No line with anything in it.
    #[error("the object is empty; expected a header and rows")]
    Empty,
    /// The first line has none of the columns.
    #[error("no header: the first line is {first_line:?}, expected the columns {}", crate::event::SOURCE_COLUMNS.join(","))]
    NoHeader {
        /// The line, cut to a readable length.
        first_line: String,
    },
    /// Some columns are not there.
    #[error("missing columns: {}", .0.join(", "))]
    MissingColumns(Vec<String>),
    /// A column stands twice.
    #[error("column {0} stands twice in the header")]
    DuplicateColumn(String),
    /// The content is of another kind.
    #[error("the object is {0}, expected CSV, gzip-compressed CSV or Parquet")]
    NotEvents(&'static str),
    /// A record is longer than any record of the schema can be.
    #[error("a record is longer than {limit_bytes} bytes")]
    RecordTooLong {
        /// The limit.
        limit_bytes: usize,
    },
    /// The object ends too early.
    #[error("the gzip stream ends in the middle; the object was cut or is still being written")]
    Truncated,
    /// The gzip stream is damaged.
    #[error("the gzip stream is damaged: {0}")]
    CorruptGzip(String),
    /// The Parquet file is damaged.
    #[error("the parquet file cannot be read: {0}")]
    CorruptParquet(String),
    /// A column has a type that no text stands for.
    #[error("column {column} has type {found}, which cannot be read as an event field")]
    UnsupportedType {
        /// Column.
        column: String,
        /// Its type in the object.
        found: String,
    },
    /// A row has another number of fields than the table has columns.
    #[error("a row has {found} fields, the table {expected} columns; does the mapping fit the source?")]
    WrongWidth {
        /// Fields that were expected.
        expected: usize,
        /// Fields that are there.
        found: usize,
    },
    /// A change holds a value that its column cannot hold.
    #[error("column {column} cannot be {value:?}")]
    BadValue {
        /// Column.
        column: String,
        /// The value, cut to a readable length.
        value: String,
    },
    /// A quote is never closed.
    #[error("a quote is never closed, or text follows it")]
    OpenQuote,
    /// The object could not be read from where it lies. Unlike the others this may pass.
    #[error("reading failed: {0}")]
    Io(String),
}

impl DecodeError {
    pub(crate) fn at(line: u64, kind: DecodeErrorKind) -> Self {
        Self { line: Some(line), kind }
    }

    /// Whether the object itself is at fault, as opposed to the road to it.
    pub fn is_invalid_input(&self) -> bool {
        !matches!(self.kind, DecodeErrorKind::Io(_))
    }
}

impl From<DecodeErrorKind> for DecodeError {
    fn from(kind: DecodeErrorKind) -> Self {
        Self { line: None, kind }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        self.kind.fmt(f)
    }
}

impl std::error::Error for DecodeError {}
