//! Reads a report as JSON from stdin and writes its HTML to stdout.

use std::io::{self, Write};

fn main() -> io::Result<()> {
    let report = serde_json::from_reader(io::stdin().lock())?;
    io::stdout().lock().write_all(estrella_report::render(&report).as_bytes())
}
