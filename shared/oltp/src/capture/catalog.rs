//! What the database says about the slot and the publication.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::layout::Layout;
use super::pgoutput::{Column, Relation};
use super::session::{Session, field, literal};
use crate::{Error, Result};

/// A published table.
#[derive(Debug)]
pub(super) struct PublishedTable {
    pub(super) schema: String,
    pub(super) table: String,
    /// Whether its rows are in other tables, its partitions.
    pub(super) partitioned: bool,
    pub(super) layout: Arc<Layout>,
}

/// Whether the slot is there. Refuses one that cannot be read.
pub(super) async fn slot_exists(session: &mut Session, slot: &str) -> Result<bool> {
    let what = format!("cannot look for the slot {slot}");
    let sql = format!(
        "SELECT coalesce(plugin, 'none'), coalesce(database = current_database(), false)::text, \
         coalesce(wal_status, 'unknown') FROM pg_replication_slots WHERE slot_name = {}",
        literal(slot)
    );
    let rows = session.query(&what, &sql).await?;
    let Some(row) = rows.first() else { return Ok(false) };
    let (plugin, own, wal) = (field(row, 0, &what)?, field(row, 1, &what)?, field(row, 2, &what)?);
    let refuse = |why: &str| Err(Error::refused(format!("the slot {slot} cannot be read: {why}")));
    match (plugin, own, wal) {
        (_, _, "lost") => refuse("the server has removed the log it needs; drop it and begin anew"),
        ("pgoutput", "true", _) => Ok(true),
        ("pgoutput", ..) => refuse("it belongs to another database"),
        _ => refuse("it is not a logical slot of pgoutput"),
    }
}

/// The published tables, sorted by name. Refuses a publication from which tables could not be built again.
pub(super) async fn published(session: &mut Session, publication: &str) -> Result<Vec<PublishedTable>> {
    check_publication(session, publication).await?;
    let what = format!("cannot list the tables of the publication {publication}");
    let sql = format!(
        "SELECT t.schemaname, t.tablename, (c.relkind = 'p')::text, (t.rowfilter IS NOT NULL)::text, \
         a.attname, a.atttypid::int8 \
         FROM pg_publication_tables t \
         JOIN pg_namespace n ON n.nspname = t.schemaname \
         JOIN pg_class c ON c.relname = t.tablename AND c.relnamespace = n.oid \
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
         AND a.attgenerated = '' AND a.attname = ANY (t.attnames) \
         WHERE t.pubname = {} ORDER BY 1, 2, a.attnum",
        literal(publication)
    );
    let mut tables: BTreeMap<(String, String), (bool, Vec<Column>)> = BTreeMap::new();
    for row in session.query(&what, &sql).await? {
        let text = |column| field(&row, column, &what);
        let name = (text(0)?.to_owned(), text(1)?.to_owned());
        if text(3)? == "true" {
            let table = format!("{}.{}", name.0, name.1);
            return Err(Error::refused(format!("{publication} publishes only some rows of {table}")));
        }
        let type_oid = text(5)?.parse().map_err(|_| Error::protocol(&what, "a type is not a number"))?;
        let column = Column { name: text(4)?.to_owned(), type_oid, key: false };
        let partitioned = text(2)? == "true";
        tables.entry(name).or_insert_with(|| (partitioned, Vec::new())).1.push(column);
    }
    tables
        .into_iter()
        .map(|((schema, table), (partitioned, columns))| {
            let relation = Relation { id: 0, schema: schema.clone(), table: table.clone(), columns };
            Ok(PublishedTable { schema, table, partitioned, layout: Arc::new(Layout::new(relation)?) })
        })
        .collect()
}

/// What is not published would be missed in silence, truncates too.
async fn check_publication(session: &mut Session, publication: &str) -> Result<()> {
    let what = format!("cannot look for the publication {publication}");
    let sql = format!(
        "SELECT (pubinsert AND pubupdate AND pubdelete AND pubtruncate)::text FROM pg_publication \
         WHERE pubname = {}",
        literal(publication)
    );
    let rows = session.query(&what, &sql).await?;
    match rows.first().map(|row| field(row, 0, &what)).transpose()? {
        Some("true") => Ok(()),
        Some(_) => Err(Error::refused(format!(
            "the publication {publication} leaves out some kind of change; it has to publish insert, update, \
             delete and truncate"
        ))),
        None => Err(Error::refused(format!("the database has no publication {publication}"))),
    }
}
