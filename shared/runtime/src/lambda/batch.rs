//! One invocation: its pieces of work, one after the other.

use std::time::Instant;

use estrella_contracts::SCHEMA_VERSION;
use estrella_lake::{Error, Result};
use serde_json::{Value, json};
use tracing::{Instrument, info_span};

use super::diagnostic::error_name;
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

impl Work {
    /// What the lines of the log are found by: the raw object, or the document, whose key holds the run's id. A message
    /// without one has the execution that sent it.
    fn subject(&self) -> Option<&str> {
        match self {
            Self::Object(object) => Some(&object.key),
            Self::Message(message) => message["key"].as_str(),
        }
    }
}

/// Tells what became of a piece of work, once, inside its span.
async fn told(piece: impl Future<Output = Result<Output>>) -> Result<Output> {
    let start = Instant::now();
    let done = piece.await;
    let duration_ms = start.elapsed().as_secs_f64() * 1000.0;
    match &done {
        Ok(Output { answer, counts }) => {
            // The receipt of an object, the plan of a run, ...: what the next stage's lines are found by.
            let left = answer["key"].as_str();
            tracing::info!(left, duration_ms, rows_in = counts.rows_in, facts = counts.facts, "done");
        }
        Err(error) => tracing::error!(duration_ms, error_type = error_name(error.kind()), %error, "failed"),
    }
    done
}

/// Does all pieces, also those after one that failed: they are independent of each other.
pub(super) async fn run(
    event: Value,
    bucket: &str,
    deps: &Deps,
    stage: &(impl AsyncFn(Work, &Deps) -> Result<Output> + Sync),
) -> Result<Done> {
    let one = async |work: Work| {
        let span = info_span!("work", key = work.subject());
        let piece = async {
            if let Work::Object(object) = &work
                && object.bucket != bucket
            {
                let what = format!("object is of bucket {}, not of {bucket}", object.bucket);
                return Err(Error::invalid(what).at(&object.key));
            }
            // On the heap: the compiler gives up on futures that are nested this deep.
            Box::pin(stage(work, deps)).await
        };
        told(piece).instrument(span).await
    };
    let incoming = Incoming::parse(event).inspect_err(|error| tracing::error!(%error, "failed"))?;
    match incoming {
        Incoming::Direct(pieces) => {
            let (mut outputs, mut failure) = (Vec::new(), None);
            for work in pieces {
                match one(work).await {
                    Ok(output) => outputs.push(output),
                    Err(error) => failure = Some(error),
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
                    tracing::warn!(message_id = id, %error, "the message comes again");
                    failed.push(id);
                }
            }
            Ok(Done::Sqs(outputs, failed))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use tracing::subscriber::set_default;
    use tracing_subscriber::EnvFilter;

    use super::super::logs::subscriber;
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

    /// Lines of a call.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn every_line_has_the_key_that_it_is_about() {
        let lines = Lines::default();
        let to = lines.clone();
        // Where there is but one, tracing asks that of the thread which meets a line first: of another test, which has none.
        let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
        let _guard = set_default(subscriber(EnvFilter::new("info"), move || to.clone()));
        let span = info_span!("invocation", execution = "arn:e");
        let message = json!({"key": "landed/stages/batch/r1/2019-10-01.json"});
        for event in [event("raw/a"), event("raw/bad"), message, json!({"key": 7})] {
            let _ended = done(event).instrument(span.clone()).await;
        }
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let told: Vec<_> = lines.iter().map(|line| (&line["message"], &line["spans"][1]["key"])).collect();
        let batch = json!("landed/stages/batch/r1/2019-10-01.json");
        let [done, failed] = [json!("done"), json!("failed")];
        let expected = [
            (&done, &json!("raw/a")),
            (&failed, &json!("raw/bad")),
            (&done, &batch),
            (&failed, &Value::Null),
        ];
        assert_eq!(told, expected, "{text}");
        assert!(lines.iter().all(|line| line["spans"][0]["execution"] == "arn:e"), "{text}");
        assert_eq!(lines[0]["left"], "raw/a", "what the stage has left");
        assert_eq!((&lines[1]["error_type"], &lines[1]["level"]), (&json!("InvalidInput"), &json!("ERROR")));
    }

    #[tokio::test]
    async fn objects_of_other_buckets_are_refused() {
        let mut other = event("raw/a");
        other["detail"]["bucket"]["name"] = json!("c");
        assert!(done(other).await.is_err());
        assert!(done(event("raw/bad")).await.is_err());
    }
}
