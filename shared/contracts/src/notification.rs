//! What S3 says of new objects, straight or by EventBridge.

use std::fmt;

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::Value;

use crate::ObjectRef;

/// Longest piece of an event that an error repeats, in characters: a key has at most 1024 bytes.
const LONGEST_SHOWN: usize = 1024;

/// Why an event that looks like one of S3's tells of no object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotificationError {
    /// It has not the form that S3 gives it.
    Unreadable {
        /// The form that was expected.
        form: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The bytes of the key are no text.
    KeyNotUtf8 {
        /// The key as the event writes it.
        key: String,
    },
    /// Nothing says which of the objects under the key is meant.
    NoVersion {
        /// The key.
        key: String,
    },
}

impl fmt::Display for NotificationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { form, reason } => write!(f, "{form} cannot be read: {}", shown(reason)),
            Self::KeyNotUtf8 { key } => write!(f, "key is not UTF-8: {}", shown(key)),
            Self::NoVersion { key } => write!(f, "object has neither version nor etag: {}", shown(key)),
        }
    }
}

impl std::error::Error for NotificationError {}

fn shown(text: &str) -> String {
    text.chars().take(LONGEST_SHOWN).collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    event_name: String,
    s3: Entity,
}

#[derive(Deserialize)]
struct Entity {
    bucket: Bucket,
    object: Object,
}

#[derive(Deserialize)]
struct Bucket {
    name: String,
}

/// The classic form spells `eTag` and `versionId`, EventBridge `etag` and `version-id`.
#[derive(Deserialize)]
struct Object {
    key: String,
    #[serde(default)]
    size: u64,
    #[serde(alias = "eTag")]
    etag: Option<String>,
    #[serde(rename = "versionId", alias = "version-id")]
    version_id: Option<String>,
}

/// The new objects that an event tells of; none if it is no event of S3's.
///
/// # Errors
/// If it looks like one of S3's and cannot be read.
pub fn created_objects(event: &Value) -> Result<Option<Vec<ObjectRef>>, NotificationError> {
    // Sent once by S3 when a notification is set up.
    if event["Event"] == "s3:TestEvent" {
        return Ok(Some(Vec::new()));
    }
    if event["Records"][0]["eventSource"] == "aws:s3" {
        let records: Vec<Record> = read(&event["Records"], "S3 event")?;
        let created = records.into_iter().filter(|record| is_created(&record.event_name));
        let objects = created.map(|record| object(record.s3, true));
        return objects.filter_map(Result::transpose).collect::<Result<_, _>>().map(Some);
    }
    if event["source"] == "aws.s3" {
        if event["detail-type"] != "Object Created" {
            return Ok(Some(Vec::new()));
        }
        let detail: Entity = read(&event["detail"], "EventBridge event of S3")?;
        return Ok(Some(object(detail, false)?.into_iter().collect()));
    }
    Ok(None)
}

fn is_created(name: &str) -> bool {
    name.trim_start_matches("s3:").starts_with("ObjectCreated:")
}

fn read<'v, T: Deserialize<'v>>(value: &'v Value, form: &'static str) -> Result<T, NotificationError> {
    T::deserialize(value).map_err(|error| NotificationError::Unreadable { form, reason: error.to_string() })
}

/// None for the empty objects that consoles make to show a folder. Classic notifications carry keys as in a form:
/// percent-encoded, with + for a space. EventBridge carries them as they are.
fn object(Entity { bucket, object }: Entity, encoded: bool) -> Result<Option<ObjectRef>, NotificationError> {
    let key = if encoded {
        let spaced = object.key.replace('+', " ");
        let decoded = percent_decode_str(&spaced).decode_utf8().map(|key| key.into_owned());
        decoded.map_err(|_| NotificationError::KeyNotUtf8 { key: object.key })?
    } else {
        object.key
    };
    if key.ends_with('/') {
        return Ok(None);
    }
    // Buckets without versions say `null`, or nothing.
    let version = object.version_id.filter(|version| version != "null" && !version.is_empty());
    let etag = || object.etag.map(|etag| format!("etag:{}", etag.trim_matches('"')));
    let Some(version) = version.or_else(etag) else { return Err(NotificationError::NoVersion { key }) };
    Ok(Some(ObjectRef { bucket: bucket.name, key, version, size_bytes: object.size }))
}
