//! `estrella trace`: what is told of an object that a user has dropped.

use estrella_tests::cli::{BAD_INPUT, BLOCKED, DONE};
use estrella_tests::events::{csv, generated};
use estrella_tests::lake::Lake;
use serde_json::Value;

/// Of the one object that a name means.
fn trace(lake: &Lake, name: &str) -> Value {
    let traces = lake.read(&["trace", name, "--json"]).expect(DONE).json();
    let [trace] = &traces.as_array().unwrap()[..] else { panic!("{traces:#}") };
    trace.clone()
}

#[test]
fn a_loaded_object_is_followed_to_the_snapshots_that_hold_its_rows() {
    let lake = Lake::default();
    let input = lake.write("a b.csv", csv(&generated(2_000, 2, 51)));
    lake.run(&[&input]).expect(DONE);
    let told = trace(&lake, "a b.csv");
    assert_eq!(told["state"], "loaded");
    for (date, rows) in told["landed"]["rows_by_date"].as_object().unwrap() {
        let sql = format!("SELECT count(*) FROM fact_user_events WHERE event_date = '{date}'");
        assert_eq!(rows.as_u64(), Some(lake.number(&sql)), "{date}");
    }
    let run = &told["runs"][0];
    assert_eq!(lake.query("SELECT run_id FROM ops.runs"), [run["run_id"].as_str().unwrap()]);
    for (commit, table) in
        run["commits"].as_array().unwrap().iter().zip(["clean.events", "model.fact_user_events"])
    {
        assert_eq!(commit["table"], table);
        assert_eq!(commit["snapshot_id"].to_string(), lake.snapshots()[table][0]);
    }
    let dimensions = run["dimensions"].as_array().unwrap();
    assert!(dimensions.len() == 6 && dimensions.iter().all(|d| d["is_reflected"] == true), "{run:#}");
    for name in [told["receipt_id"].as_str().unwrap(), input.to_str().unwrap()] {
        assert_eq!(trace(&lake, name), told, "{name}");
    }
    let text = lake.read(&["trace", "a b.csv"]).expect(DONE).stdout;
    for part in
        [run["run_id"].as_str().unwrap(), "a b.csv: loaded", "dimensions that reflect it: model.dim_users"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn an_object_that_was_refused_whole_says_why() {
    let lake = Lake::default();
    lake.load("good.csv", csv(&generated(200, 1, 52)));
    let bad = lake.write("bad.csv", "this,is,no\nevent,file,at all\n");
    lake.run(&[&bad]).expect(BAD_INPUT);
    let told = trace(&lake, "bad.csv");
    assert_eq!(
        (&told["state"], &told["landed"], &told["runs"]),
        (&"refused".into(), &Value::Null, &Value::Array(vec![]))
    );
    let reason = told["refused"]["reason"].as_str().unwrap();
    assert!(reason.contains("event_time") && reason.contains("bad.csv"), "{reason}");
    lake.run(&[&bad]).expect(BAD_INPUT);
    assert_eq!(trace(&lake, "bad.csv"), told, "noted once");
}

#[test]
fn an_object_that_is_extracted_and_not_loaded_waits() {
    let lake = Lake::default();
    let good = lake.write("2019-good.csv", csv(&generated(500, 1, 53)));
    let bad = lake.write("2020-bad.csv", "no events\n");
    let inputs = [good.to_str().unwrap(), bad.to_str().unwrap()];
    let args = ["backfill", "--tolerate-percent", "0", "--jobs", "1", "--input", inputs[0], inputs[1]];
    lake.read(&args).expect(BAD_INPUT);
    let told = trace(&lake, "2019-good.csv");
    assert_eq!(told["state"], "pending");
    assert!(told["waits_for"].as_str().unwrap().contains("next run of the facts"), "{told:#}");
    assert_eq!(told["landed"]["rows_in"], 500);
    lake.run(&[&good]).expect(DONE);
    assert_eq!(trace(&lake, "2019-good.csv")["state"], "loaded");
}

#[test]
fn what_is_held_back_of_an_object_names_the_rules_and_then_who_decided() {
    let lake = Lake::default();
    let rows = generated(1_000, 1, 54);
    let broken: Vec<String> =
        rows.iter().flat_map(|row| [row.clone(), row.replace(" UTC,", " CET,")]).collect();
    let input = lake.write("broken.csv", csv(&broken));
    lake.run(&[&input]).expect(BLOCKED);
    let told = trace(&lake, "broken.csv");
    let batch = &told["runs"][0]["batches"][0];
    assert_eq!((&told["state"], &batch["verdict"]), (&"held-back".into(), &"block".into()));
    assert!(
        batch["spoke"]
            .as_array()
            .unwrap()
            .iter()
            .any(|said| said.as_str().unwrap().contains("batch_reject_share"))
    );
    assert_eq!(told["landed"]["rejected"], 1_000);
    let id = told["held_back"][0].as_str().unwrap();
    let text = lake.read(&["trace", "broken.csv"]).expect(DONE).stdout;
    for part in [format!("estrella release {id}"), "estrella rejected --object 'broken.csv'".to_owned()] {
        assert!(text.contains(&part), "{part}: {text}");
    }
    lake.read(&["release", id, "--by", "ada", "--note", "as meant"]).expect(DONE);
    let told = trace(&lake, "broken.csv");
    assert_eq!((&told["state"], told["runs"].as_array().unwrap().len()), (&"loaded".into(), 2));
    assert_eq!(told["runs"][1]["decided"]["by"], "ada");
    assert_eq!(told["runs"][1]["batches"][0]["rows"], lake.number("SELECT count(*) FROM fact_user_events"));
    let reflected = |told: &Value| told["runs"][1]["dimensions"][0]["is_reflected"].clone();
    assert_eq!(reflected(&told), false, "dimensions follow with their next load");
    lake.load("another.csv", csv(&generated(100, 1, 55)));
    assert_eq!(reflected(&trace(&lake, "broken.csv")), true);
}

#[test]
fn delivered_twice_an_object_is_one_and_under_another_name_it_is_all_duplicates() {
    let lake = Lake::default();
    let rows = csv(&generated(800, 1, 56));
    let input = lake.write("first.csv", &rows);
    lake.run(&[&input]).expect(DONE);
    let told = trace(&lake, "first.csv");
    lake.run(&[&input]).expect(DONE);
    assert_eq!(trace(&lake, "first.csv"), told);
    lake.load("second.csv", &rows);
    let second = trace(&lake, "second.csv");
    let batch = &second["runs"][0]["batches"][0];
    let accepted = second["landed"]["rows_by_date"].as_object().unwrap().values().next().unwrap();
    assert_eq!((&batch["rows"], &second["state"]), (&0.into(), &"loaded".into()));
    assert!(batch["duplicates"].as_u64() >= accepted.as_u64(), "{second:#}");
    // A changed file of the same name is another version.
    lake.load("first.csv", csv(&generated(10, 1, 57)));
    let versions = lake.read(&["trace", "first.csv", "--json"]).expect(DONE).json();
    assert_eq!(versions.as_array().unwrap().len(), 2);
}

#[test]
fn an_unknown_object_is_told_with_names_near_it() {
    let lake = Lake::default();
    lake.load("october.csv", csv(&generated(100, 1, 58)));
    let told = lake.read(&["trace", "oktober.csv"]).expect(BAD_INPUT).stderr;
    assert!(told.contains("no object is named oktober.csv") && told.contains("near names:"), "{told}");
    assert!(told.contains("october.csv"), "{told}");
    lake.read(&["trace", "0f3c9a5d7be14f20a1c8e6d2b4937f51"]).expect(BAD_INPUT);
}
