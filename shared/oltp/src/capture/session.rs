//! A replication connection before it streams: ordinary queries, and commands on slots.

use std::time::Duration;

use bytes::Bytes;
use pgwire_replication::{FeedbackObserver, Lsn, QueryRow, ReplicationClient};

use super::Options;
use crate::{Error, Result};

/// Rows between the connection and the writer of files. Each is at most some kilobytes in a table worth capturing.
const EVENTS_IN_FLIGHT: usize = 1_024;
/// How soon the server hears of a new position, and how often of the old one.
const STATUS_INTERVAL: Duration = Duration::from_millis(200);

/// A connection that has not started to stream.
pub(super) struct Session {
    client: ReplicationClient,
}

impl Session {
    pub(super) async fn open(options: &Options) -> Result<Self> {
        let mut config = options.server.replication(&options.slot, &options.publication);
        config.buffer_events = EVENTS_IN_FLIGHT;
        config.status_interval = STATUS_INTERVAL;
        // With an observer the client knows which positions the server has not heard of yet.
        config.feedback_observer = Some(FeedbackObserver::new(|_| ()));
        let client = ReplicationClient::connect_gated(config).await;
        let mut client =
            client.map_err(Error::replication(format!("cannot connect to {}", options.server)))?;
        // The library connects in the background: the first query tells whether it could.
        let first = client.simple_query("SELECT 1").await;
        first.map_err(Error::replication(format!("cannot connect to {}", options.server)))?;
        Ok(Self { client })
    }

    /// Runs SQL, or a command of the replication protocol; `what` is for the error.
    pub(super) async fn query(&mut self, what: &str, sql: &str) -> Result<Vec<QueryRow>> {
        self.client.simple_query(sql).await.map_err(Error::replication(what))
    }

    /// How far the server's log is on disk.
    pub(super) async fn server_position(&mut self) -> Result<Lsn> {
        let system = self.client.identify_system().await;
        Ok(system.map_err(Error::replication("cannot ask the server for its position"))?.xlogpos)
    }

    /// Starts to stream from where the slot stands.
    pub(super) async fn start(mut self, slot: &str) -> Result<ReplicationClient> {
        let what = || Error::replication(format!("cannot read the slot {slot}"));
        self.client.start().await.map_err(what())?;
        self.client.wait_started().await.map_err(what())?;
        Ok(self.client)
    }
}

/// A text as a literal of SQL.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A name as an identifier of SQL.
pub(super) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The text in a row's column; an error for null.
pub(super) fn field<'a>(row: &'a QueryRow, column: usize, what: &str) -> Result<&'a str> {
    let bytes = row.get(column).and_then(Option::as_ref);
    utf8(bytes.ok_or_else(|| Error::protocol(what, "a field of the answer is missing"))?, what)
}

/// The text of a field.
pub(super) fn utf8<'a>(bytes: &'a Bytes, what: &str) -> Result<&'a str> {
    std::str::from_utf8(bytes).map_err(|_| Error::protocol(what, "a text is not utf-8"))
}
