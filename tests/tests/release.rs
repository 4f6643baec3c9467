//! A batch that the quality gate holds back, and the command that lets it in.

use std::fs::{self, File};
use std::thread;
use std::time::Duration;

use estrella_tests::cli::{BAD_INPUT, BLOCKED, DONE, Ended, start};
use estrella_tests::events::{csv, generated};
use estrella_tests::lake::Lake;

/// More than a fifth of the rows refused: a broken export.
fn broken() -> (Vec<String>, usize) {
    let good = generated(1_000, 1, 5);
    let bad = (0..good.len()).map(|n| format!("2019-10-01 00:00:00 UTC,steal,{n},1,a.b,c,9.99,1,s"));
    let rows = good.iter().cloned().chain(bad).collect();
    (rows, good.len())
}

fn blocked(lake: &Lake) -> (String, String) {
    let list = lake.read(&["release"]).expect(DONE).stdout;
    (list.split_whitespace().next().unwrap().to_owned(), list)
}

#[test]
fn what_is_held_back_is_listed_and_released_once() {
    let (lake, (rows, good)) = (Lake::default(), broken());
    let input = lake.write("broken.csv", csv(&rows));
    lake.run(&[&input]).expect(BLOCKED);
    assert_eq!(lake.number("SELECT count(*) FROM fact_user_events"), 0);

    let (batch, list) = blocked(&lake);
    assert!(list.contains("of batch_reject_share is 0.5"), "{list}");
    lake.read(&["release", &batch]).expect(DONE);
    let facts = lake.number("SELECT count(*) FROM fact_user_events");
    let distinct = lake.number("SELECT count(DISTINCT event_id) FROM fact_user_events");
    assert!(facts > 0 && facts <= good as u64);
    assert_eq!(facts, distinct);

    let before = lake.snapshots();
    let again = lake.read(&["release", &batch]).expect(DONE).stdout;
    assert!(again.contains("released before"), "{again}");
    assert_eq!(lake.read(&["release"]).expect(DONE).stdout, "nothing is held back\n");
    lake.run(&[&input]);
    let mut after = lake.snapshots();
    // The dimensions follow with their next load, with what their rules say, and so do the monitors.
    after.retain(|table, _| {
        !table.starts_with("model.dim_") && table != "ops.quality_results" && table != "ops.drift_results"
    });
    for (table, snapshots) in after {
        assert_eq!(snapshots, before[&table], "{table}");
    }
    assert_eq!(lake.number("SELECT sum(facts) FROM ops.runs"), facts);
}

#[test]
fn rows_that_came_by_another_road_meanwhile_are_not_doubled() {
    let (lake, (rows, good)) = (Lake::default(), broken());
    let input = lake.write("broken.csv", csv(&rows));
    lake.run(&[&input]).expect(BLOCKED);
    lake.load("mended.csv", csv(&rows[..good]));
    let facts = lake.number("SELECT count(*) FROM fact_user_events");
    let (batch, _) = blocked(&lake);
    let released = lake.read(&["release", &batch]).expect(DONE).stdout;
    assert!(released.contains(": 0 facts"), "{released}");
    assert_eq!(lake.number("SELECT count(*) FROM fact_user_events"), facts);
}

#[test]
fn an_unknown_batch_is_refused() {
    let lake = Lake::default();
    lake.load("good.csv", csv(&generated(100, 1, 5)));
    let refused = lake.read(&["release", "0f3c"]).expect(BAD_INPUT);
    assert!(refused.stderr.contains("no batch 0f3c is held back"), "{}", refused.stderr);
    lake.read(&["release", "../receipts"]).expect(BAD_INPUT);
}

/// Calls a command that writes while somebody else has the turn, as a run has it, or whoever copies the lake.
#[track_caller]
fn in_its_turn(lake: &Lake, args: &[&str]) -> Ended {
    let lock = File::create(lake.dir().join("run.lock")).unwrap();
    lock.lock().unwrap();
    let (held_back, before) = (lake.read(&["release"]).expect(DONE).stdout, lake.snapshots());
    let dir = lake.dir();
    let mut running = start(args.iter().copied().chain(["--lake", dir.to_str().unwrap()]));
    thread::sleep(Duration::from_secs(2));
    assert_eq!(lake.snapshots(), before, "{args:?} did not wait");
    assert!(running.is_running(), "{args:?} did not wait");
    assert_eq!(lake.read(&["release"]).expect(DONE).stdout, held_back, "{args:?} did not wait");
    drop(lock);
    running.end().expect(DONE)
}

#[test]
fn who_writes_waits_for_a_turn_and_who_reads_does_not() {
    let lake = Lake::default();
    lake.load("good.csv", csv(&generated(1_000, 1, 6)));
    let first = lake.snapshots()["clean.events"][0].clone();
    let facts = || lake.number("SELECT count(*) FROM fact_user_events");
    let (before, input) = (facts(), lake.write("broken.csv", csv(&broken().0)));
    lake.run(&[&input]).expect(BLOCKED);
    let (batch, _) = blocked(&lake);

    let released = in_its_turn(&lake, &["release", &batch]).stdout;
    assert!(released.starts_with(&format!("released {batch}: ")), "{released}");
    let after = facts();
    assert!(after > before);
    assert_eq!(lake.read(&["release"]).expect(DONE).stdout, "nothing is held back\n");

    let back = in_its_turn(&lake, &["rollback", "clean.events", "--to", &first]).stdout;
    assert!(back.contains(&format!("after   snapshot {first}")), "{back}");
    lake.run(&[&input]).expect(DONE);
    assert_eq!(facts(), before);

    let erased = in_its_turn(&lake, &["forget", "--user", "987654321987"]).stdout;
    assert!(erased.contains("no table has rows of this user"), "{erased}");
}

#[test]
fn a_turn_that_cannot_be_had_is_told() {
    let lake = Lake::default();
    lake.run(&[&lake.write("broken.csv", csv(&broken().0))]).expect(BLOCKED);
    let (batch, list) = blocked(&lake);
    let lock = lake.dir().join("run.lock");
    fs::remove_file(&lock).unwrap();
    // Like a folder that may not be written: root may write everywhere else.
    fs::create_dir(&lock).unwrap();
    for decision in ["release", "discard"] {
        let refused = lake.read(&[decision, &batch]).expect(BAD_INPUT).stderr;
        assert!(refused.contains("open lock file") && refused.contains("run.lock"), "{refused}");
    }
    assert_eq!(lake.read(&["release"]).expect(DONE).stdout, list);
    fs::remove_dir(&lock).unwrap();
    lake.read(&["discard", &batch]).expect(DONE);
}
