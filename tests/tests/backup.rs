//! A lake that was copied away and lost comes back, catalog or not.

use std::fs::{self, File};
use std::path::Path;

use estrella_tests::cli::{BAD_INPUT, DONE};
use estrella_tests::events::{csv, generated};
use estrella_tests::lake::Lake;

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn a_lost_lake_is_brought_back_from_a_copy_without_its_catalog() {
    let lake = Lake::default();
    lake.load("a.csv", csv(&generated(2_000, 2, 41)));
    lake.load("b.csv", csv(&generated(1_000, 3, 42)));
    let (rows, snapshots) = (lake.star(), lake.snapshots());
    let backup = lake.input("backup");
    copy(&lake.dir(), &backup);
    // Whatever happens after the copy is lost.
    let lost = lake.load("c.csv", csv(&generated(500, 1, 43)));
    fs::remove_dir_all(lake.dir()).unwrap();
    copy(&backup, &lake.dir());
    fs::remove_file(lake.dir().join("catalog.db")).unwrap();

    let restored = lake.read(&["restore", "--json"]).expect(DONE).json();
    assert_eq!(restored.as_array().unwrap().len(), snapshots.len());
    assert!(
        restored.as_array().unwrap().iter().all(|table| table["doubtful"].as_array().unwrap().is_empty())
    );
    assert_eq!(lake.snapshots(), snapshots);
    lake.star().assert_same(&rows, "restored");
    lake.read(&["check"]).expect(DONE);
    let again = lake.read(&["restore"]).expect(DONE).stdout;
    assert!(again.contains("as it was") && !again.contains("replaced"), "{again}");

    // What was lost is loaded again, what was not is known.
    let summary = lake.load("c.csv", csv(&generated(500, 1, 43)));
    assert_eq!(summary["loaded"][0]["facts"], lost["loaded"][0]["facts"]);
    let again = lake.load("a.csv", csv(&generated(2_000, 2, 41)));
    assert!(again["loaded"].as_array().unwrap().is_empty(), "{again}");
}

/// Files of a lake, in the order in which the guide copies them: what is copied later has all that this names.
fn copy_as_told(from: &Path, to: &Path) {
    fs::create_dir_all(to.join("landed")).unwrap();
    fs::copy(from.join("catalog.db"), to.join("catalog.db")).unwrap();
    copy(&from.join("landed/receipts"), &to.join("landed/receipts"));
    let (catalog, receipts) = (fs::read(to.join("catalog.db")).unwrap(), to.join("receipts"));
    fs::rename(to.join("landed/receipts"), &receipts).unwrap();
    copy(from, to);
    fs::write(to.join("catalog.db"), catalog).unwrap();
    fs::remove_dir_all(to.join("landed/receipts")).unwrap();
    fs::rename(receipts, to.join("landed/receipts")).unwrap();
}

#[test]
fn a_lake_is_copied_while_runs_wait_and_others_extract() {
    let rows = generated(12_000, 2, 47);
    let lake = Lake::default();
    lake.load("first.csv", csv(&rows[..2_000]));
    let inputs: Vec<_> = rows[2_000..]
        .chunks(1_000)
        .enumerate()
        .map(|(n, rows)| lake.write(&format!("{n}.csv"), csv(rows)))
        .collect();
    let running: Vec<_> = inputs.iter().map(|input| lake.start_run(&[input])).collect();
    let lock = File::create(lake.dir().join("run.lock")).unwrap();
    lock.lock().unwrap();
    let backup = lake.input("backup");
    copy_as_told(&lake.dir(), &backup);
    drop(lock);
    for run in running {
        run.end().expect(DONE);
    }
    let whole = lake.star();
    fs::remove_dir_all(lake.dir()).unwrap();
    copy(&backup, &lake.dir());
    lake.read(&["check"]).expect(DONE);
    let inputs: Vec<&Path> = inputs.iter().map(AsRef::as_ref).collect();
    lake.run(&inputs).expect(DONE);
    lake.star().assert_same(&whole, "copied at work");
}

#[test]
fn heads_that_are_there_are_replaced_by_force_only() {
    let lake = Lake::default();
    lake.load("a.csv", csv(&generated(500, 1, 44)));
    let catalog = fs::read(lake.dir().join("catalog.db")).unwrap();
    lake.load("b.csv", csv(&generated(500, 1, 45)));
    let rows = lake.star();
    fs::write(lake.dir().join("catalog.db"), &catalog).unwrap();
    let refused = lake.read(&["restore"]).expect(BAD_INPUT).stderr;
    assert!(refused.contains("another head") && refused.contains("--force"), "{refused}");
    assert_eq!(fs::read(lake.dir().join("catalog.db")).unwrap(), catalog);
    assert!(lake.read(&["restore", "--force"]).expect(DONE).stdout.contains("replaced"));
    lake.star().assert_same(&rows, "by force");
}

#[test]
fn a_lake_that_was_moved_is_told_where_it_belongs() {
    let lake = Lake::default();
    lake.load("a.csv", csv(&generated(200, 1, 46)));
    let elsewhere = lake.input("elsewhere");
    copy(&lake.dir(), &elsewhere);
    fs::remove_file(elsewhere.join("catalog.db")).unwrap();
    let moved = estrella_tests::cli::estrella(["restore", "--lake", elsewhere.to_str().unwrap()]);
    let told = moved.expect(BAD_INPUT).stderr;
    let place = fs::canonicalize(lake.dir()).unwrap();
    assert!(told.contains(place.to_str().unwrap()) && told.contains("restored where it was"), "{told}");
    let nothing = estrella_tests::cli::estrella(["restore", "--lake", lake.input("none").to_str().unwrap()]);
    nothing.expect(BAD_INPUT);
    assert!(!lake.input("none").exists());
}
