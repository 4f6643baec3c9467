//! What a run says it did, and the exit codes.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::PathBuf;
use std::process::Stdio;

use estrella_tests::cli::{BAD_INPUT, BLOCKED, DONE, FAULT, command, estrella};
use estrella_tests::events::{HEADER, csv, generated};
use estrella_tests::lake::Lake;
use serde_json::Value;

/// The stages in their order: the facts' state machine, then the dimensions'.
const STAGES: [&str; 8] =
    ["extract", "plan", "clean", "check-quality", "load-facts", "detect-drift", "load-dims", "maintain"];

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no count"))
}

/// Rows with every kind of fate: facts, a duplicate, refused ones.
fn mixed() -> Vec<String> {
    let mut rows = generated(5_000, 2, 21);
    rows.push(rows[0].clone());
    rows.push("2019-10-01 00:00:00 UTC,click,x,2.10381E+18,,,-1,,".to_owned());
    rows.push("cut off in the middle".to_owned());
    rows
}

#[test]
fn rows_in_are_facts_duplicates_and_rejected() {
    let (lake, rows) = (Lake::default(), mixed());
    let summary = lake.load("mixed.csv", csv(&rows));
    let loaded = &summary["loaded"][0];
    let [rows_in, facts, duplicates, rejected, blocked] =
        ["rows_in", "facts", "duplicates", "rejected", "blocked"].map(|name| number(&loaded[name]));
    assert_eq!(rows_in, rows.len() as u64);
    assert_eq!(rows_in, facts + duplicates + rejected + blocked);
    assert_eq!(blocked, 0);
    assert!(duplicates > 0 && rejected >= 2);

    assert_eq!(facts, lake.number("SELECT count(*) FROM fact_user_events"));
    assert_eq!(rejected, lake.number("SELECT count(*) FROM rejected_events"));
    for column in ["rows_in", "facts", "duplicates", "rejected", "blocked"] {
        assert_eq!(
            number(&loaded[column]),
            lake.number(&format!("SELECT {column} FROM ops.runs")),
            "{column}"
        );
    }
    for (table, rows) in summary["dimensions"].as_object().unwrap() {
        assert_eq!(number(rows), lake.number(&format!("SELECT count(*) FROM {table}")), "{table}");
    }
    assert_eq!(summary["dimensions"].as_object().unwrap().len(), 6);
}

#[test]
fn stages_run_in_their_order() {
    let summary = Lake::default().load("mixed.csv", csv(&mixed()));
    let stages: Vec<_> =
        summary["stages"].as_array().unwrap().iter().map(|s| s["stage"].as_str().unwrap()).collect();
    assert_eq!(stages, STAGES);
}

#[test]
fn a_refused_row_keeps_its_text_its_line_and_all_reasons() {
    let (lake, rows) = (Lake::default(), mixed());
    lake.load("mixed.csv", csv(&rows));
    let (second_last, last) = (rows.len(), rows.len() + 1);
    let found =
        lake.read(&["query", "SELECT * FROM rejected_events", "--format", "json"]).expect(DONE).json();
    let find = |line: usize| {
        let rows = found.as_array().unwrap().iter();
        rows.into_iter()
            .find(|row| number(&row["line"]) == line as u64)
            .unwrap_or_else(|| panic!("no line {line}"))
    };
    let typed = find(second_last);
    assert_eq!(
        typed["reasons"],
        "bad_category_id,bad_product_id,missing_user_id,missing_user_session,price_not_positive,unknown_event_type"
    );
    assert_eq!(typed["raw"], rows[second_last - 2].as_str());
    assert!(typed["object"].as_str().unwrap().ends_with("mixed.csv"));
    assert_eq!(
        (&find(last)["reasons"], &find(last)["raw"]),
        (&"unparsable_row".into(), &"cut off in the middle".into())
    );

    let shown = lake.read(&["rejected", "--reason", "unparsable_row"]).expect(DONE).stdout;
    assert!(shown.contains("cut off in the middle"), "{shown}");
}

/// Half of the file is broken: held back, and told by the exit code.
#[test]
fn a_batch_of_bad_rows_is_blocked() {
    let lake = Lake::default();
    lake.load("good.csv", csv(&generated(1_000, 1, 22)));
    let before = lake.star();

    let good = generated(1_000, 1, 23);
    let bad: Vec<String> = good.iter().flat_map(|row| [row.clone(), row.replace(" UTC,", " CET,")]).collect();
    let input = lake.write("half.csv", csv(&bad));
    let blocked = lake.run(&[&input]).expect(BLOCKED).json();
    let loaded = &blocked["loaded"][0];
    assert_eq!(number(&loaded["facts"]), 0);
    assert!(number(&loaded["blocked"]) > 0);
    assert_eq!(loaded["blocked_dates"], serde_json::json!(["2019-10-01"]));
    assert_eq!(blocked["batches"], serde_json::json!({ "block": 1 }));
    let [rows_in, duplicates, rejected, held] =
        ["rows_in", "duplicates", "rejected", "blocked"].map(|name| number(&loaded[name]));
    assert_eq!(rows_in, duplicates + rejected + held);
    lake.star().assert_same(&before, "nothing of the batch is visible");
    assert_eq!(lake.number("SELECT count(*) FROM quality_results WHERE outcome = 'block'"), 2);
    assert_eq!(lake.query("SELECT status FROM ops.runs ORDER BY started_at"), ["done", "blocked"]);

    let snapshots = lake.snapshots();
    lake.run(&[&input]);
    assert_eq!(lake.snapshots(), snapshots, "the same file again");
}

#[test]
fn a_file_of_bad_rows_alone_is_blocked() {
    let lake = Lake::default();
    let input = lake.write("bad.csv", format!("{HEADER}\n{}", ",,,,,,,,\n".repeat(50)));
    lake.run(&[&input]).expect(BLOCKED);
    assert_eq!(lake.number("SELECT count(*) FROM rejected_events"), 50);
}

#[test]
fn bad_usage_ends_with_2() {
    let lake = Lake::default();
    lake.load("good.csv", csv(&generated(100, 1, 24)));
    for args in
        [&[][..], &["run"], &["run", "--input"], &["nonsense"], &["query"], &["generate", "--rows", "x"]]
    {
        estrella(args).expect(BAD_INPUT);
    }
    for args in [
        &["describe", "no_such_table"][..],
        &["history", "no_such_table"],
        &["query", "SELECT * FROM no_such_table"],
        &["query", "SELECT no_such_column FROM dim_users"],
        &["query", "DROP TABLE dim_users"],
        &["query", "SELEC"],
        &["rollback", "dim_users", "--to", "1"],
    ] {
        let ended = lake.read(args).expect(BAD_INPUT);
        assert!(ended.stderr.contains("error"), "{args:?}: {}", ended.stderr);
    }
    estrella(["tables", "--lake", "/no/such/lake"]).expect(BAD_INPUT);
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_not_the_callers_doing_ends_with_3() {
    // A disk without room.
    let full = File::options().write(true).open("/dev/full").unwrap();
    let status = command(["dictionary"]).stdout(full).stderr(Stdio::null()).status().unwrap();
    assert_eq!(status.code(), Some(FAULT));
}

#[test]
fn a_reader_that_leaves_early_is_no_fault() {
    let mut child = command(["dictionary"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(DONE));
}

#[test]
fn what_needs_no_lake_works_without_one() {
    let folder = tempfile::tempdir().unwrap();
    for args in
        [&["--help"][..], &["--version"], &["dictionary"], &["completions", "bash"], &["completions", "zsh"]]
    {
        let ended = command(args).current_dir(folder.path()).output().unwrap();
        assert!(ended.status.success() && !ended.stdout.is_empty(), "{args:?}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
}

#[test]
fn a_rollback_shows_the_older_rows_and_the_next_run_mends_the_facts() {
    let rows = generated(4_000, 2, 25);
    let (first, second) = rows.split_at(2_000);
    let lake = Lake::default();
    lake.load("first.csv", csv(first));
    let then = lake.number("SELECT count(*) FROM fact_user_events");
    let old = lake.snapshots()["model.fact_user_events"][0].clone();
    lake.load("second.csv", csv(second));
    let whole = lake.star();

    lake.read(&["rollback", "fact_user_events", "--to", &old]).expect(DONE);
    assert_eq!(lake.number("SELECT count(*) FROM fact_user_events"), then);

    lake.load("nothing-new.csv", csv(&first[..10]));
    lake.star().assert_same(&whole, "after the rollback of the facts alone");
}

/// Without its mark a load counts as one that stopped half-way: the next run would plan it again once no snapshot tells
/// of it, and tell of its refused rows a second time.
struct HalfWay {
    lake: Lake,
    /// Of `clean.events`, without the load.
    before: String,
    rows: Vec<String>,
    refused: u64,
    marks: BTreeSet<PathBuf>,
}

impl HalfWay {
    fn new(seed: u32) -> Self {
        let mut rows = generated(4_000, 2, seed);
        let lake = Lake::default();
        lake.load("first.csv", csv(&rows[..2_000]));
        let before = lake.snapshots()["clean.events"][0].clone();
        let of_first = marks(&lake);
        rows.push("cut off in the middle".to_owned());
        lake.load("second.csv", csv(&rows[2_000..]));
        let marks = marks(&lake);
        let [mark] = marks.difference(&of_first).collect::<Vec<_>>()[..] else { panic!("{marks:?}") };
        std::fs::remove_file(mark).unwrap();
        let refused = refused(&lake);
        Self { lake, before, rows, refused, marks }
    }

    /// Asserts that the load counts once, also when it comes again.
    #[track_caller]
    fn assert_complete(&self) {
        assert_eq!(marks(&self.lake), self.marks);
        self.lake.run(&[&self.lake.input("second.csv")]).expect(DONE);
        assert_eq!(refused(&self.lake), self.refused);
        assert_eq!(self.lake.number("SELECT sum(rows_in) FROM ops.runs"), self.rows.len() as u64);
    }
}

fn refused(lake: &Lake) -> u64 {
    lake.number("SELECT count(*) FROM rejected_events")
}

fn marks(lake: &Lake) -> BTreeSet<PathBuf> {
    let marks = std::fs::read_dir(lake.dir().join("landed/applied")).unwrap();
    marks.map(|mark| mark.unwrap().path()).collect()
}

#[test]
fn a_load_that_stopped_half_way_is_completed_before_it_is_taken_back() {
    let half = HalfWay::new(26);
    half.lake.read(&["rollback", "clean.events", "--to", &half.before]).expect(DONE);
    half.assert_complete();
    let distinct = |table| half.lake.number(&format!("SELECT count(DISTINCT event_id) FROM {table}"));
    assert!(distinct("clean.events") <= 2_000);
    assert_eq!(distinct("fact_user_events"), distinct("clean.events"));
}

#[test]
fn a_load_that_stopped_half_way_is_completed_before_a_person_is_erased() {
    let half = HalfWay::new(27);
    let user = half.rows[3_000].split(',').nth(7).unwrap();
    half.lake.read(&["forget", "--user", user]).expect(DONE);
    half.assert_complete();
    assert_eq!(half.lake.number(&format!("SELECT count(*) FROM fact_user_events WHERE user_id = {user}")), 0);
}
