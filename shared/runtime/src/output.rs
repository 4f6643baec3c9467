//! What a stage answers as a Lambda.

use estrella_contracts::SCHEMA_VERSION;
use estrella_lake::{Error, Result};
use serde::Serialize;
use serde_json::Value;

/// What one piece of work came to. What does not apply stays 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows read.
    pub rows_in: u64,
    /// Rows added to the facts.
    pub facts: u64,
    /// Rows dropped as exact duplicates.
    pub duplicates: u64,
    /// Rows refused.
    pub rejected: u64,
    /// Rows held back by the quality gate.
    pub blocked: u64,
    /// Objects refused whole.
    pub refused_objects: u64,
    /// Bytes of raw objects.
    pub bytes: u64,
}

/// The answer to one piece of work, and its counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// JSON for the next state; has `schema_version`.
    pub answer: Value,
    /// For the metrics.
    pub counts: Counts,
}

impl Output {
    /// An answer from its fields.
    ///
    /// # Errors
    /// `Bug` if they are no JSON object.
    pub fn new(fields: &impl Serialize, counts: Counts) -> Result<Self> {
        let mut answer = serde_json::to_value(fields).map_err(|e| Error::bug("write answer").because(e))?;
        let map = answer.as_object_mut().ok_or_else(|| Error::bug("answer is no object"))?;
        map.insert("schema_version".to_owned(), SCHEMA_VERSION.into());
        Ok(Self { answer, counts })
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.rows_in += other.rows_in;
        self.facts += other.facts;
        self.duplicates += other.duplicates;
        self.rejected += other.rejected;
        self.blocked += other.blocked;
        self.refused_objects += other.refused_objects;
        self.bytes += other.bytes;
    }
}
