//! Reads the changes of published tables from a logical replication slot and writes them as files of the form that
//! AWS DMS writes to S3.
//!
//! | key | what |
//! |---|---|
//! | `<schema>/<table>/LOAD00000001.csv` | rows of a full load, counted in hexadecimal |
//! | `<schema>/<table>/20240229-123456007.csv` | changes, named by the commit of the first one in UTC |
//!
//! Each file has a header, `Op,<columns>,commit_time,change_seq`. `Op` is I, U or D; a deletion has its key, and null
//! in the other columns. A change of a key is a D and an I. `change_seq` orders all changes of all tables, and two
//! rows with the same one are the same change: after a crash, files come twice. The columns are those that the table
//! had at the time; where they change, a new file begins.
//!
//! A position is confirmed to the server after the files before it are in the store, so nothing is lost, whenever
//! the process ends. The files of one slot have a folder of their own: another slot's would be taken for the same
//! changes with other numbers. A slot that is made anew begins with another full load, which cannot say what was
//! deleted in between: start it in an empty folder.
//!
//! A table with replica identity `full` must not have its keys changed: the old row does not tell
//! which of its columns are the key.

mod buffers;
mod catalog;
mod csv;
mod files;
mod layout;
mod load;
mod names;
mod pgoutput;
mod report;
mod session;
mod stream;
mod transaction;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use estrella_lake::ObjectStore;
use pgwire_replication::{Lsn, PgWireError, ReplicationClient};
use tokio::time::{Instant, sleep};

pub use report::{Report, Rows};

use crate::error::{DUPLICATE_OBJECT, OBJECT_IN_USE, sql_state};
use crate::{Error, Result, Server};
use files::Files;
use session::Session;
use stream::Stream;

/// Longest name of a slot, less what the temporary one's name has more.
const LONGEST_SLOT: usize = 63 - "_load".len();
/// How long a slot may still be held by the connection of a process that is gone.
const BUSY_FOR: Duration = Duration::from_secs(60);
/// How often the clock and the wish to stop are looked at.
const TICK: Duration = Duration::from_millis(50);
const BUSY_PAUSE: Duration = Duration::from_millis(200);

/// Hears what was done, one line at a time.
pub type Progress<'a> = dyn FnMut(String) + Send + 'a;

/// How much may be held in memory before it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Rows over all tables.
    pub rows: u64,
    /// Bytes of CSV over all tables.
    pub bytes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { rows: 100_000, bytes: 32 << 20 }
    }
}

impl Bounds {
    fn reached(&self, rows: u64, bytes: usize) -> bool {
        rows >= self.rows || bytes >= self.bytes
    }
}

/// What to capture, and where to.
#[derive(Debug, Clone)]
pub struct Options {
    /// The database.
    pub server: Server,
    /// Replication slot: created by the first full load, and what every later run goes on from.
    pub slot: String,
    /// Publication that names the tables.
    pub publication: String,
    /// Where the files go.
    pub store: Arc<dyn ObjectStore>,
    /// What their keys begin with: empty, or ending in a slash.
    pub prefix: String,
    /// Longest time that a change waits for its file.
    pub flush_interval: Duration,
    /// When a file is written earlier.
    pub bounds: Bounds,
    /// End when all is captured that the server had written when this began.
    pub until_idle: bool,
}

/// Captures until the server's position at the start is reached, or until `stop` is set; then writes what it holds.
///
/// # Errors
/// `Refused` when the slot, the publication or a name cannot be used; `Truncated` and `UnchangedToast` for changes
/// that files cannot hold. Whatever the error, all that was confirmed to the server is in the store.
pub async fn capture(options: &Options, stop: &AtomicBool, progress: &mut Progress<'_>) -> Result<Report> {
    check(options)?;
    let mut files = Files::new(Arc::clone(&options.store), options.prefix.clone(), options.slot.clone());
    if let Some((client, position)) = open(options, &mut files, stop, progress).await? {
        let until = options.until_idle.then_some(position);
        Stream::new(client, options, &mut files).run(until, stop, progress).await?;
    }
    Ok(files.report)
}

/// Waits for the slot to be free: after a crash, the server may hold it for the old connection for a while.
async fn open(
    options: &Options,
    files: &mut Files,
    stop: &AtomicBool,
    progress: &mut Progress<'_>,
) -> Result<Option<(ReplicationClient, Lsn)>> {
    let deadline = Instant::now() + BUSY_FOR;
    loop {
        let begun = tokio::select! {
            begun = begin(options, files, progress) => begun,
            // A load that is left in the middle is as one that was killed.
            () = stopped(stop) => return Ok(None),
        };
        match begun {
            Err(Error::Replication { source, .. }) if is_busy(&source) && Instant::now() < deadline => {
                sleep(BUSY_PAUSE).await;
            }
            begun => return begun.map(Some),
        }
    }
}

/// Whether somebody else holds the slot, or the temporary one of a load.
fn is_busy(error: &PgWireError) -> bool {
    matches!(sql_state(error), Some(OBJECT_IN_USE | DUPLICATE_OBJECT))
}

async fn stopped(stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        sleep(TICK).await;
    }
}

/// Loads what has to be loaded, and starts the stream. Also the server's position at that moment.
async fn begin(
    options: &Options,
    files: &mut Files,
    progress: &mut Progress<'_>,
) -> Result<(ReplicationClient, Lsn)> {
    let mut session = Session::open(options).await?;
    if !catalog::slot_exists(&mut session, &options.slot).await? {
        load::load(&mut session, options, files, progress).await?;
    }
    files.publish_staged().await?;
    let position = session.server_position().await?;
    Ok((session.start(&options.slot).await?, position))
}

fn check(options: &Options) -> Result<()> {
    let slot = &options.slot;
    let plain = slot.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    if !plain || slot.is_empty() || slot.len() > LONGEST_SLOT {
        let rule = format!("a slot's name has 1 to {LONGEST_SLOT} of a-z, 0-9 and _");
        return Err(Error::refused(format!("{slot:?} cannot be a slot: {rule}")));
    }
    if options.publication.is_empty() || options.publication.contains(['"', '\'', ',', '\\']) {
        return Err(Error::refused(format!("{:?} cannot be a publication", options.publication)));
    }
    Ok(())
}
