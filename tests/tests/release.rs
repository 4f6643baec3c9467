//! A batch that the quality gate holds back, and the command that lets it in.

use estrella_tests::cli::{BAD_INPUT, BLOCKED, DONE};
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
