//! The log: what was committed, in the order of the commits.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::tables::{Change, Op};
use crate::{Error, Result};

/// A change that was carried out, and the row that the database answered with.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) change: Change,
    pub(super) row: Vec<Option<String>>,
}

/// Writes one line of JSON for each change.
#[derive(Debug)]
pub(super) struct Log {
    file: BufWriter<File>,
    path: PathBuf,
}

impl Log {
    pub(super) fn create(path: &Path) -> Result<Self> {
        let file = File::create(path).map_err(|source| Error::Log { path: path.to_owned(), source })?;
        Ok(Self { file: BufWriter::new(file), path: path.to_owned() })
    }

    /// Writes a transaction, down to the file.
    pub(super) fn write(&mut self, done: &[Done]) -> Result<()> {
        let lines: String = done.iter().map(|done| line(done) + "\n").collect();
        let written = self.file.write_all(lines.as_bytes()).and_then(|()| self.file.flush());
        written.map_err(|source| Error::Log { path: self.path.clone(), source })
    }
}

fn line(done: &Done) -> String {
    let op = match done.change.op {
        Op::Insert => "I",
        Op::Update => "U",
        Op::Delete => "D",
    };
    let columns = done.change.returned().zip(&done.row);
    let row: Map<String, Value> = columns.map(|(name, text)| (name.to_owned(), json!(text))).collect();
    json!({ "table": done.change.table.name, "op": op, "row": row }).to_string()
}

#[cfg(test)]
mod tests {
    use super::super::tables::BRANDS;
    use super::*;

    #[test]
    fn a_line_has_the_whole_row_or_the_key() {
        let done = |op, row: Vec<Option<String>>| Done {
            change: Change { table: &BRANDS, op, key: "7".into(), set: Vec::new() },
            row,
        };
        let insert: Value =
            serde_json::from_str(&line(&done(Op::Insert, vec![Some("7".into()), None]))).unwrap();
        assert_eq!(insert, json!({ "table": "brands", "op": "I", "row": { "brand_id": "7", "name": null } }));
        let delete: Value = serde_json::from_str(&line(&done(Op::Delete, vec![Some("7".into())]))).unwrap();
        assert_eq!(delete, json!({ "table": "brands", "op": "D", "row": { "brand_id": "7" } }));
    }
}
