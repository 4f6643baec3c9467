//! What a Lambda may be called with: a stage message, or S3 events in any of the forms in which they arrive.

use estrella_contracts::ObjectRef;
use estrella_lake::{Error, Result};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::Value;

/// One piece of work.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// A new object, told by S3: a raw object, or the document that the stage before has left.
    Object(ObjectRef),
    /// A message of the state machine.
    Message(Value),
}

/// The pieces of one SQS message, which succeed or fail together.
#[derive(Debug, Clone, PartialEq)]
pub struct SqsMessage {
    /// By which a failed message is told to SQS.
    pub id: String,
    /// Its work, or why it has none.
    pub work: std::result::Result<Vec<Work>, String>,
}

/// What a Lambda was called with.
#[derive(Debug, Clone, PartialEq)]
pub enum Incoming {
    /// Straight from Step Functions, EventBridge or S3.
    Direct(Vec<Work>),
    /// A batch of a queue.
    Sqs(Vec<SqsMessage>),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SqsRecord {
    message_id: String,
    body: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct S3Record {
    event_name: String,
    s3: S3Entity,
}

#[derive(Deserialize)]
struct S3Entity {
    bucket: Bucket,
    object: S3Object,
}

#[derive(Deserialize)]
struct Bucket {
    name: String,
}

/// The classic form spells `eTag` and `versionId`, EventBridge `etag` and `version-id`.
#[derive(Deserialize)]
struct S3Object {
    key: String,
    #[serde(default)]
    size: u64,
    #[serde(alias = "eTag")]
    etag: Option<String>,
    #[serde(rename = "versionId", alias = "version-id")]
    version_id: Option<String>,
}

#[derive(Deserialize)]
struct Detail {
    bucket: Bucket,
    object: S3Object,
}

impl Incoming {
    /// Tells the forms apart.
    ///
    /// # Errors
    /// `InvalidInput` for an event that looks like one of S3's and cannot be read.
    pub fn parse(event: Value) -> Result<Self> {
        if is_from(&event, "aws:sqs") {
            let records: Vec<SqsRecord> = read(event["Records"].clone(), "SQS event")?;
            let message = |record: SqsRecord| {
                let body = serde_json::from_str(&record.body).map_err(|e| format!("body is not JSON: {e}"));
                let work = body.and_then(|body| works(body).map_err(|e| e.to_string()));
                SqsMessage { id: record.message_id, work }
            };
            return Ok(Self::Sqs(records.into_iter().map(message).collect()));
        }
        works(event).map(Self::Direct)
    }
}

fn works(event: Value) -> Result<Vec<Work>> {
    // Sent once by S3 when a notification is set up.
    if event["Event"] == "s3:TestEvent" {
        return Ok(Vec::new());
    }
    if is_from(&event, "aws:s3") {
        let records: Vec<S3Record> = read(event["Records"].clone(), "S3 event")?;
        let created = records.into_iter().filter(|record| is_created(&record.event_name));
        let objects = created.map(|record| object(record.s3.bucket, record.s3.object, true));
        return objects.filter_map(Result::transpose).collect();
    }
    if event["source"] == "aws.s3" {
        if event["detail-type"] != "Object Created" {
            return Ok(Vec::new());
        }
        let detail: Detail = read(event["detail"].clone(), "EventBridge event of S3")?;
        return Ok(object(detail.bucket, detail.object, false)?.into_iter().collect());
    }
    match event {
        Value::Object(_) => Ok(vec![Work::Message(event)]),
        other => Err(Error::invalid(format!("event is no JSON object: {other}"))),
    }
}

fn is_from(event: &Value, source: &str) -> bool {
    let first = &event["Records"][0];
    first["eventSource"] == source
}

fn is_created(name: &str) -> bool {
    name.trim_start_matches("s3:").starts_with("ObjectCreated:")
}

fn read<T: serde::de::DeserializeOwned>(value: Value, what: &str) -> Result<T> {
    serde_json::from_value(value).map_err(|e| Error::invalid(format!("{what} cannot be read")).because(e))
}

/// None for the empty objects that consoles make to show a folder. Classic notifications carry keys as in a form:
/// percent-encoded, with + for a space. EventBridge carries them as they are.
fn object(bucket: Bucket, object: S3Object, encoded: bool) -> Result<Option<Work>> {
    let key = match encoded {
        true => {
            let spaced = object.key.replace('+', " ");
            let decoded = percent_decode_str(&spaced).decode_utf8();
            decoded.map_err(|e| Error::invalid("key is not UTF-8").at(&object.key).because(e))?.into_owned()
        }
        false => object.key,
    };
    if key.ends_with('/') {
        return Ok(None);
    }
    // Buckets without versions say `null`, or nothing.
    let version = object.version_id.filter(|version| version != "null" && !version.is_empty());
    let etag = || object.etag.map(|etag| format!("etag:{}", etag.trim_matches('"')));
    let version = version
        .or_else(etag)
        .ok_or_else(|| Error::invalid("object has neither version nor etag").at(&key))?;
    Ok(Some(Work::Object(ObjectRef { bucket: bucket.name, key, version, size_bytes: object.size })))
}

#[cfg(test)]
mod tests;
