//! What a Lambda may be called with: a stage message, or S3 events in any of the forms in which they arrive.

use estrella_contracts::{ObjectRef, created_objects};
use estrella_lake::{Error, Result};
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

impl Incoming {
    /// Tells the forms apart.
    ///
    /// # Errors
    /// `InvalidInput` for an event that looks like one of S3's and cannot be read.
    pub fn parse(event: Value) -> Result<Self> {
        if event["Records"][0]["eventSource"] == "aws:sqs" {
            let records: Vec<SqsRecord> = serde_json::from_value(event["Records"].clone())
                .map_err(|e| Error::invalid("SQS event cannot be read").because(e))?;
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
    let objects = created_objects(&event).map_err(|error| Error::invalid(error.to_string()))?;
    match (objects, event) {
        (Some(objects), _) => Ok(objects.into_iter().map(Work::Object).collect()),
        (None, event @ Value::Object(_)) => Ok(vec![Work::Message(event)]),
        (None, _) => Err(Error::invalid("event is no JSON object")),
    }
}

#[cfg(test)]
mod tests;
