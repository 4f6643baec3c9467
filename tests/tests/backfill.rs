//! `estrella backfill`: many files at once make the tables that one run makes, whatever happens to some of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use estrella_tests::cli::{BAD_INPUT, DONE, Ended, estrella, start};
use estrella_tests::lake::{Lake, Star};

const DAYS: usize = 30;

/// A file for each of thirty days, in a folder beside the lake.
fn month(lake: &Lake) -> PathBuf {
    let folder = lake.input("raw");
    let out = folder.to_str().unwrap();
    estrella(["generate", "--rows", "30000", "--days", "30", "--seed", "61", "--out", out]).expect(DONE);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), DAYS);
    folder
}

fn expected(folder: &Path) -> Star {
    let lake = Lake::default();
    lake.run(&[folder]).expect(DONE);
    lake.star()
}

fn backfill(lake: &Lake, folder: &Path, more: &[&str]) -> Ended {
    let args = ["backfill", "--json", "--input", folder.to_str().unwrap()];
    lake.read(&[&args[..], more].concat())
}

#[test]
fn thirty_files_at_once_make_the_tables_of_one_run_and_again_they_are_passed_over() {
    let lake = Lake::default();
    let folder = month(&lake);
    let ended = backfill(&lake, &folder, &["--jobs", "4"]).expect(DONE);
    let lines: Vec<&str> = ended.stderr.lines().collect();
    assert!(lines.len() == DAYS && lines[DAYS - 1].starts_with("30/30 "), "{}", ended.stderr);
    let first = ended.json();
    assert_eq!((first["objects"].as_array().unwrap().len(), &first["passed_over"]), (DAYS, &0.into()));
    let star = expected(&folder);
    lake.star().assert_same(&star, "thirty files at once");
    let heads = lake.snapshots();
    let again = backfill(&lake, &folder, &[]).expect(DONE).json();
    assert_eq!((again["passed_over"].as_u64(), again["loaded"].as_array().unwrap().len()), (Some(30), 0));
    assert_eq!(lake.snapshots(), heads, "nothing is written twice");
}

#[test]
fn a_damaged_file_is_told_and_tolerated_or_not() {
    let lake = Lake::default();
    let folder = month(&lake);
    let star = expected(&folder);
    let damaged = folder.join("events-2019-10-15-more.csv.gz");
    let whole = fs::read(folder.join("events-2019-10-15.csv.gz")).unwrap();
    fs::write(&damaged, &whole[..whole.len() / 2]).unwrap();

    let refused = backfill(&lake, &folder, &["--tolerate-percent", "0"]).expect(BAD_INPUT);
    assert!(
        refused.stderr.contains("more than 0 %") && refused.stderr.contains("10-15-more"),
        "{}",
        refused.stderr
    );
    assert_eq!(refused.json()["is_given_up"], true);
    assert!(!lake.snapshots().contains_key("model.fact_user_events"), "nothing is loaded");

    let tolerated = backfill(&lake, &folder, &[]).expect(DONE).json();
    let objects = tolerated["objects"].as_array().unwrap();
    let failed: Vec<_> = objects.iter().filter(|object| !object["error"].is_null()).collect();
    assert!(failed.len() == 1 && failed[0]["object"].as_str().unwrap().contains("10-15-more"), "{failed:?}");
    assert!(tolerated["passed_over"].as_u64() > Some(0), "what was extracted before is passed over");
    lake.star().assert_same(&star, "without the damaged file");
    let text = lake.read(&["backfill", "--input", folder.to_str().unwrap()]).expect(DONE).stdout;
    assert!(text.contains("31 files: 0 extracted, 30 extracted before, 1 failed"), "{text}");
}

#[test]
fn killed_at_any_time_and_run_again_it_makes_the_same_tables() {
    let lake = Lake::default();
    let folder = month(&lake);
    let star = expected(&folder);
    let dir = lake.dir();
    let args =
        ["backfill", "--jobs", "2", "--input", folder.to_str().unwrap(), "--lake", dir.to_str().unwrap()];
    let receipts = || fs::read_dir(dir.join("landed/receipts")).map_or(0, Iterator::count);
    for wanted in [3, 12, 24] {
        let mut running = start(args);
        while receipts() < wanted && running.is_running() {
            sleep(Duration::from_millis(2));
        }
        assert!(running.kill(), "killed while it extracts");
        assert!(receipts() < DAYS, "not all was extracted: {}", receipts());
    }
    // And while it loads.
    let mut running = start(args);
    while !dir.join("clean/events/data").exists() && running.is_running() {
        sleep(Duration::from_millis(1));
    }
    assert!(running.kill(), "killed while it loads");
    estrella(args).expect(DONE);
    lake.star().assert_same(&star, "killed and run again");
}

#[test]
fn dates_pick_files_and_a_bucket_gets_a_command() {
    let lake = Lake::default();
    let folder = month(&lake);
    backfill(&lake, &folder, &["--from", "2019-10-03", "--to", "2019-10-05"]).expect(DONE);
    let dates =
        lake.query("SELECT DISTINCT CAST(event_date AS VARCHAR) AS d FROM fact_user_events ORDER BY d");
    assert_eq!(dates, ["2019-10-03", "2019-10-04"]);
    backfill(&lake, &folder, &["--from", "2019-10-05", "--to", "2019-10-05"]).expect(BAD_INPUT);

    let aws = ["backfill", "--state-machine", "arn:aws:states:x", "--prefix", "raw/", "--from", "2019-10-01"];
    let text = estrella(aws).expect(DONE).stdout;
    assert!(text.contains("start-execution --state-machine-arn 'arn:aws:states:x'"), "{text}");
    let input = text.split('\'').find(|word| word.starts_with('{')).unwrap_or_default();
    let input: serde_json::Value = serde_json::from_str(input).unwrap();
    let expected =
        serde_json::json!({"from": "raw/2019-10-01", "prefix": "raw/", "tolerated_failure_percent": 5});
    assert_eq!(input, expected);
    estrella(["backfill", "--lake", "s3://b", "--input", "x"]).expect(BAD_INPUT);
}
