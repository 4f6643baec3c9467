//! Runs beside each other, and runs that are killed.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use estrella_tests::cli::DONE;
use estrella_tests::events::{csv, generated};
use estrella_tests::lake::Lake;

const WRITERS: usize = 8;
/// Rows that a file shares with the next one.
const SHARED: usize = 100;
/// Kills that hit a running process.
const KILLS: u32 = 8;
const MOST_ROUNDS: u32 = 24;

#[test]
fn eight_runs_at_once_load_every_row_once() {
    let rows = generated(16_000, 2, 11);
    let whole = Lake::default();
    whole.load("all.csv", csv(&rows));

    let lake = Lake::default();
    let size = rows.len().div_ceil(WRITERS);
    let files: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (start, end) = (writer * size, ((writer + 1) * size + SHARED).min(rows.len()));
            lake.write(&format!("{writer}.csv"), csv(&rows[start..end]))
        })
        .collect();
    let running: Vec<_> = files.iter().map(|file| lake.start_run(&[file])).collect();
    for run in running {
        run.end().expect(DONE);
    }
    lake.star().assert_same(&whole.star(), "eight runs at once");
    assert_conserved(&lake, rows.len() + (WRITERS - 1) * SHARED);

    // What the runs left is a lake that rests.
    let before = lake.snapshots();
    let files: Vec<&Path> = files.iter().map(AsRef::as_ref).collect();
    lake.run(&files).expect(DONE);
    assert_eq!(lake.snapshots(), before, "all of it again");
}

/// `kill -9` after delays spread evenly over the time that a run takes, then a run that is left alone.
#[test]
fn killed_runs_are_completed_by_the_next() {
    let rows = generated(60_000, 6, 12);
    let (old, new) = rows.split_at(rows.len() / 2);
    let whole = Lake::default();
    whole.load("old.csv", csv(old));
    let start = Instant::now();
    whole.load("new.csv", csv(new));
    let full = start.elapsed();

    let (mut hit, mut round, mut reach) = (0, 0, full);
    while hit < KILLS {
        round += 1;
        assert!(round <= MOST_ROUNDS, "only {hit} kills hit a running process");
        let lake = Lake::default();
        lake.load("old.csv", csv(old));
        let input = lake.write("new.csv", csv(new));
        // A killed run leaves less to do for the next, so every lake is only killed a few times.
        for attempt in 0..4 {
            // Golden-ratio steps: spread evenly without being the same in any two rounds.
            let share = f64::from(round * 4 + attempt) * 0.618_034 % 1.0;
            let run = lake.start_run(&[&input]);
            thread::sleep(reach.mul_f64(share) + Duration::from_millis(1));
            let was_running = run.kill();
            // Readers see whole commits at any time.
            let facts = lake.number("SELECT count(*) FROM fact_user_events");
            assert!(facts >= (old.len() / 2) as u64, "{facts}");
            lake.read(&["check"]).expect(DONE);
            if !was_running {
                // The machine is faster now than it was when the whole run was timed.
                reach = reach.mul_f64(0.8);
                break;
            }
            hit += 1;
        }
        lake.run(&[&input]).expect(DONE);
        lake.star().assert_same(&whole.star(), &format!("round {round}"));
        assert_conserved(&lake, rows.len());
        let before = lake.snapshots();
        lake.run(&[&input]).expect(DONE);
        assert_eq!(lake.snapshots(), before, "round {round}, again");
    }
}

/// The very first run on a lake is killed while it makes the lake.
#[test]
fn a_first_run_that_is_killed() {
    let rows = generated(5_000, 2, 13);
    let whole = Lake::default();
    let start = Instant::now();
    whole.load("all.csv", csv(&rows));
    let full = start.elapsed();
    for share in [0.02, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95] {
        let lake = Lake::default();
        let input = lake.write("all.csv", csv(&rows));
        let run = lake.start_run(&[&input]);
        thread::sleep(full.mul_f64(share));
        run.kill();
        lake.run(&[&input]).expect(DONE);
        lake.star().assert_same(&whole.star(), &format!("killed at {share}"));
        assert_conserved(&lake, rows.len());
    }
}

/// The lake's own books: what every run took in is in the tables, and each row once.
#[track_caller]
fn assert_conserved(lake: &Lake, rows_in: usize) {
    let sum = |column: &str| lake.number(&format!("SELECT sum({column}) FROM ops.runs"));
    assert_eq!(sum("rows_in"), rows_in as u64);
    assert_eq!(sum("rows_in"), sum("facts") + sum("duplicates") + sum("rejected") + sum("blocked"));
    assert_eq!(sum("facts"), lake.number("SELECT count(*) FROM fact_user_events"));
    assert_eq!(sum("facts"), lake.number("SELECT count(DISTINCT event_id) FROM clean.events"));
    assert_eq!(sum("rejected"), lake.number("SELECT count(*) FROM rejected_events"));
    assert_eq!(
        lake.number("SELECT count(*) FROM ops.runs"),
        lake.number("SELECT count(DISTINCT run_id) FROM ops.runs")
    );
}
