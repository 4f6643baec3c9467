//! What is found in a small lake whose books are wrong.

use estrella_contracts::keys;
use estrella_core::schema::{CLEAN_EVENTS, FACT_USER_EVENTS};
use estrella_lake::{Check, Finding, Keep};
use estrella_runtime::Deps;

use super::check;
use crate::books::fixture::{append, deps, events, file, judged, lake, note, put, put_receipt, receipt, run};

async fn found(deps: &Deps) -> Vec<Finding> {
    check(deps).await.unwrap().findings
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lake_that_adds_up_has_no_findings() {
    let dir = tempfile::tempdir().unwrap();
    let deps = lake(dir.path()).await;
    let checked = check(&deps).await.unwrap();
    assert_eq!(checked.findings, []);
    let names: Vec<&str> = checked.checks.iter().map(|looked| looked.check.as_str()).collect();
    let all =
        ["pointers", "files", "counts", "bounds", "totals", "keys", "rows", "runs", "batches", "objects"];
    assert_eq!(names, all);
    assert_eq!(checked.checks[5].looked_at, "3 event_ids of model.fact_user_events, 1 days");

    let empty = tempfile::tempdir().unwrap();
    assert_eq!(found(&self::deps(empty.path())).await, [], "a lake without tables");
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_that_do_not_add_up_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let deps = lake(dir.path()).await;
    note(&deps, "r2", run("r2", 10, 0, 9)).await;
    let findings = found(&deps).await;
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert_eq!((findings[0].check, findings[0].place.as_str()), (Check::Runs, "run r2"));
    assert_eq!((findings[0].table.as_str(), findings[0].expected.as_str()), ("ops.runs", "10 rows in"));
    assert!(findings[0].found.starts_with("9 = 0 facts + 9 duplicates"), "{}", findings[0].found);

    note(&deps, "r1 again", run("r1", 4, 3, 1)).await;
    assert!(found(&deps).await.iter().any(|finding| finding.found == "more than one"));
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_that_tell_of_other_rows_than_they_committed_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let deps = lake(dir.path()).await;
    note(&deps, "r2", run("r2", 7, 7, 0)).await;
    let findings = found(&deps).await;
    assert_eq!(findings.len(), 1, "{findings:#?}");
    let told = (findings[0].table.as_str(), findings[0].place.as_str(), findings[0].found.as_str());
    assert_eq!(told, ("clean.events", "run r2", "no commit of this run"));

    let file = file(&deps, &CLEAN_EVENTS, "r2", events(&CLEAN_EVENTS, &["d"])).await;
    append(&deps, &CLEAN_EVENTS, "r2", file, None).await;
    let findings = found(&deps).await;
    assert_eq!((findings.len(), findings[0].found.as_str()), (1, "1 rows"), "{findings:#?}");
    // Once its snapshot has expired, nobody can tell any more.
    deps.lake.expire(&CLEAN_EVENTS, Keep::NOTHING_MORE).await.unwrap();
    let rows = found(&deps).await.iter().filter(|finding| finding.check == Check::Runs).count();
    assert_eq!(rows, 1, "the head stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_not_noted_is_at_work_until_its_objects_are_marked() {
    let dir = tempfile::tempdir().unwrap();
    let deps = lake(dir.path()).await;
    let file = file(&deps, &CLEAN_EVENTS, "r2", events(&CLEAN_EVENTS, &["d"])).await;
    append(&deps, &CLEAN_EVENTS, "r2", file, None).await;
    put(&deps, &keys::run("r2"), serde_json::to_vec(&judged("r2", &[])).unwrap()).await;
    let checked = check(&deps).await.unwrap();
    assert_eq!(checked.findings, []);
    assert_eq!(checked.notes.len(), 1, "{:?}", checked.notes);
    put(&deps, &keys::applied("object of r2"), "{}").await;
    let checked = check(&deps).await.unwrap();
    assert_eq!((checked.findings.len(), checked.notes.len()), (1, 0), "{:#?}", checked.findings);
    assert_eq!(
        (checked.findings[0].check, checked.findings[0].place.as_str()),
        (Check::Runs, "landed/runs/r2.json")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_that_do_not_add_up_or_were_noted_otherwise_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let deps = lake(dir.path()).await;
    // Of the five rows of its landed file one is nowhere; and the row of this run says another thing.
    put(&deps, &keys::run("r1"), serde_json::to_vec(&judged("r1", &[(5, 3, 1)])).unwrap()).await;
    let findings = found(&deps).await;
    let mut told: Vec<_> =
        findings.iter().map(|f| (f.check, f.place.as_str(), f.expected.as_str())).collect();
    told.sort_unstable();
    assert_eq!(told[0], (Check::Runs, "run r1", "5 rows in, as in landed/runs/r1.json"));
    assert_eq!(told[1], (Check::Batches, "all batches", "5 rows in"));
    assert_eq!(told[2], (Check::Batches, "batch 0", "5 rows in"));
    assert_eq!(told.len(), 3, "{findings:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn facts_that_come_twice_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let deps = lake(dir.path()).await;
    let source = deps.lake.table(&CLEAN_EVENTS).await.unwrap().snapshot_id();
    let again = file(&deps, &FACT_USER_EVENTS, "r1-again", events(&FACT_USER_EVENTS, &["b"])).await;
    append(&deps, &FACT_USER_EVENTS, "again", again, source).await;
    let findings = found(&deps).await;
    let checks: Vec<Check> = findings.iter().map(|finding| finding.check).collect();
    assert_eq!(checks, [Check::Keys, Check::Rows], "{findings:#?}");
    assert!(findings[0].found.starts_with("1 more than once, as b in model/fact_user_events/data/"));
    assert!(findings[1].expected.starts_with("3 rows") && findings[1].found == "4");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_landed_and_is_not_loaded_has_to_be_there() {
    let dir = tempfile::tempdir().unwrap();
    let deps = lake(dir.path()).await;
    put_receipt(&deps, &receipt("sum", 5, &[])).await;
    put(&deps, &keys::applied("sum"), "{}").await;
    put_receipt(&deps, &receipt("gone", 2, &[("landed/parts/gone/1.parquet", 2)])).await;
    let findings = found(&deps).await;
    let mut told: Vec<_> = findings.iter().map(|f| (f.check, f.place.as_str(), f.found.as_str())).collect();
    told.sort_unstable_by_key(|(_, place, _)| *place);
    let sum = (Check::Objects, "file/sum.csv", "0 landed + 0 duplicates + 0 changes + 0 rejected");
    assert_eq!(told, [sum, (Check::Objects, "landed/parts/gone/1.parquet", "no such file")]);

    put(&deps, &keys::applied("gone"), "{}").await;
    assert_eq!(found(&deps).await.len(), 1, "loaded, its rows are not needed any more");
    put(&deps, &keys::receipt("torn"), "{\"schema_version\":").await;
    assert!(found(&deps).await.iter().any(|f| f.found.contains("landed/receipts/torn.json")));
}
