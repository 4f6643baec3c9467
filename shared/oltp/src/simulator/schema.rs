//! The tables in the database.

use tokio_postgres::Client;

use super::tables::ALL;
use crate::{Error, Result};

const SCHEMA: &str = include_str!("../../../../infra/oltp/schema.sql");

/// Creates the tables if there are none. Refuses a database that has some of them.
pub(super) async fn ensure(client: &Client) -> Result<()> {
    let names: Vec<&str> = ALL.iter().map(|table| table.name).collect();
    let sql = "SELECT name FROM unnest($1::text[]) name WHERE to_regclass(name) IS NULL";
    let rows = client.query(sql, &[&names]).await.map_err(Error::database("cannot look for the tables"))?;
    let missing: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
    match missing.len() {
        0 => Ok(()),
        all if all == names.len() => {
            let applied = client.batch_execute(SCHEMA).await;
            applied.map_err(Error::database("cannot create the tables"))
        }
        _ => Err(Error::refused(format!(
            "the database has some of the shop's tables but not {}; use an empty one",
            missing.join(", ")
        ))),
    }
}

/// Lets the sequences go on after the ids that were given out by the simulator, so that others can add rows.
pub(super) async fn advance_sequences(client: &Client) -> Result<()> {
    for table in ALL.iter().filter(|table| table.columns[0].1 == "bigint") {
        let (name, key) = (table.name, table.columns[0].0);
        let sql = format!(
            "SELECT setval(pg_get_serial_sequence('{name}', '{key}'), (SELECT max({key}) FROM {name}))"
        );
        let done = client.execute(&sql, &[]).await;
        done.map_err(Error::database(format!("cannot advance the sequence of {name}")))?;
    }
    Ok(())
}
