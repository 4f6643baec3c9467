//! From the slot to the files, transaction by transaction.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use pgwire_replication::{Lsn, ReplicationClient, ReplicationEvent};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::buffers::Parts;
use super::files::Files;
use super::transaction::{Layouts, Transaction};
use super::{Options, Progress, TICK};
use crate::{Error, Result};

/// How long the server is given to take note of the last position. Without it, the last files come twice.
const LAST_STATUS: Duration = Duration::from_secs(5);

/// A slot that is being read.
pub(super) struct Stream<'a> {
    client: ReplicationClient,
    options: &'a Options,
    files: &'a mut Files,
    layouts: Layouts,
    open: Option<Transaction>,
    /// Rows of whole transactions that are not in the store yet, and when the first of them came.
    done: Parts,
    since: Option<Instant>,
    /// All before this has been received.
    received: Lsn,
}

impl<'a> Stream<'a> {
    pub(super) fn new(client: ReplicationClient, options: &'a Options, files: &'a mut Files) -> Self {
        let (layouts, done) = (Layouts::default(), Parts::default());
        Self { client, options, files, layouts, open: None, done, since: None, received: Lsn::ZERO }
    }

    /// Reads until `until` is reached, if there is one, or until `stop` is set.
    pub(super) async fn run(
        mut self,
        until: Option<Lsn>,
        stop: &AtomicBool,
        progress: &mut Progress<'_>,
    ) -> Result<()> {
        let mut clock = interval(TICK);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !self.is_finished(until) && !stop.load(Ordering::Relaxed) {
            tokio::select! {
                event = self.client.recv() => match event.map_err(Error::replication("the server's stream broke off"))? {
                    Some(event) => self.take(event, progress).await?,
                    None => return Err(Error::protocol("the server's stream", "it ended by itself")),
                },
                _ = clock.tick() => {
                    if self.since.is_some_and(|since| since.elapsed() >= self.options.flush_interval) {
                        self.flush(progress).await?;
                    }
                }
            }
        }
        self.flush(progress).await?;
        self.end().await
    }

    /// What was asked for is received; not in the middle of a transaction.
    fn is_finished(&self, until: Option<Lsn>) -> bool {
        self.open.is_none() && until.is_some_and(|until| self.received >= until)
    }

    async fn take(&mut self, event: ReplicationEvent, progress: &mut Progress<'_>) -> Result<()> {
        match event {
            ReplicationEvent::Begin { final_lsn, commit_time_micros, .. } => {
                self.open = Some(Transaction::begin(final_lsn, commit_time_micros)?);
                Ok(())
            }
            ReplicationEvent::XLogData { data, .. } => {
                let Some(open) = &mut self.open else {
                    return Err(Error::protocol("a row change", "it is outside of a transaction"));
                };
                open.take(&mut self.layouts, data)?;
                self.make_room(progress).await
            }
            ReplicationEvent::Commit { end_lsn, .. } => self.commit(end_lsn, progress).await,
            ReplicationEvent::KeepAlive { wal_end, .. } => {
                // Between transactions, all that was committed before this has been sent.
                if self.open.is_none() {
                    self.received = self.received.max(wal_end);
                    self.confirm_if_stored();
                }
                Ok(())
            }
            ReplicationEvent::Message { .. } | ReplicationEvent::StoppedAt { .. } => Ok(()),
        }
    }

    async fn commit(&mut self, end: Lsn, progress: &mut Progress<'_>) -> Result<()> {
        let open = self.open.take();
        let parts = open.ok_or_else(|| Error::protocol("a commit", "it is outside of a transaction"))?.parts;
        self.received = self.received.max(end);
        if !parts.is_empty() {
            self.since.get_or_insert_with(Instant::now);
            self.done.append(parts);
        }
        match self.options.bounds.reached(self.done.rows(), self.done.bytes()) {
            true => self.flush(progress).await,
            false => {
                self.confirm_if_stored();
                Ok(())
            }
        }
    }

    /// Keeps memory bounded within a transaction: first what is complete goes to the store, and only then, if the
    /// transaction alone is too large, its beginning. It is committed on the server, and is sent again as a whole
    /// if this process dies before its end.
    async fn make_room(&mut self, progress: &mut Progress<'_>) -> Result<()> {
        let Some(open) = &self.open else { return Ok(()) };
        let (rows, bytes) = (open.parts.rows(), open.parts.bytes());
        let bounds = self.options.bounds;
        if !self.done.is_empty() && bounds.reached(rows + self.done.rows(), bytes + self.done.bytes()) {
            self.flush(progress).await?;
        }
        if bounds.reached(rows, bytes)
            && let Some(open) = &mut self.open
        {
            for part in open.parts.take() {
                self.files.write_changes(part).await?;
            }
        }
        Ok(())
    }

    /// Writes the rows of all whole transactions, and tells the server.
    async fn flush(&mut self, progress: &mut Progress<'_>) -> Result<()> {
        self.since = None;
        let parts = self.done.take();
        let rows: u64 = parts.iter().map(|part| part.rows.total()).sum();
        let files = parts.len();
        for part in parts {
            self.files.write_changes(part).await?;
        }
        if files > 0 {
            progress(format!("{rows} changes in {files} files up to {}", self.received));
        }
        self.confirm_if_stored();
        Ok(())
    }

    /// Tells the server what it needs no longer keep, if nothing of it waits here.
    fn confirm_if_stored(&mut self) {
        if self.done.is_empty() && self.received > Lsn::ZERO {
            self.client.update_applied_lsn(self.received);
            self.files.report.last_lsn = Some(self.received.to_string());
        }
    }

    /// Waits until the server has been told the last position, and leaves.
    async fn end(mut self) -> Result<()> {
        let deadline = Instant::now() + LAST_STATUS;
        while self.client.feedback_pending_since().is_some() && Instant::now() < deadline {
            tokio::select! {
                // Read on, so that the connection is not held up by what nobody takes; it will be sent again.
                event = self.client.recv() => {
                    if event.map_err(Error::replication("the server's stream broke off"))?.is_none() {
                        break;
                    }
                }
                () = tokio::time::sleep(TICK) => {}
            }
        }
        self.client.shutdown().await.map_err(Error::replication("cannot end the stream"))
    }
}
