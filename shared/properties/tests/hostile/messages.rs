//! Receipts and events of S3.

use estrella_contracts::{ObjectRef, Receipt, ReceiptError, created_objects, keys};
use serde_json::{Value, json};

const ID: &str = "0123456789abcdef0123456789abcdef";

fn receipt() -> Value {
    json!({
        "schema_version": 1, "receipt_id": ID, "format": "csv", "rows_in": 4,
        "object": {"bucket": "b", "key": "raw/x", "version": "v", "size_bytes": 3},
        "parts": [{"event_date": "2019-10-01", "key": keys::part(ID, "2019-10-01", 0, ID), "rows": 2, "duplicates": 1}],
        "rejected": {"key": keys::rejected(ID, ID), "rows": 1},
        "rejected_by_reason": {"bad_price": 1}, "unknown_columns": [],
    })
}

/// What is said of a receipt with another value in it.
fn read(pointer: &str, value: Value) -> Result<Receipt, ReceiptError> {
    let mut receipt = receipt();
    *receipt.pointer_mut(pointer).unwrap() = value;
    Receipt::read(receipt.to_string().as_bytes())
}

#[test]
fn a_receipt_is_believed_only_if_extract_could_have_written_it() {
    let good = Receipt::read(receipt().to_string().as_bytes()).unwrap();
    assert_eq!(Receipt::read(&serde_json::to_vec(&good).unwrap()), Ok(good));
    for (pointer, value, field) in [
        ("/receipt_id", json!("../../../../../../etc/passwd"), "receipt_id"),
        ("/receipt_id", json!(ID.to_uppercase()), "receipt_id"),
        ("/receipt_id", json!(""), "receipt_id"),
        ("/parts/0/event_date", json!("../../2019"), "event_date"),
        ("/parts/0/event_date", json!("2019-10-1é"), "event_date"),
        ("/parts/0/event_date", json!("99999-01-01"), "event_date"),
        ("/parts/0/key", json!("landed/../clean/x"), "key"),
        ("/parts/0/key", json!("/etc/passwd"), "key"),
        ("/parts/0/key", json!("clean/events/data/x.parquet"), "key"),
        ("/parts/0/key", json!("landed/a\u{0}b"), "key"),
        ("/rejected/key", json!("landed//x"), "key"),
        ("/rows_in", json!(u64::MAX), "rows_in"),
        ("/rows_in", json!(5), "rows_in"),
        ("/parts/0/rows", json!(u64::MAX - 1), "rows_in"),
    ] {
        match read(pointer, value.clone()) {
            Err(ReceiptError::Field { field: found, .. }) => assert_eq!(found, field, "{pointer}: {value}"),
            other => panic!("{pointer}: {value}: {other:?}"),
        }
    }
    assert_eq!(read("/schema_version", json!(2)), Err(ReceiptError::Version(2)));
    for value in [json!(-1), json!(1.5), json!(1e300)] {
        assert!(matches!(read("/rows_in", value), Err(ReceiptError::Unreadable(_))));
    }
}

#[test]
fn deep_nesting_is_an_error_with_its_place() {
    for deep in ["[".repeat(1_000_000), "{\"parts\":".repeat(1_000_000)] {
        let Err(ReceiptError::Unreadable(reason)) = Receipt::read(deep.as_bytes()) else { panic!("read") };
        assert!(reason.contains("line 1 column") && reason.len() < 200, "{reason}");
        assert!(serde_json::from_str::<Value>(&deep).is_err());
    }
    // What nobody asks for is skipped, however deep it is.
    let mut text = receipt().to_string();
    text.truncate(text.len() - 1);
    let hidden = format!("{text},\"more\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(Receipt::read(hidden.as_bytes()).is_ok());
}

fn bridge(key: &str) -> Value {
    json!({"source": "aws.s3", "detail-type": "Object Created", "detail": {
        "bucket": {"name": "b"}, "object": {"key": key, "size": 3, "etag": "e1"}}})
}

fn classic(key: &str) -> Value {
    json!({"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": {
        "bucket": {"name": "b"}, "object": {"key": key, "size": 3, "versionId": "v1"}}}]})
}

fn key(event: &Value) -> String {
    let objects = created_objects(event).unwrap().unwrap();
    let [ObjectRef { key, .. }] = &objects[..] else { panic!("{objects:?}") };
    key.clone()
}

#[test]
fn a_key_that_climbs_out_is_told_however_it_is_written() {
    for climbing in
        ["raw/../landed/receipts/x.json", "../x", "/etc/passwd", "raw//x", "./raw/x", "raw/a\0b", ".."]
    {
        assert_eq!(key(&bridge(climbing)), climbing);
        assert!(!keys::is_plain(climbing), "{climbing:?}");
    }
    for encoded in ["raw/%2E%2E/x", "raw/%2e./x", "%2Fetc/passwd", "raw%2f%2fx", "raw/a%00b"] {
        assert!(!keys::is_plain(&key(&classic(encoded))), "{encoded}");
    }
    for harmless in ["raw/..x/y..", "raw/%252E%252E/x", "raw/...", "raw/a b"] {
        assert!(keys::is_plain(&key(&classic(harmless))), "{harmless}");
    }
}

#[test]
fn an_event_that_cannot_be_read_says_why_in_few_words() {
    let long = "x".repeat(1_000_000);
    let mut without_version = bridge(&long);
    without_version["detail"]["object"]["etag"] = Value::Null;
    let mut negative = bridge("raw/x");
    negative["detail"]["object"]["size"] = json!(-1);
    let mut gigantic = bridge("raw/x");
    gigantic["detail"]["object"]["size"] = json!(1e300);
    let mut shaped = bridge("raw/x");
    shaped["detail"]["object"]["size"] = json!(long);
    for (event, reason) in [
        (without_version, "neither version nor etag"),
        (negative, "expected u64"),
        (gigantic, "expected u64"),
        (shaped, "expected u64"),
        (classic(&format!("%FF{long}")), "not UTF-8"),
        (json!({"Records": [{"eventSource": "aws:s3"}, 5]}), "S3 event cannot be read"),
        (json!({"source": "aws.s3", "detail-type": "Object Created", "detail": [[]]}), "cannot be read"),
    ] {
        let error = created_objects(&event).unwrap_err().to_string();
        assert!(error.contains(reason) || error.len() > 1_000, "{reason}: {error:.200}");
        assert!(error.len() < 1_200, "{} bytes", error.len());
    }
}
