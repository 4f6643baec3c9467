//! Objects to landed files, one after the other or some at once.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};

use estrella_contracts::{ObjectRef, Receipt, keys};
use estrella_lake::{Error, ErrorKind, Result, spawned};
use estrella_runtime::Deps;
use futures::{StreamExt, future, stream};

use super::inputs::{self, Input};
use super::summary::ObjectSummary;
use super::{Pipeline, Summary};

/// How objects are extracted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extraction {
    /// Objects at once. They share the threads that parse; each has buffers of its own, so memory grows with them.
    pub jobs: NonZeroUsize,
    /// Share of the objects that may fail, in percent, whatever the reason; when more do, no other is begun. None: what
    /// cannot be read is passed over, and any other failure ends the run.
    pub tolerated_percent: Option<u8>,
}

impl Default for Extraction {
    fn default() -> Self {
        Self { jobs: NonZeroUsize::MIN, tolerated_percent: None }
    }
}

/// What became of an object.
struct Extracted {
    receipt: Receipt,
    /// By an earlier run.
    was_there: bool,
}

impl Pipeline {
    /// Extracts, and tells whether any object is there to load.
    pub(super) async fn extract(
        &self,
        inputs: &[Input],
        how: &Extraction,
        told: &(dyn Fn(usize, &ObjectSummary) + Sync),
        summary: &mut Summary,
    ) -> Result<bool> {
        let start = self.begin("extract");
        let mut deps = self.deps.clone();
        deps.config.workers = (deps.config.workers / how.jobs).max(1);
        let (deps, is_given_up) = (&deps, AtomicBool::new(false));
        let tasks = stream::iter(inputs).take_while(|_| future::ready(!is_given_up.load(Ordering::Relaxed)));
        let tasks = tasks.map(|input| {
            let (own, deps) = (input.clone(), deps.clone());
            let done = spawned(async move { extracted(&own, &deps).await });
            async move { (input, done.await) }
        });
        let (mut rows_in, mut landed, mut failed, mut read) = (0, 0, 0, 0);
        let mut tasks = std::pin::pin!(tasks.buffered(how.jobs.get()));
        while let Some((input, done)) = tasks.next().await {
            let object = match done {
                Ok(Extracted { receipt, was_there }) => {
                    read += 1;
                    summary.passed_over += u64::from(was_there);
                    rows_in += receipt.rows_in;
                    landed += receipt.parts.iter().map(|part| part.rows).sum::<u64>();
                    ObjectSummary::of(&input.shown, &receipt)
                }
                Err(error) if error.kind() == ErrorKind::InvalidInput || how.tolerated_percent.is_some() => {
                    failed += 1;
                    ObjectSummary::refused(&input.shown, error.to_string())
                }
                Err(error) => return Err(error),
            };
            let tolerated = how.tolerated_percent.map(|percent| inputs.len() * usize::from(percent) / 100);
            if tolerated.is_some_and(|tolerated| failed > tolerated) {
                is_given_up.store(true, Ordering::Relaxed);
            }
            summary.objects.push(object);
            summary.objects.last().into_iter().for_each(|object| told(summary.objects.len(), object));
        }
        summary.is_given_up = is_given_up.load(Ordering::Relaxed);
        summary.stage("extract", start, rows_in, landed);
        Ok(read > 0)
    }
}

async fn extracted(input: &Input, deps: &Deps) -> Result<Extracted> {
    let object = object(input).await?;
    let receipt = keys::receipt(&estrella_extract::receipt_id(&object));
    let was_there = match deps.lake.store().size_bytes(&receipt).await {
        Ok(_) => true,
        Err(error) if error.kind() == ErrorKind::NotFound => false,
        Err(error) => return Err(error),
    };
    match estrella_extract::handle(&object, deps).await {
        Ok(receipt) => Ok(Extracted { receipt, was_there }),
        Err(error) => {
            if error.kind() == ErrorKind::InvalidInput {
                estrella_extract::note_refusal(object, &error, deps).await?;
            }
            Err(error)
        }
    }
}

async fn object(input: &Input) -> Result<ObjectRef> {
    let path = input.path.clone();
    let hashing = tokio::task::spawn_blocking(move || inputs::content_version(&path));
    let (version, size_bytes) = hashing.await.map_err(|e| Error::bug("hashing panicked").because(e))??;
    Ok(ObjectRef { bucket: "file".to_owned(), key: input.key.clone(), version, size_bytes })
}
