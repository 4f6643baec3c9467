//! `estrella status`: what is told of lakes that users have.

use estrella_tests::cli::{BAD_INPUT, BLOCKED, DONE, estrella};
use estrella_tests::events::{csv, generated};
use estrella_tests::lake::Lake;

#[test]
fn a_lake_at_rest_has_nothing_to_do() {
    let lake = Lake::default();
    lake.load("events.csv", csv(&generated(2_000, 2, 41)));
    let text = lake.read(&["status"]).expect(DONE).stdout;
    for line in ["all that is extracted is loaded", "nothing is held back", "no incident is open"] {
        assert!(text.contains(line), "{text}");
    }
    let status = lake.read(&["status", "--json"]).expect(DONE).json();
    let tables = status["tables"].as_array().unwrap();
    let facts = tables.iter().find(|table| table["name"] == "model.fact_user_events").unwrap();
    assert_eq!(facts["rows"].as_u64(), Some(lake.number("SELECT count(*) FROM fact_user_events")));
    let newest = lake.query("SELECT CAST(max(event_time) AS VARCHAR) AS newest FROM fact_user_events");
    let hour = facts["newest_event_hour"].as_str().unwrap();
    assert_eq!(hour.replace('T', " ")[..13], newest[0].replace('T', " ")[..13], "{newest:?}");
    assert_eq!(status["runs"][0]["status"], "done");
    assert_eq!(status["runs"][0]["rows_in"].as_u64(), Some(lake.number("SELECT rows_in FROM ops.runs")));
    estrella(["status", "--lake", "/no/such/lake"]).expect(BAD_INPUT);
}

#[test]
fn what_is_held_back_comes_with_the_command_that_lets_it_in() {
    let lake = Lake::default();
    let rows = generated(1_000, 1, 42);
    let broken: Vec<String> =
        rows.iter().flat_map(|row| [row.clone(), row.replace(" UTC,", " CET,")]).collect();
    let input = lake.write("broken.csv", csv(&broken));
    lake.run(&[&input]).expect(BLOCKED);
    let status = lake.read(&["status", "--json"]).expect(DONE).json();
    let held = &status["blocked"][0];
    let release = held["release"].as_str().unwrap();
    assert!(lake.read(&["status"]).expect(DONE).stdout.contains(release));
    let checks: Vec<&str> =
        held["checks"].as_array().unwrap().iter().filter_map(|check| check.as_str()).collect();
    assert!(checks.iter().any(|check| check.contains("batch_reject_share")), "{checks:?}");
    // As it is told, but for the name of the lake, which has spaces.
    let command: Vec<&str> = release.split(" --lake ").next().unwrap().split(' ').skip(1).collect();
    lake.read(&command).expect(DONE);
    let after = lake.read(&["status", "--json"]).expect(DONE).json();
    assert_eq!(after["blocked"].as_array().unwrap().len(), 0);
    assert_eq!(after["runs"][0]["status"], "released");
}
