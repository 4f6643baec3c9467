//! A seeded shop that writes to the database: visits, purchases that lower the stock, new users and products,
//! prices, names and addresses that change, categories that move, rows that go, and keys that come back.
//!
//! The same seed on an empty database gives the same statements; only the times are the server's. On a database
//! with rows it goes on after the greatest ids. It expects to be the only writer.

mod log;
mod names;
mod plan;
mod schema;
mod shop;
mod tables;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use serde::Serialize;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Statement, Transaction};

use crate::{Error, Result, Server};
use log::{Done, Log};
use shop::Shop;
use tables::{Change, Op};

/// Share of the transactions that are given up at their end.
const ROLLED_BACK: f64 = 0.03;

/// What to write.
#[derive(Debug, Clone)]
pub struct Options {
    /// The database. Without the tables, they are created.
    pub server: Server,
    /// Row changes to commit.
    pub changes: u64,
    /// Seed of everything but the times.
    pub seed: u64,
    /// Pause after each transaction.
    pub pause: Duration,
    /// Where to write a line of JSON for each committed row change, in the order of the commits.
    pub log: Option<PathBuf>,
}

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Row changes that were committed: the sum of the next three.
    pub changes: u64,
    /// Rows that were added.
    pub inserts: u64,
    /// Rows that were changed.
    pub updates: u64,
    /// Rows that were removed.
    pub deletes: u64,
    /// Transactions that were committed.
    pub transactions: u64,
    /// Transactions that were rolled back; their changes do not count.
    pub rolled_back: u64,
}

/// Writes until `changes` are committed or `stop` is set, which is looked at between transactions.
///
/// # Errors
/// When the database has only some of the tables, when somebody else changes the shop's rows meanwhile, or when the
/// connection or the log fails. What was committed stays.
pub async fn simulate(options: &Options, stop: &AtomicBool) -> Result<Report> {
    let client = options.server.connect().await?;
    schema::ensure(&client).await?;
    let shop = Shop::read(&client).await?;
    let rng = SmallRng::seed_from_u64(options.seed ^ position(&client, &shop).await?);
    let log = options.log.as_deref().map(Log::create).transpose()?;
    let mut simulator =
        Simulator { client, statements: HashMap::new(), shop, rng, log, report: Report::default() };
    while simulator.report.changes < options.changes && !stop.load(Ordering::Relaxed) {
        simulator.step(options.changes - simulator.report.changes).await?;
        if !options.pause.is_zero() {
            tokio::time::sleep(options.pause).await;
        }
    }
    schema::advance_sequences(&simulator.client).await?;
    Ok(simulator.report)
}

/// A number that differs from run to run, or else a second run with the same seed would give out the UUIDs of the
/// first; but 0 on an empty database.
async fn position(client: &Client, shop: &Shop) -> Result<u64> {
    if shop.is_empty() {
        return Ok(0);
    }
    let sql = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint";
    let row =
        client.query_one(sql, &[]).await.map_err(Error::database("cannot ask for the log's position"))?;
    Ok(row.get::<_, i64>(0).unsigned_abs())
}

struct Simulator {
    client: Client,
    statements: HashMap<String, Statement>,
    shop: Shop,
    rng: SmallRng,
    log: Option<Log>,
    report: Report,
}

impl Simulator {
    /// One transaction, of at most `room` changes.
    async fn step(&mut self, room: u64) -> Result<()> {
        let give_up = self.rng.random_bool(ROLLED_BACK);
        let before = give_up.then(|| self.shop.clone());
        let mut changes = plan::transaction(&mut self.shop, &mut self.rng);
        changes.truncate(usize::try_from(room).unwrap_or(usize::MAX));

        let begun = self.client.transaction().await;
        let transaction = begun.map_err(Error::database("cannot begin a transaction"))?;
        let mut done = Vec::with_capacity(changes.len());
        for change in changes {
            done.push(carry_out(&transaction, &mut self.statements, change).await?);
        }
        if let Some(before) = before {
            transaction.rollback().await.map_err(Error::database("cannot roll back"))?;
            self.shop = before;
            self.report.rolled_back += 1;
            return Ok(());
        }
        transaction.commit().await.map_err(Error::database("cannot commit"))?;
        self.count(&done);
        self.log.as_mut().map_or(Ok(()), |log| log.write(&done))
    }

    fn count(&mut self, done: &[Done]) {
        let of = |op| done.iter().filter(|done| done.change.op == op).count() as u64;
        self.report.changes += done.len() as u64;
        self.report.inserts += of(Op::Insert);
        self.report.updates += of(Op::Update);
        self.report.deletes += of(Op::Delete);
        self.report.transactions += 1;
    }
}

async fn carry_out(
    transaction: &Transaction<'_>,
    statements: &mut HashMap<String, Statement>,
    change: Change,
) -> Result<Done> {
    let what = || format!("cannot change {} {}", change.table.name, change.key);
    let sql = change.sql();
    let statement = match statements.get(&sql) {
        Some(statement) => statement.clone(),
        None => {
            let prepared = transaction.prepare(&sql).await.map_err(Error::database(what()))?;
            statements.insert(sql, prepared.clone());
            prepared
        }
    };
    let texts = change.parameters();
    let parameters: Vec<&(dyn ToSql + Sync)> = texts.iter().map(|text| text as &(dyn ToSql + Sync)).collect();
    let rows = transaction.query(&statement, &parameters).await.map_err(Error::database(what()))?;
    let [row] = rows.as_slice() else {
        return Err(Error::refused(format!("{}: the row is gone; somebody else writes to the shop", what())));
    };
    let row = (0..row.len()).map(|column| row.get(column)).collect();
    Ok(Done { change, row })
}
