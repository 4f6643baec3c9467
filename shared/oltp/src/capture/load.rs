//! The full load: every row as it was at one place in the server's log, and a slot that goes on from there.
//!
//! 1. A temporary slot is made. Its snapshot shows what was committed before its place in the log, and nothing
//!    else; as long as the connection lives, it keeps the log from there on.
//! 2. The rows are written to files that wait under another name.
//! 3. The temporary slot is copied to the lasting one. From here on the load is complete.
//! 4. The files get their names.
//!
//! Killed before 3, the temporary slot goes with the connection and the next run begins anew. Killed after it, the
//! next run does 4. So no row of a load that was given up is ever seen, which matters because the next one could
//! not say which of them have been deleted since.

use std::sync::Arc;

use pgwire_replication::Lsn;

use super::buffers::Part;
use super::catalog::{PublishedTable, published};
use super::files::Files;
use super::layout::{Op, Place};
use super::session::{Session, field, identifier, literal, utf8};
use super::{Bounds, Options, Progress};
use crate::{Error, Result};

/// Rows that are asked for at once.
const FETCH_ROWS: u32 = 2_000;

/// Loads all published tables and leaves the slot.
pub(super) async fn load(
    session: &mut Session,
    options: &Options,
    files: &mut Files,
    progress: &mut Progress<'_>,
) -> Result<()> {
    let (slot, temporary) = (&options.slot, format!("{}_load", options.slot));
    let place = begin(session, &temporary).await?;
    // The temporary slot's name is taken: nobody else is loading, so whatever waits there has been given up.
    files.discard_staged().await?;
    for table in published(session, &options.publication).await? {
        progress(format!("loading {}", table.layout.name()));
        copy(session, &table, &place, &options.bounds, files).await?;
    }
    session.query("cannot end the load", "COMMIT").await?;

    let what = format!("cannot create the slot {slot}");
    let (from, to) = (literal(&temporary), literal(slot));
    session.query(&what, &format!("SELECT pg_copy_logical_replication_slot({from}, {to}, false)")).await?;
    session.query(&what, &format!("DROP_REPLICATION_SLOT {temporary}")).await?;
    files.report.last_lsn = Some(place.commit.to_string());
    Ok(())
}

/// Opens the transaction that sees the snapshot. Waits for the transactions that are under way to end.
async fn begin(session: &mut Session, temporary: &str) -> Result<Place> {
    let what = format!("cannot create the temporary slot {temporary}");
    session.query(&what, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
    let create = format!("CREATE_REPLICATION_SLOT {temporary} TEMPORARY LOGICAL pgoutput (SNAPSHOT 'use')");
    let rows = session.query(&what, &create).await?;
    let row = rows.first().ok_or_else(|| Error::protocol(&what, "the server did not answer"))?;
    let point = Lsn::parse(field(row, 1, &what)?).map_err(|error| Error::protocol(&what, error.0))?;

    let what = "cannot ask the server for the time";
    let sql = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::int8";
    let rows = session.query(what, sql).await?;
    let row = rows.first().ok_or_else(|| Error::protocol(what, "the server did not answer"))?;
    let now = field(row, 0, what)?.parse().map_err(|_| Error::protocol(what, "it is not a number"))?;
    Place::new(point, now)
}

async fn copy(
    session: &mut Session,
    table: &PublishedTable,
    place: &Place,
    bounds: &Bounds,
    files: &mut Files,
) -> Result<()> {
    let what = format!("cannot load {}", table.layout.name());
    session.query(&what, &format!("DECLARE load NO SCROLL CURSOR FOR {}", select(table))).await?;
    let mut number = files.next_load(&table.layout).await?;
    let mut part = Part::new(Arc::clone(&table.layout), place.commit_us);
    loop {
        let rows = session.query(&what, &format!("FETCH {FETCH_ROWS} FROM load")).await?;
        for row in &rows {
            let values: Vec<_> = row
                .iter()
                .map(|value| value.as_ref().map(|value| utf8(value, &what)).transpose())
                .collect::<Result<_>>()?;
            part.push(Op::Insert, values.into_iter(), place)?;
        }
        if part.rows.total() > 0 && (rows.is_empty() || bounds.reached(part.rows.total(), part.csv.len())) {
            let next = Part::new(Arc::clone(&table.layout), place.commit_us);
            files.stage_load(std::mem::replace(&mut part, next), number).await?;
            number += 1;
        }
        if rows.is_empty() {
            break;
        }
    }
    session.query(&what, "CLOSE load").await?;
    Ok(())
}

fn select(table: &PublishedTable) -> String {
    let columns: Vec<_> = table.layout.columns().iter().map(|column| identifier(&column.name)).collect();
    // Tables that inherit are published by themselves; the rows of a partitioned table are all in its partitions.
    let only = if table.partitioned { "" } else { "ONLY " };
    let (schema, name) = (identifier(&table.schema), identifier(&table.table));
    format!("SELECT {} FROM {only}{schema}.{name}", columns.join(", "))
}
