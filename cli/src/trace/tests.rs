use estrella_contracts::keys;

use super::commits::Missing;
use super::{State, TraceError, trace};
use crate::books::fixture::{judged, lake, put, put_receipt, receipt};

const ID: &str = "0f3c9a5d7be14f20a1c8e6d2b4937f51";

#[tokio::test(flavor = "multi_thread")]
async fn without_a_mark_an_object_waits_or_a_run_has_it_in_hand() {
    let dir = tempfile::tempdir().unwrap();
    let deps = lake(dir.path()).await;
    put_receipt(&deps, &receipt(ID, 4, &[("landed/parts/a/1.parquet", 4)])).await;
    let traces = trace(ID, None, &deps).await.unwrap();
    assert_eq!((traces.len(), traces[0].state, traces[0].runs.len()), (1, State::Pending, 0));
    assert!(traces[0].waits_for.as_ref().unwrap().contains("run of the facts"));
    assert_eq!(traces[0].landed.as_ref().unwrap().rows_by_date["2019-10-01"], 4);

    // Its commit to clean.events is there, as the fixture made it; its mark is not.
    let mut run = judged("r1", &[(4, 3, 1)]);
    run.plan.receipt_ids = vec![ID.to_owned()];
    put(&deps, &keys::run("r1"), serde_json::to_vec(&run).unwrap()).await;
    let traces = trace(&format!("{ID}.csv"), None, &deps).await.unwrap();
    assert_eq!((traces[0].state, traces[0].runs[0].is_complete), (State::Loading, false));
    let [clean, facts] = &traces[0].runs[0].commits[..] else { panic!("{:?}", traces[0].runs) };
    assert!(clean.snapshot_id.is_some() && facts.snapshot_id.is_some(), "{clean:?} {facts:?}");

    put(&deps, &keys::applied(ID), r#"{"run_id":"r1"}"#).await;
    let done = &trace(ID, Some("dev"), &deps).await.unwrap()[0];
    assert_eq!((done.state, done.runs[0].is_complete, &done.waits_for), (State::Loaded, true, &None));
    assert!(done.runs[0].dimensions.iter().all(|dimension| !dimension.is_reflected), "there are none yet");
    let query = &done.logs.as_ref().unwrap().query;
    assert!(query.contains("\"r1\"") && query.contains(ID), "{query}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_long_ago_is_not_taken_for_one_that_was_rolled_back() {
    let dir = tempfile::tempdir().unwrap();
    let deps = lake(dir.path()).await;
    put_receipt(&deps, &receipt(ID, 4, &[])).await;
    for (run_id, planned_at_ms, missing) in
        [("old", 0, Missing::Expired), ("new", i64::MAX / 2, Missing::NotThere)]
    {
        let mut run = judged(run_id, &[(4, 4, 0)]);
        run.plan.planned_at_ms = planned_at_ms;
        put(&deps, &keys::run(run_id), serde_json::to_vec(&run).unwrap()).await;
        deps.lake.store().delete(&keys::applied(ID)).await.unwrap();
        put(&deps, &keys::applied(ID), format!(r#"{{"run_id":"{run_id}"}}"#)).await;
        let trace = trace(ID, None, &deps).await.unwrap().remove(0);
        assert_eq!(trace.runs[0].commits[0].missing, Some(missing), "{run_id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_name_is_told_with_those_near_it() {
    let dir = tempfile::tempdir().unwrap();
    let deps = lake(dir.path()).await;
    for id in ["october", "november"] {
        put_receipt(&deps, &receipt(id, 0, &[])).await;
    }
    let error = trace("oktober.csv", None, &deps).await.unwrap_err();
    let TraceError::Unknown { name, near } = error else { panic!("{error}") };
    assert_eq!((name.as_str(), near), ("oktober.csv", vec!["october.csv".to_owned()]));
    put(&deps, &keys::receipt("torn"), "{").await;
    let torn = trace("november.csv", None, &deps).await.unwrap_err();
    assert!(matches!(&torn, TraceError::Lake(_)) && torn.to_string().contains("torn"), "{torn}");
}
