use serde_json::json;

use super::*;

fn classic(key: &str) -> Value {
    json!({"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": {
        "bucket": {"name": "b"}, "object": {"key": key, "size": 3, "eTag": "e1", "versionId": "v1"}}}]})
}

fn bridge(key: &str) -> Value {
    json!({"source": "aws.s3", "detail-type": "Object Created", "detail": {
        "bucket": {"name": "b"}, "object": {"key": key, "size": 3, "etag": "e1", "version-id": "v1"}}})
}

fn sqs(bodies: &[String]) -> Value {
    let records = (0..).zip(bodies).map(
        |(n, body): (i32, _)| json!({"messageId": format!("m{n}"), "eventSource": "aws:sqs", "body": body}),
    );
    json!({"Records": records.collect::<Vec<_>>()})
}

fn raw(key: &str) -> Work {
    let (bucket, version) = ("b".to_owned(), "v1".to_owned());
    Work::Object(ObjectRef { bucket, key: key.to_owned(), version, size_bytes: 3 })
}

#[test]
fn keys_are_decoded_as_each_form_writes_them() {
    let parsed = |event| Incoming::parse(event).unwrap();
    assert_eq!(parsed(classic("raw/a+b%2Bc%C3%A4.csv")), Incoming::Direct(vec![raw("raw/a b+cä.csv")]));
    assert_eq!(parsed(bridge("raw/a+b%2B.csv")), Incoming::Direct(vec![raw("raw/a+b%2B.csv")]));
    assert!(Incoming::parse(classic("raw/%FF")).is_err());
}

#[test]
fn a_queue_holds_either_form_and_one_bad_message_does_not_spoil_the_others() {
    let bodies = [classic("raw/a").to_string(), bridge("raw/b").to_string(), "{".to_owned()];
    let Incoming::Sqs(messages) = Incoming::parse(sqs(&bodies)).unwrap() else { panic!("a queue") };
    assert_eq!(messages[0], SqsMessage { id: "m0".to_owned(), work: Ok(vec![raw("raw/a")]) });
    assert_eq!(messages[1].work, Ok(vec![raw("raw/b")]));
    assert!(messages[2].work.is_err());
}

#[test]
fn what_is_no_new_object_is_no_work() {
    let test = json!({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"});
    let mut removed = classic("raw/a");
    removed["Records"][0]["eventName"] = json!("ObjectRemoved:Delete");
    let mut deleted = bridge("raw/a");
    deleted["detail-type"] = json!("Object Deleted");
    for event in [test, removed, deleted, bridge("raw/folder/")] {
        assert_eq!(Incoming::parse(event.clone()).unwrap(), Incoming::Direct(Vec::new()), "{event}");
    }
}

#[test]
fn several_records_are_several_pieces() {
    let mut event = classic("raw/a");
    let second = classic("raw/b")["Records"][0].clone();
    event["Records"].as_array_mut().unwrap().push(second);
    assert_eq!(Incoming::parse(event).unwrap(), Incoming::Direct(vec![raw("raw/a"), raw("raw/b")]));
}

#[test]
fn an_object_without_versions_is_told_by_its_etag() {
    let mut event = bridge("raw/a");
    event["detail"]["object"]["version-id"] = Value::Null;
    let Incoming::Direct(work) = Incoming::parse(event.clone()).unwrap() else { panic!("direct") };
    let [Work::Object(object)] = &work[..] else { panic!("one object") };
    assert_eq!(object.version, "etag:e1");
    event["detail"]["object"]["etag"] = Value::Null;
    assert!(Incoming::parse(event).is_err());
}

#[test]
fn anything_else_is_a_stage_message() {
    let message = json!({"key": "landed/x.json"});
    assert_eq!(Incoming::parse(message.clone()).unwrap(), Incoming::Direct(vec![Work::Message(message)]));
    assert!(Incoming::parse(json!([1])).is_err());
    assert!(Incoming::parse(json!({"source": "aws.s3", "detail-type": "Object Created"})).is_err());
}
