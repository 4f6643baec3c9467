//! `estrella check`: a lake that was damaged is told from one that was not, also while it is written.

use std::fs::{self, File};
use std::path::PathBuf;

use estrella_tests::cli::{BAD_INPUT, BLOCKED, DONE, estrella};
use estrella_tests::events::{csv, generated};
use estrella_tests::lake::Lake;
use serde_json::Value;

fn loaded() -> Lake {
    let mut lake = Lake::default();
    lake.load("events.csv", csv(&generated(2_000, 2, 31)));
    lake.will_be_damaged();
    lake
}

/// The data files of a table in the lake's folder.
fn data_files(lake: &Lake, table: &str) -> Vec<PathBuf> {
    let mut folders = vec![lake.dir().join(table.replace('.', "/")).join("data")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

fn findings(lake: &Lake) -> Vec<Value> {
    let checked = lake.read(&["check", "--json"]).expect(BLOCKED).json();
    checked["findings"].as_array().unwrap().clone()
}

#[track_caller]
fn assert_found(lake: &Lake, check: &str, file: &std::path::Path, found: &str) {
    let name = file.file_name().unwrap().to_str().unwrap();
    let findings = findings(lake);
    let is_it = |finding: &Value| {
        let text = |field: &str| finding[field].as_str().unwrap().to_owned();
        text("check") == check && text("place").ends_with(name) && text("found").contains(found)
    };
    assert!(findings.iter().any(is_it), "{findings:#?}");
}

#[test]
fn a_lake_that_was_just_loaded_is_sound() {
    let lake = Lake::default();
    lake.load("events.csv", csv(&generated(2_000, 2, 31)));
    let text = lake.read(&["check"]).expect(DONE).stdout;
    assert!(text.ends_with("nothing is wrong\n"), "{text}");
    let checked = lake.read(&["check", "--json"]).expect(DONE).json();
    let names: Vec<&str> =
        checked["checks"].as_array().unwrap().iter().map(|c| c["check"].as_str().unwrap()).collect();
    let all =
        ["pointers", "files", "counts", "bounds", "totals", "keys", "rows", "runs", "batches", "objects"];
    assert_eq!(names, all);
    assert_eq!(checked["orphans"]["files"], 0);
    estrella(["check", "--lake", "/no/such/lake"]).expect(BAD_INPUT);
}

#[test]
fn a_removed_file_is_found() {
    let lake = loaded();
    let file = data_files(&lake, "model.fact_user_events").pop().unwrap();
    fs::remove_file(&file).unwrap();
    assert_found(&lake, "files", &file, "no such file");
    let text = lake.read(&["check"]).expect(BLOCKED).stdout;
    assert!(text.contains("files: model.fact_user_events: model/fact_user_events/data/"), "{text}");
    assert!(text.contains("keys: model.fact_user_events: all"), "the ids cannot be read: {text}");
}

#[test]
fn a_truncated_file_is_found() {
    let lake = loaded();
    let file = data_files(&lake, "model.dim_users").pop().unwrap();
    let size = fs::metadata(&file).unwrap().len();
    File::options().write(true).open(&file).unwrap().set_len(size / 2).unwrap();
    assert_found(&lake, "files", &file, &format!("{} bytes", size / 2));
}

#[test]
fn a_file_with_a_damaged_footer_is_found() {
    let lake = loaded();
    let file = data_files(&lake, "clean.events").pop().unwrap();
    let mut bytes = fs::read(&file).unwrap();
    let end = bytes.len();
    bytes[end - 100..].fill(0);
    fs::write(&file, bytes).unwrap();
    assert_found(&lake, "counts", &file, "parquet file cannot be read");
}

#[test]
fn a_file_that_nobody_names_is_counted() {
    let lake = Lake::default();
    lake.load("events.csv", csv(&generated(500, 1, 32)));
    fs::write(lake.dir().join("model/dim_users/data/left-over.parquet"), b"x").unwrap();
    let text = lake.read(&["check"]).expect(DONE).stdout;
    assert!(text.contains("note: 1 files (1 B) are named by no snapshot"), "{text}");
}

#[test]
fn a_landed_file_that_is_lost_before_it_is_loaded_is_found() {
    let mut lake = Lake::default();
    let rows = generated(1_000, 1, 33);
    let broken = rows.iter().flat_map(|row| [row.clone(), row.replace(" UTC,", " CET,")]);
    let input = lake.write("broken.csv", csv(&broken.collect::<Vec<_>>()));
    lake.run(&[&input]).expect(BLOCKED);
    lake.read(&["check"]).expect(DONE);
    let landed = lake.dir().join("landed/parts");
    lake.will_be_damaged();
    fs::remove_dir_all(landed).unwrap();
    let findings = findings(&lake);
    assert!(findings.iter().all(|finding| finding["check"] == "objects"), "{findings:#?}");
    assert_eq!(findings[0]["found"], "no such file");
}

#[test]
fn a_lake_is_sound_while_it_is_written() {
    let rows = generated(40_000, 4, 34);
    let (old, new) = rows.split_at(rows.len() / 2);
    let lake = Lake::default();
    lake.load("old.csv", csv(old));
    let inputs: Vec<PathBuf> = (0..4)
        .map(|n| lake.write(&format!("{n}.csv"), csv(&new[n * new.len() / 4..(n + 1) * new.len() / 4])))
        .collect();
    let mut looked = 0;
    for input in &inputs {
        let mut run = lake.start_run(&[input]);
        while run.is_running() {
            lake.read(&["check"]).expect(DONE);
            looked += 1;
        }
        run.end().expect(DONE);
    }
    assert!(looked >= inputs.len(), "{looked} looks");
}
