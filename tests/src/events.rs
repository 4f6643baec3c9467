//! Files to feed.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use crate::cli::{DONE, estrella};

/// The header line of the public dataset.
pub const HEADER: &str =
    "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session";

/// Makes shop events with the binary's generator: all rows, without header, in the order of time.
pub fn generated(rows: u32, days: u32, seed: u32) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let out = folder.path().to_str().expect("a UTF-8 path");
    let number = |n: u32| n.to_string();
    let [rows, days, seed] = [rows, days, seed].map(number);
    estrella(["generate", "--rows", &rows, "--days", &days, "--seed", &seed, "--out", out]).expect(DONE);
    let mut files: Vec<PathBuf> = fs::read_dir(folder.path())
        .expect("the folder is ours")
        .map(|entry| entry.expect("readable").path())
        .collect();
    files.sort();
    files.iter().flat_map(|file| rows_of(file)).collect()
}

/// Rows of a gzip CSV, without header.
fn rows_of(file: &Path) -> Vec<String> {
    let mut text = String::new();
    let file = File::open(file).expect("generated file");
    MultiGzDecoder::new(file).read_to_string(&mut text).expect("generated text");
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some(HEADER));
    lines.map(str::to_owned).collect()
}

/// Header and rows as CSV.
pub fn csv(rows: &[String]) -> String {
    let mut text = String::from(HEADER);
    for row in rows {
        text.push('\n');
        text.push_str(row);
    }
    text + "\n"
}

/// The same rows as a spreadsheet or another system may have written them: a byte order mark, CRLF, the columns
/// in another order, quotes, one column more, and no final line end. The fields must not hold commas or quotes.
pub fn disguised_csv(rows: &[String]) -> String {
    const ORDER: [usize; 9] = [6, 8, 0, 5, 1, 7, 3, 2, 4];
    let disguise = |row: &str, last: &str| {
        let fields: Vec<&str> = row.split(',').collect();
        let mut fields: Vec<String> = ORDER.iter().map(|at| fields[*at].to_owned()).collect();
        fields[1] = format!("\"{}\"", fields[1]);
        fields.push(last.to_owned());
        fields.join(",")
    };
    let lines = rows.iter().map(|row| disguise(row, "x"));
    let lines: Vec<String> = std::iter::once(disguise(HEADER, "added_by_export")).chain(lines).collect();
    format!("\u{feff}{}", lines.join("\r\n"))
}

/// One gzip member.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory takes it")
}

/// As many gzip members as there are pieces of this size, one after the other; they cut rows anywhere.
pub fn gzip_members(bytes: &[u8], piece: usize) -> Vec<u8> {
    bytes.chunks(piece).flat_map(gzip).collect()
}

/// Streams `length` times `byte` through `writer`.
pub fn write_repeated(writer: &mut impl Write, byte: u8, length: u64) {
    let chunk = vec![byte; 1 << 20];
    let mut left = length;
    while left > 0 {
        let size = left.min(chunk.len() as u64);
        writer.write_all(&chunk[..size as usize]).expect("disk takes it");
        left -= size;
    }
}
