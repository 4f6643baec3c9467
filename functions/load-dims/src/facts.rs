//! Reading facts.

use std::sync::Arc;

use arrow::error::ArrowError;
use estrella_core::star::{EVENT_COLUMNS, Events};
use estrella_lake::data::ParquetFile;
use estrella_lake::{Error, ObjectStore, PlannedFile, Result};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;
use tracing::Instrument;

/// Texts stay dictionaries, as they are in the file: a text per row would be decoded here only to be looked up again.
const WORDS: [&str; 4] = ["event_type", "session_id", "category_name", "brand"];

/// Rows that are decoded at once: they stay in the caches until they are aggregated.
const BATCH_ROWS: usize = 1 << 15;

/// Facts in batches. Some are decoded while the caller is busy with one, and the next row group is fetched.
pub(crate) struct Facts {
    batches: Receiver<Events>,
    reader: JoinHandle<Result<()>>,
}

impl Facts {
    /// Starts to read files. Dropped early, it stops.
    pub(crate) fn read(store: &Arc<dyn ObjectStore>, files: Vec<PlannedFile>) -> Self {
        let (sender, batches) = channel(2);
        let reader = tokio::spawn(read(Arc::clone(store), files, sender).in_current_span());
        Self { batches, reader }
    }

    /// The next batch; none at the end, after which it must not be called again.
    pub(crate) async fn next(&mut self) -> Result<Option<Events>> {
        if let Some(events) = self.batches.recv().await {
            return Ok(Some(events));
        }
        let ended = (&mut self.reader).await;
        ended.map_err(|error| Error::bug("reader of facts died").because(error))??;
        Ok(None)
    }
}

async fn read(store: Arc<dyn ObjectStore>, files: Vec<PlannedFile>, sender: Sender<Events>) -> Result<()> {
    for planned in files {
        let file = ParquetFile::open(&store, &planned.key).await?.with_dictionaries(&WORDS)?;
        let unfit = |e: ArrowError| Error::invalid("facts cannot be read").at(file.key()).because(e);
        let columns = EVENT_COLUMNS.iter().map(|name| file.column(name)).collect::<Result<Vec<_>>>()?;
        for group in 0..file.groups() {
            let chunks = file.fetch(group, &columns).await?;
            let mut batches = file.batches(chunks, group, &columns, BATCH_ROWS)?;
            loop {
                let Ok(place) = sender.reserve().await else { return Ok(()) };
                let Some(batch) = batches.next() else { break };
                place.send(batch.and_then(|batch| Events::new(&batch)).map_err(unfit)?);
            }
        }
    }
    Ok(())
}
