//! One invocation: its pieces of work, one after the other.

use estrella_contracts::SCHEMA_VERSION;
use estrella_lake::{Error, Result};
use serde_json::{Value, json};

use crate::{Counts, Deps, Incoming, Output, SqsMessage, Work};

/// What became of an invocation.
pub(super) enum Done {
    /// Of what came straight.
    Direct(Vec<Output>),
    /// Of a queue's batch, and the ids of the messages that failed, which SQS delivers again.
    Sqs(Vec<Output>, Vec<String>),
}

impl Done {
    pub(super) fn counts(&self) -> Counts {
        let (Self::Direct(outputs) | Self::Sqs(outputs, _)) = self;
        let mut counts = Counts::default();
        outputs.iter().for_each(|output| counts += output.counts);
        counts
    }

    /// One piece is answered as such, so that a state finds its fields; several are a list.
    pub(super) fn answer(self) -> Value {
        match self {
            Self::Sqs(_, failed) => {
                let failures = failed.into_iter().map(|id| json!({"itemIdentifier": id}));
                json!({"batchItemFailures": failures.collect::<Vec<_>>()})
            }
            Self::Direct(mut outputs) if outputs.len() == 1 => outputs.remove(0).answer,
            Self::Direct(outputs) => {
                let results = outputs.into_iter().map(|output| output.answer);
                json!({"schema_version": SCHEMA_VERSION, "results": results.collect::<Vec<_>>()})
            }
        }
    }
}

/// Does all pieces, also those after one that failed: they are independent of each other.
pub(super) async fn run(
    event: Value,
    bucket: &str,
    deps: &Deps,
    stage: &(impl AsyncFn(Work, &Deps) -> Result<Output> + Sync),
) -> Result<Done> {
    let one = async |work: Work| {
        if let Work::Object(object) = &work
            && object.bucket != bucket
        {
            let what = format!("object is of bucket {}, not of {bucket}", object.bucket);
            return Err(Error::invalid(what).at(&object.key));
        }
        // On the heap: the compiler gives up on futures that are nested this deep.
        Box::pin(stage(work, deps)).await
    };
    match Incoming::parse(event)? {
        Incoming::Direct(pieces) => {
            let (mut outputs, mut failure) = (Vec::new(), None);
            for work in pieces {
                match one(work).await {
                    Ok(output) => outputs.push(output),
                    Err(error) => {
                        // All are told, the last by the caller.
                        if let Some(earlier) = failure.replace(error) {
                            tracing::error!(error = %earlier, "a record failed");
                        }
                    }
                }
            }
            failure.map_or(Ok(Done::Direct(outputs)), Err)
        }
        Incoming::Sqs(messages) => {
            let (mut outputs, mut failed) = (Vec::new(), Vec::new());
            for SqsMessage { id, work } in messages {
                let done = async {
                    for piece in work.map_err(Error::invalid)? {
                        outputs.push(one(piece).await?);
                    }
                    Ok::<_, Error>(())
                };
                if let Err(error) = done.await {
                    tracing::error!(message_id = id, %error, "a message failed");
                    failed.push(id);
                }
            }
            Ok(Done::Sqs(outputs, failed))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fakes::Fakes;

    async fn stage(work: Work, _: &Deps) -> Result<Output> {
        match work.key()? {
            "raw/bad" => Err(Error::invalid("bad")),
            key => Output::new(&json!({"key": key}), Counts { rows_in: 1, ..Counts::default() }),
        }
    }

    fn event(key: &str) -> Value {
        json!({"source": "aws.s3", "detail-type": "Object Created", "detail": {
            "bucket": {"name": "b"}, "object": {"key": key, "size": 3, "etag": "e1"}}})
    }

    async fn done(event: Value) -> Result<Value> {
        let fakes = Fakes::new().unwrap();
        run(event, "b", &fakes.deps(), &stage).await.map(Done::answer)
    }

    #[tokio::test]
    async fn one_piece_is_answered_as_such_and_none_as_a_list() {
        assert_eq!(done(event("raw/a")).await.unwrap()["key"], "raw/a");
        let test = json!({"Event": "s3:TestEvent"});
        assert_eq!(done(test).await.unwrap(), json!({"schema_version": 1, "results": []}));
    }

    #[tokio::test]
    async fn only_the_failed_messages_of_a_queue_come_again() {
        let record = |id: &str, body: Value| json!({"messageId": id, "eventSource": "aws:sqs", "body": body.to_string()});
        let records = [("1", event("raw/a")), ("2", event("raw/bad")), ("3", event("raw/c"))];
        let batch = json!({"Records": records.map(|(id, body)| record(id, body))});
        let answer = done(batch).await.unwrap();
        assert_eq!(answer, json!({"batchItemFailures": [{"itemIdentifier": "2"}]}));
    }

    #[tokio::test]
    async fn objects_of_other_buckets_are_refused() {
        let mut other = event("raw/a");
        other["detail"]["bucket"]["name"] = json!("c");
        assert!(done(other).await.is_err());
        assert!(done(event("raw/bad")).await.is_err());
    }
}
