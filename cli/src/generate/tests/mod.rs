//! The generator judged by the files it writes.

mod arguments;
mod incidents;
mod profile;

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;

use super::{GenerateArgs, Report, generate};

/// A folder that goes away with its test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("estrella-generate-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    fn args(&self, rows: u64) -> GenerateArgs {
        GenerateArgs {
            rows,
            seed: 7,
            out: self.0.clone(),
            start: "2019-10-01".parse().unwrap(),
            days: 30,
            duplicates: 0.001,
            incidents: Vec::new(),
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Row {
    time: String,
    kind: String,
    product: String,
    category: String,
    code: String,
    brand: String,
    cents: u64,
    user: String,
    session: String,
}

impl Row {
    fn parse(line: &str) -> Self {
        let fields: Vec<String> = line.split(',').map(str::to_owned).collect();
        let [time, kind, product, category, code, brand, price, user, session]: [String; 9] =
            fields.try_into().unwrap();
        let (units, cents) = price.split_once('.').unwrap();
        assert_eq!(cents.len(), 2, "price {price}");
        let cents = units.parse::<u64>().unwrap() * 100 + cents.parse::<u64>().unwrap();
        Self { time, kind, product, category, code, brand, cents, user, session }
    }

    fn date(&self) -> &str {
        &self.time[..10]
    }

    fn hour(&self) -> usize {
        self.time[11..13].parse().unwrap()
    }
}

fn read(path: &Path) -> Vec<Row> {
    let mut lines = BufReader::new(GzDecoder::new(File::open(path).unwrap())).lines().map(Result::unwrap);
    let header =
        "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session";
    assert_eq!(lines.next().as_deref(), Some(header));
    lines.map(|line| Row::parse(&line)).collect()
}

fn run(args: &GenerateArgs) -> (Report, Vec<Row>) {
    let report = generate(args).unwrap();
    let rows = report.files.iter().flat_map(|path| read(path)).collect();
    (report, rows)
}

fn count(rows: &[Row], matches: impl Fn(&Row) -> bool) -> usize {
    rows.iter().filter(|row| matches(row)).count()
}

fn share(rows: &[Row], matches: impl Fn(&Row) -> bool) -> f64 {
    count(rows, matches) as f64 / rows.len() as f64
}

fn tally<'a>(rows: &'a [Row], key: impl Fn(&'a Row) -> &'a str) -> HashMap<&'a str, usize> {
    let mut counts = HashMap::new();
    rows.iter().for_each(|row| *counts.entry(key(row)).or_default() += 1);
    counts
}

#[track_caller]
fn assert_near(what: &str, value: f64, expected: f64, tolerance: f64) {
    assert!((value - expected).abs() <= tolerance, "{what} is {value}, expected {expected} +- {tolerance}");
}
