//! What S3 says of new objects.

use std::path::{Component, Path};

use estrella_contracts::{ObjectRef, created_objects, keys};
use estrella_core::changes::ChangeFile;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

/// Longest error in bytes: it is logged.
const LONGEST: usize = 8_192;

/// Any bytes are new objects, something else, or an error. Told in S3's own way again they are the same objects, and a
/// key that is plain names nothing outside of the folder that it is below.
pub fn notifications(bytes: &[u8]) {
    let Ok(event) = serde_json::from_slice::<Value>(bytes) else { return };
    match created_objects(&event) {
        Ok(None) => {}
        Ok(Some(objects)) => objects.iter().for_each(object),
        Err(error) => {
            let text = error.to_string();
            assert!(!text.is_empty() && text.len() <= LONGEST, "{} bytes: {text}", text.len());
        }
    }
}

fn object(object: &ObjectRef) {
    assert!(!object.key.ends_with('/'), "a folder is no object");
    assert!(!object.version.is_empty() && object.version != "null", "{object:?}");
    let _ = ChangeFile::parse(&object.key);
    let stays = Path::new(&object.key).components().all(|part| matches!(part, Component::Normal(_)));
    assert!(stays || !keys::is_plain(&object.key), "{:?}", object.key);

    let key = utf8_percent_encode(&object.key, NON_ALPHANUMERIC).to_string();
    let (bucket, size, version) = (&object.bucket, object.size_bytes, &object.version);
    let again = json!({"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": {
        "bucket": {"name": bucket}, "object": {"key": key, "size": size, "versionId": version}}}]});
    assert_eq!(created_objects(&again).ok().flatten().as_deref(), Some(std::slice::from_ref(object)));
}
