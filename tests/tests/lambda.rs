//! The stages as Lambdas, over a lake in memory: called by the state machine's messages or by the events of the
//! documents that the stage before has left, they come to the same.

use std::path::Path;
use std::sync::Arc;

use estrella_contracts::{Decision, JudgedDocument, keys};
use estrella_core::schema::{CLEAN_EVENTS, DRIFT_RESULTS, FACT_USER_EVENTS};
use estrella_lake::{Error, ErrorKind, ObjectStore, Severity};
use estrella_runtime::fakes::Fakes;
use estrella_runtime::{Deps, Incoming, Output, Work};
use serde_json::{Value, json};

const BUCKET: &str = "estrella-dev-data";
const HEADER: &str =
    "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session";

fn csv(rows: std::ops::Range<u32>) -> String {
    let row = |n: u32| {
        let (day, second) = (n % 3 + 1, n % 60);
        format!("2019-11-0{day} 00:00:{second:02} UTC,view,{n},1,a.b,c,9.99,{n},s{n}\n")
    };
    rows.fold(format!("{HEADER}\n"), |text, n| text + &row(n))
}

/// As on AWS: raw objects and the lake are in one bucket.
fn deps(fakes: &Fakes) -> Deps {
    let deps = fakes.deps();
    Deps { raw: Arc::clone(deps.lake.store()), ..deps }
}

async fn put(fakes: &Fakes, key: &str, body: &str) -> Work {
    fakes.store.put_if_absent(key, body.to_owned().into()).await.unwrap();
    created(key, body.len())
}

/// What EventBridge says of a new object.
fn created(key: &str, size: usize) -> Work {
    let event = json!({"source": "aws.s3", "detail-type": "Object Created", "detail": {
        "bucket": {"name": BUCKET}, "object": {"key": key, "size": size, "etag": "e"}}});
    let Incoming::Direct(mut work) = Incoming::parse(event).unwrap() else { panic!("no queue") };
    work.remove(0)
}

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

fn message(answer: &Value) -> Work {
    Work::Message(answer.clone())
}

/// The work that the next stage gets from an answer.
type Next = fn(&Value) -> Work;

fn by_event(answer: &Value) -> Work {
    created(answer["key"].as_str().unwrap(), 1)
}

/// From plan to detect-drift. Returns what load-facts and detect-drift answered.
async fn load(deps: &Deps, next: Next) -> Result<(Output, Output), Error> {
    let planned =
        estrella_plan::stage(message(&json!({"scheduled_time": "2026-11-25T05:10:00Z"})), deps).await?;
    let planned = planned.answer;
    assert_eq!(planned["has_work"], true);
    let mut loaded = None;
    for batch in planned["batches"].as_array().unwrap() {
        let cleaned = estrella_clean::stage(next(batch), deps).await?;
        let judged = estrella_check_quality::stage(next(&cleaned.answer), deps).await?;
        if let Work::Object(_) = next(&judged.answer) {
            loaded = Some(estrella_load_facts::stage(next(&judged.answer), deps).await?);
        }
    }
    let loaded = match loaded {
        Some(loaded) => loaded,
        None => estrella_load_facts::stage(message(&planned), deps).await?,
    };
    let drift = estrella_detect_drift::stage(next(&loaded.answer), deps).await?;
    Ok((loaded, drift))
}

#[tokio::test]
async fn messages_and_events_lead_to_the_same_facts() {
    for next in [message as Next, by_event] {
        let fakes = Fakes::new().unwrap();
        fakes.clock.advance_ms(4 * DAY_MS);
        let deps = deps(&fakes);
        let event = put(&fakes, "raw/a b.csv", &csv(0..90)).await;
        let extracted = estrella_extract::stage(event.clone(), &deps).await.unwrap();
        assert_eq!((extracted.counts.rows_in, extracted.counts.bytes > 0), (90, true));
        let again = estrella_extract::stage(event, &deps).await.unwrap();
        assert_eq!(again.answer, extracted.answer, "delivered twice");

        let (loaded, drift) = load(&deps, next).await.unwrap();
        assert_eq!((loaded.counts.rows_in, loaded.counts.facts), (90, 90));
        assert_eq!(loaded.answer["alert"]["severity"], "info");
        assert_eq!(drift.answer["status"], "learning");
        let facts = deps.lake.table(&FACT_USER_EVENTS).await.unwrap();
        assert_eq!(facts.plan(None).await.unwrap().iter().map(|file| file.rows).sum::<u64>(), 90);
        let compared = deps.lake.table(&DRIFT_RESULTS).await.unwrap().plan(None).await.unwrap();
        let results = compared.iter().map(|file| file.rows).sum::<u64>();
        assert_eq!(drift.counts.rows_in, results, "every comparison is noted");
        assert!(results > 72, "an hour of each of three days, and the silent ones between and since");

        let dims = estrella_load_dims::stage(message(&json!({})), &deps).await.unwrap();
        assert_eq!(dims.answer["rows"]["model.dim_users"], 90);
        let maintained = estrella_maintain::stage(message(&json!({})), &deps).await.unwrap();
        assert_eq!(maintained.answer["snapshots_expired"], 0, "all are young");
        let idle = estrella_plan::stage(message(&json!({})), &deps).await.unwrap();
        assert_eq!(idle.answer["has_work"], false);
        assert!(fakes.alerts.sent().is_empty());
    }
}

/// No batch is held back for it, for it is in none.
#[tokio::test]
async fn an_object_without_one_good_row_is_told_to_a_human() {
    let fakes = Fakes::new().unwrap();
    let deps = deps(&fakes);
    for (key, body) in
        [("raw/good.csv", csv(0..30)), ("raw/bad.csv", csv(0..20).replace(",view,", ",steal,"))]
    {
        let event = put(&fakes, key, &body).await;
        estrella_extract::stage(event, &deps).await.unwrap();
    }
    let (loaded, _) = load(&deps, message).await.unwrap();
    assert_eq!((loaded.counts.facts, loaded.counts.rejected), (30, 20));
    let alert = &loaded.answer["alert"];
    assert_eq!(
        (&alert["severity"], &alert["subject"]),
        (&json!("warning"), &json!("Estrella accepted no row of an object"))
    );
    let body = alert["body"].as_str().unwrap();
    assert!(body.contains("/raw/bad.csv: 20 rows, all refused") && !body.contains("good.csv"), "{body}");
}

#[tokio::test]
async fn each_stage_called_twice_answers_the_same() {
    let fakes = Fakes::new().unwrap();
    fakes.clock.advance_ms(4 * DAY_MS);
    let deps = deps(&fakes);
    let event = put(&fakes, "raw/a.csv", &csv(0..9)).await;
    estrella_extract::stage(event, &deps).await.unwrap();
    let planned = estrella_plan::stage(message(&json!({})), &deps).await.unwrap();
    assert_eq!(estrella_plan::stage(message(&json!({})), &deps).await.unwrap(), planned);
    for batch in planned.answer["batches"].as_array().unwrap() {
        let cleaned = estrella_clean::stage(message(batch), &deps).await.unwrap();
        assert_eq!(estrella_clean::stage(message(batch), &deps).await.unwrap(), cleaned);
        let judged = estrella_check_quality::stage(message(&cleaned.answer), &deps).await.unwrap();
        assert_eq!(estrella_check_quality::stage(message(&cleaned.answer), &deps).await.unwrap(), judged);
    }
    let loaded = estrella_load_facts::stage(message(&planned.answer), &deps).await.unwrap();
    assert_eq!(estrella_load_facts::stage(message(&planned.answer), &deps).await.unwrap(), loaded);
    // The monitors answer what they did: the second time there is nothing left to do.
    let drift = estrella_detect_drift::stage(message(&loaded.answer), &deps).await.unwrap();
    assert_eq!(drift.answer["status"], "learning");
    let noted = deps.lake.table(&DRIFT_RESULTS).await.unwrap().snapshot_id();
    let again = estrella_detect_drift::stage(message(&loaded.answer), &deps).await.unwrap();
    assert_eq!(again.answer["status"], "nothing");
    assert_eq!(deps.lake.table(&DRIFT_RESULTS).await.unwrap().snapshot_id(), noted);
}

#[tokio::test]
async fn load_facts_waits_until_every_batch_is_judged() {
    let fakes = Fakes::new().unwrap();
    let deps = deps(&fakes);
    let event = put(&fakes, "raw/a.csv", &csv(0..9)).await;
    estrella_extract::stage(event, &deps).await.unwrap();
    let planned = estrella_plan::stage(message(&json!({})), &deps).await.unwrap().answer;
    let first = &planned["batches"][0];
    let cleaned = estrella_clean::stage(by_event(first), &deps).await.unwrap();
    let judged = estrella_check_quality::stage(by_event(&cleaned.answer), &deps).await.unwrap();
    let waiting = estrella_load_facts::stage(by_event(&judged.answer), &deps).await.unwrap();
    assert!(waiting.answer["waiting_for"].is_string());
    assert_eq!(deps.lake.table(&CLEAN_EVENTS).await.unwrap().snapshot_id(), None);
    let refused = estrella_load_facts::stage(message(&planned), &deps).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotFound, "the state machine calls when all are there");
}

#[tokio::test]
async fn an_object_that_cannot_be_read_is_told_once_and_kept() {
    let fakes = Fakes::new().unwrap();
    let deps = deps(&fakes);
    let event = put(&fakes, "raw/page.csv", "<html>no such report</html>").await;
    for _ in 0..2 {
        let refused = estrella_extract::stage(event.clone(), &deps).await.unwrap();
        assert_eq!(refused.answer["refused"], "raw/page.csv");
        assert_eq!(refused.counts.refused_objects, 1);
        assert!(fakes.store.get(refused.answer["key"].as_str().unwrap()).await.is_ok());
    }
    let alerts = fakes.alerts.sent();
    assert_eq!(alerts.len(), 1, "{alerts:?}");
    assert_eq!(alerts[0].severity, Severity::Warning);
    for word in ["raw/page.csv", "Reason:", "aws s3 cp"] {
        assert!(alerts[0].body.contains(word), "{word}: {}", alerts[0].body);
    }
    assert!(fakes.store.get("raw/page.csv").await.is_ok(), "raw objects stay");
    let planned = estrella_plan::stage(message(&json!({})), &deps).await.unwrap();
    assert_eq!(planned.answer["has_work"], false);
}

#[tokio::test]
async fn a_blocked_batch_is_told_with_the_command_that_releases_it() {
    let fakes = Fakes::new().unwrap();
    let deps = deps(&fakes);
    let bad = "2019-11-01 00:00:00 UTC,steal,1,1,a.b,c,9.99,1,s\n".repeat(9);
    let event = put(&fakes, "raw/a.csv", &(csv(0..9) + &bad)).await;
    estrella_extract::stage(event, &deps).await.unwrap();
    let (loaded, _) = load(&deps, message).await.unwrap();
    assert_eq!((loaded.counts.facts, loaded.counts.blocked, loaded.counts.rejected), (0, 9, 9));
    assert_eq!(loaded.answer["alert"]["severity"], "info", "for the record");
    let alerts = fakes.alerts.sent();
    assert_eq!((alerts.len(), alerts[0].severity), (1, Severity::Critical));
    for word in ["batch_reject_share is 0.5", "estrella release ", "18 rows, 9 refused"] {
        assert!(alerts[0].body.contains(word), "{word}: {}", alerts[0].body);
    }
}

#[tokio::test]
async fn a_plan_on_an_old_base_is_a_conflict() {
    let fakes = Fakes::new().unwrap();
    let deps = deps(&fakes);
    let event = put(&fakes, "raw/a.csv", &csv(0..9)).await;
    estrella_extract::stage(event, &deps).await.unwrap();
    let old = estrella_plan::stage(message(&json!({})), &deps).await.unwrap().answer;
    let event = put(&fakes, "raw/b.csv", &csv(3..20)).await;
    estrella_extract::stage(event, &deps).await.unwrap();
    load(&deps, message).await.unwrap();
    let conflict = estrella_clean::stage(message(&old["batches"][0]), &deps).await.unwrap_err();
    assert_eq!(conflict.kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn messages_of_another_version_or_without_a_key_are_refused() {
    let fakes = Fakes::new().unwrap();
    let deps = deps(&fakes);
    for bad in [json!({"schema_version": 2, "key": "x"}), json!({"key": 7}), json!({})] {
        let work = message(&bad);
        let errors = [
            estrella_clean::stage(work.clone(), &deps).await,
            estrella_check_quality::stage(work.clone(), &deps).await,
            estrella_load_facts::stage(work.clone(), &deps).await,
            estrella_extract::stage(work, &deps).await,
        ];
        for error in errors {
            assert_eq!(error.unwrap_err().kind(), ErrorKind::InvalidInput, "{bad}");
        }
    }
    let newer = message(&json!({"schema_version": 2}));
    assert!(estrella_plan::stage(newer.clone(), &deps).await.is_err());
    assert!(estrella_load_dims::stage(newer, &deps).await.is_err());
}

/// A verdict that stands is not judged anew: both state and document say the same.
#[tokio::test]
async fn the_first_verdict_stands() {
    let fakes = Fakes::new().unwrap();
    let deps = deps(&fakes);
    let bad = "2019-11-01 00:00:00 UTC,steal,1,1,a.b,c,9.99,1,s\n".repeat(9);
    let event = put(&fakes, "raw/a.csv", &(csv(0..9) + &bad)).await;
    estrella_extract::stage(event, &deps).await.unwrap();
    let planned = estrella_plan::stage(message(&json!({})), &deps).await.unwrap().answer;
    let cleaned = estrella_clean::stage(message(&planned["batches"][0]), &deps).await.unwrap().answer;
    estrella_check_quality::stage(message(&cleaned), &deps).await.unwrap();
    let lenient = "Rules = [ RowCount > 0 ]".into();
    fakes.store.put_if_absent(&keys::rules("raw"), lenient).await.unwrap();
    let judged = estrella_check_quality::stage(message(&cleaned), &deps).await.unwrap().answer;
    assert_eq!(judged["decision"], "block");
    let run_id = planned["run_id"].as_str().unwrap();
    let key = keys::judged_document(run_id, judged["event_date"].as_str().unwrap());
    let document: JudgedDocument = serde_json::from_slice(&fakes.store.get(&key).await.unwrap()).unwrap();
    assert_eq!(document.judged.decision, Decision::Block);
}

/// What a run that died has left is gone by then, and its rules with it.
#[tokio::test]
async fn a_run_that_died_days_ago_is_judged_anew() {
    let fakes = Fakes::new().unwrap();
    let deps = deps(&fakes);
    let rules = keys::rules("clean_events");
    let set_aside = |from: u32| {
        format!("Rules = [ ColumnValues \"product_id\" < {from} labels=[\"action\"=\"quarantine\"] ]").into()
    };
    fakes.store.put_if_absent(&rules, set_aside(5)).await.unwrap();
    let event = put(&fakes, "raw/a.csv", &csv(0..9)).await;
    estrella_extract::stage(event, &deps).await.unwrap();
    let planned = estrella_plan::stage(message(&json!({})), &deps).await.unwrap().answer;
    for batch in planned["batches"].as_array().unwrap() {
        let cleaned = estrella_clean::stage(message(batch), &deps).await.unwrap();
        estrella_check_quality::stage(message(&cleaned.answer), &deps).await.unwrap();
    }
    fakes.clock.advance_ms(9 * DAY_MS);
    estrella_maintain::stage(message(&json!({})), &deps).await.unwrap();
    fakes.store.delete(&rules).await.unwrap();
    fakes.store.put_if_absent(&rules, set_aside(7)).await.unwrap();
    let (loaded, _) = load(&deps, message).await.unwrap();
    assert_eq!((loaded.counts.facts, loaded.answer["quarantined"].as_u64()), (7, Some(2)));
}

/// Every sample in events/ is taken apart as its name says.
#[test]
fn the_sample_events_are_what_they_are_called() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events");
    let mut seen = 0;
    for stage in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|p| p.is_dir())
    {
        for file in std::fs::read_dir(stage).unwrap().map(|entry| entry.unwrap().path()) {
            let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
            let text = std::fs::read_to_string(&file).unwrap();
            let parsed = serde_json::from_str::<Value>(&text)
                .map_err(|e| Error::invalid(e.to_string()))
                .and_then(Incoming::parse);
            seen += 1;
            let no_work = ["test-event", "folder", "object-removed"].iter().any(|word| name.contains(word));
            match (no_work, text.contains("aws:sqs"), parsed) {
                _ if name == "malformed" => {
                    assert!(serde_json::from_str::<Value>(&text).is_err(), "{file:?}")
                }
                (_, _, parsed) if name == "no-key" => assert!(names_nothing(parsed), "{file:?}"),
                (true, _, parsed) => assert_eq!(parsed.unwrap(), Incoming::Direct(Vec::new()), "{file:?}"),
                (false, true, Ok(Incoming::Sqs(messages))) => assert!(!messages.is_empty(), "{file:?}"),
                (false, false, Ok(Incoming::Direct(work))) => assert!(!work.is_empty(), "{file:?}"),
                (_, _, other) => panic!("{file:?}: {other:?}"),
            }
        }
    }
    assert!(seen >= 8 * 2, "samples for every stage: {seen}");
}

/// Refused at once, or a message that the stage refuses.
fn names_nothing(parsed: Result<Incoming, Error>) -> bool {
    match parsed {
        Err(error) => error.kind() == ErrorKind::InvalidInput,
        Ok(Incoming::Direct(work)) => work.iter().all(|work| work.key().is_err()),
        Ok(Incoming::Sqs(_)) => false,
    }
}
