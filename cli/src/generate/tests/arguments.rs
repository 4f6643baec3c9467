//! Rows, days, files and determinism.

use super::super::generate_on;
use super::*;

fn error(change: impl FnOnce(&mut GenerateArgs)) -> String {
    let mut args = Folder::new("never-written").args(1_000);
    change(&mut args);
    format!("{:#}", generate(&args).unwrap_err())
}

fn contents(report: &Report) -> Vec<Vec<u8>> {
    report.files.iter().map(|path| fs::read(path).unwrap()).collect()
}

#[test]
fn the_rows_are_exactly_those_asked_for() {
    for rows in [0, 1, 7, 29, 1_000, 20_011] {
        let folder = Folder::new(&format!("rows-{rows}"));
        let mut args = folder.args(rows);
        args.duplicates = 0.1;
        let (report, read) = run(&args);
        assert_eq!((report.rows, read.len() as u64), (rows, rows));
        let bytes: u64 = report.files.iter().map(|path| fs::metadata(path).unwrap().len()).sum();
        assert_eq!(report.bytes, bytes);
    }
}

#[test]
fn files_hold_one_day_sorted_by_time_and_no_day_is_empty() {
    let folder = Folder::new("days");
    let mut args = folder.args(60);
    args.start = "2020-02-27".parse().unwrap();
    let report = generate(&args).unwrap();
    assert!(report.files.is_sorted());
    for path in &report.files {
        let rows = read(path);
        assert!(!rows.is_empty() && rows.is_sorted_by_key(|row| &row.time));
        assert_eq!(path.file_name().unwrap().to_str(), Some(&*format!("events-{}.csv.gz", rows[0].date())));
        assert_eq!(rows[0].date(), rows[rows.len() - 1].date());
    }
    let listed = fs::read_dir(&folder.0).unwrap().count();
    assert_eq!(listed, report.files.len(), "something beside the files stayed in the folder");
}

#[test]
fn the_same_arguments_give_the_same_bytes_on_any_number_of_threads() {
    let (one, three) = (Folder::new("one-thread"), Folder::new("three-threads"));
    let (one, three) = (
        generate_on(&one.args(30_000), 1).map(|r| contents(&r)),
        generate_on(&three.args(30_000), 3).map(|r| contents(&r)),
    );
    assert_eq!(one.unwrap(), three.unwrap());
}

#[test]
fn files_carry_no_time_stamp_and_another_seed_gives_other_bytes() {
    let folder = Folder::new("seeds");
    let mut args = folder.args(3_000);
    let first = contents(&generate(&args).unwrap());
    assert!(first.iter().all(|file| file[4..8] == [0; 4]));
    args.seed += 1;
    assert_ne!(first, contents(&generate(&args).unwrap()));
}

#[test]
fn no_rows_are_equal_by_chance() {
    let folder = Folder::new("no-duplicates");
    let mut args = folder.args(50_000);
    (args.days, args.duplicates) = (2, 0.0);
    let (report, rows) = run(&args);
    let different: std::collections::HashSet<Row> = rows.iter().cloned().collect();
    assert_eq!((report.duplicates, different.len()), (0, rows.len()));
}

#[test]
fn arguments_out_of_range_are_refused() {
    assert_eq!(error(|args| args.duplicates = 0.6), "duplicates must be 0 to 0.5, not 0.6");
    assert_eq!(error(|args| args.duplicates = f64::NAN), "duplicates must be 0 to 0.5, not NaN");
    assert_eq!(error(|args| args.days = 0), "0 days from 2019-10-01 are no range of dates");
    let outside = |args: &mut GenerateArgs| args.incidents = vec!["bot:2019-10-31:1".parse().unwrap()];
    assert_eq!(error(outside), "incident on 2019-10-31 is outside the range 2019-10-01 to 2019-10-30");
    let crowded = |args: &mut GenerateArgs| args.incidents = vec!["bot:2019-10-30".parse().unwrap()];
    assert_eq!(error(crowded), "5000 events of bots do not fit into 1000 rows");
    let closed = |args: &mut GenerateArgs| {
        args.days = 1;
        args.incidents = vec!["outage:2019-10-01:0-24".parse().unwrap()];
    };
    assert_eq!(error(closed), "outages leave no hour for 1000 rows");
    let shut_out = |args: &mut GenerateArgs| {
        let specs = ["outage:2019-10-02:00-24", "bot:2019-10-02:10"];
        args.incidents = specs.iter().map(|spec| spec.parse().unwrap()).collect();
    };
    assert_eq!(error(shut_out), "a bot on 2019-10-02 has no hour without an outage");
}

#[test]
fn a_file_that_cannot_be_written_is_named_and_leaves_nothing_behind() {
    let folder = Folder::new("blocked");
    let blocked = folder.0.join("events-2019-10-01.csv.gz");
    fs::create_dir_all(blocked.join("in the way")).unwrap();
    let mut args = folder.args(100);
    args.days = 1;
    let error = format!("{:#}", generate(&args).unwrap_err());
    assert!(error.starts_with(&format!("cannot write {}", blocked.display())), "{error}");
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1);
}
