//! A lake in which a story happens, and what must hold of it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use estrella_contracts::ObjectRef;
use estrella_core::schema::{
    ALL_TABLES, CLEAN_EVENTS, DIM_SESSIONS, DIM_USERS, FACT_USER_EVENTS, TableSchema,
};
use estrella_lake::fakes::{Faults, FaultyCatalog, FaultyStore, ManualClock, MemoryCatalog};
use estrella_lake::{Catalog, Compaction, Error, ErrorKind, Head, Lake, ObjectStore, Result, Swap, TableId};
use estrella_runtime::Deps;

use super::story::{Mishap, Process, Step, Story, Task};
use super::turns::{InTurns, Turns};
use crate::chain::{assert_same, load};
use crate::rows::reasons;
use crate::shop::Shop;

const MS_PER_MINUTE: i64 = 60_000;
/// How often a stage is called again when a call of it failed, as the state machines do.
const ATTEMPTS: u32 = 4;
/// Tables that a human takes back. What is taken back of `clean.events` stays away, so it has no place here.
const ROLLED_BACK: [&TableSchema; 3] = [&FACT_USER_EVENTS, &DIM_USERS, &DIM_SESSIONS];

/// Two files of such a shop are put together, three are too large.
const COMPACTION: Compaction =
    Compaction { target_bytes: 20 << 10, min_files: 2, max_bytes: 1 << 20, group_rows: 16 };
const MS_PER_DAY: i64 = 24 * 60 * MS_PER_MINUTE;

/// Remembers every state of every table that a reader could have seen.
#[derive(Debug)]
struct Watched {
    inner: Arc<MemoryCatalog>,
    seen: Mutex<Vec<(TableId, String)>>,
}

pub(crate) struct World {
    shop: Shop,
    watched: Arc<Watched>,
    /// Objects that were delivered, by their number in the story.
    delivered: BTreeMap<usize, ObjectRef>,
}

impl World {
    pub(crate) fn new() -> Self {
        let mut shop = Shop::new();
        shop.fakes.config.compaction = COMPACTION;
        shop.fakes.config.keep_snapshots = 2;
        let watched = Watched { inner: shop.fakes.catalog.clone(), seen: Mutex::default() };
        Self { shop, watched: Arc::new(watched), delivered: BTreeMap::new() }
    }

    /// Lets a story happen, then everything that was left be done, and looks at what came of it.
    pub(crate) async fn tell(mut self, story: &Story) {
        for step in &story.steps {
            self.step(step, story).await;
            self.assert_what_was_seen().await;
            self.shop.fakes.clock.advance_ms(step.minutes_after * MS_PER_MINUTE);
        }
        self.finish().await;
        self.assert_what_was_seen().await;
        self.assert_nothing_is_left_behind().await;
        if self.delivered.is_empty() {
            return;
        }
        self.shop.assert_as_delivered("at the end").await;
        let mut plain = Shop::new();
        for object in self.delivered.keys() {
            plain.put(&key(*object), &story.objects[*object].rows()).await;
        }
        plain.run().await;
        assert_same(&self.shop.star().await, &plain.star().await, "beside a lake without mishaps");
        self.assert_no_scratch_is_left();
    }

    /// Once everybody has done his work and some days have gone by, the tables name all files that there are, and these
    /// are what the tables say.
    async fn assert_nothing_is_left_behind(&self) {
        self.shop.fakes.clock.advance_ms(4 * MS_PER_DAY);
        let deps = self.deps(&Faults::script([]), 0, Arc::new(Turns::new(1, 0)));
        while_time_goes_by(self.carry_out(Task::Maintain, &deps)).await.unwrap();
        for schema in ALL_TABLES {
            if let Some(verified) = self.shop.deps().lake.verify(schema).await.unwrap() {
                assert!(verified.findings.is_empty(), "{:?}", verified.findings);
                assert_eq!(verified.orphans.files, 0, "{} has files that nobody names", schema.full_name());
            }
        }
    }

    /// A thread of a process that died may be at its last file still.
    fn assert_no_scratch_is_left(&self) {
        let is_left = || self.shop.fakes.scratch_files().unwrap() > 0;
        let patience =
            (0..200).take_while(|_| is_left()).map(|_| std::thread::sleep(Duration::from_millis(10)));
        patience.for_each(drop);
        assert!(!is_left(), "scratch files are left");
    }

    async fn step(&mut self, step: &Step, story: &Story) {
        for process in &step.at_once {
            if let Task::Extract(object) = process.task
                && !self.delivered.contains_key(&object)
            {
                let delivered = self.shop.put(&key(object), &story.objects[object].rows()).await;
                self.delivered.insert(object, delivered);
            }
        }
        let turns = Arc::new(Turns::new(step.at_once.len(), step.turns));
        let work = step.at_once.iter().enumerate().map(|(number, process)| {
            let work = self.process(process, number, turns.clone());
            let turns = turns.clone();
            async move {
                turns.wait(number).await;
                work.await;
                turns.end(number);
            }
        });
        while_time_goes_by(futures::future::join_all(work)).await;
    }

    /// A process from its start to its end or its death.
    async fn process(&self, process: &Process, number: usize, turns: Arc<Turns>) {
        let (faults, attempts) = match process.mishap {
            Mishap::None => (Faults::script([]), ATTEMPTS),
            Mishap::Crash(calls) => (Faults::crash_after(calls), 1),
            Mishap::CrashAfterEffect(calls) => (Faults::crash_in(calls), 1),
            Mishap::Faults { per_mille, seed } => (Faults::seeded(seed, per_mille), ATTEMPTS),
        };
        let deps = self.deps(&faults, number, turns);
        for _ in 0..attempts {
            match self.carry_out(process.task, &deps).await {
                Ok(()) => return,
                Err(error) => assert!(
                    error.is_retryable() || error.kind() == ErrorKind::Conflict,
                    "{:?} says {error:?}",
                    process.task
                ),
            }
        }
    }

    async fn carry_out(&self, task: Task, deps: &Deps) -> Result<()> {
        match task {
            Task::Extract(object) => estrella_extract::handle(&self.delivered[&object], deps).await.map(drop),
            Task::Facts => {
                load(deps).await?;
                estrella_detect_drift::handle(deps).await.map(drop)
            }
            Task::Dims => estrella_load_dims::handle(deps).await.map(drop),
            Task::Maintain => estrella_maintain::handle(deps).await.map(drop),
            Task::Rollback { table, back } => {
                let schema = ROLLED_BACK[table % ROLLED_BACK.len()];
                let Some(table) = deps.lake.table_if_exists(schema).await? else { return Ok(()) };
                match table.history().get(back) {
                    Some(snapshot) => deps.lake.rollback(schema, snapshot.snapshot_id).await,
                    None => Ok(()),
                }
            }
        }
    }

    /// Every event is told again, and the schedules go on until nothing is left to do.
    async fn finish(&self) {
        let turns = Arc::new(Turns::new(1, 0));
        let deps = self.deps(&Faults::script([]), 0, turns);
        let work = async {
            for object in self.delivered.keys() {
                self.carry_out(Task::Extract(*object), &deps).await?;
            }
            while !load(&deps).await?.is_empty() {}
            estrella_load_facts::sync(&deps).await?;
            for task in [Task::Facts, Task::Dims, Task::Maintain] {
                self.carry_out(task, &deps).await?;
            }
            Ok::<(), Error>(())
        };
        while_time_goes_by(work).await.unwrap();
    }

    fn deps(&self, faults: &Faults, process: usize, turns: Arc<Turns>) -> Deps {
        let fakes = &self.shop.fakes;
        let store = |inner: Arc<dyn ObjectStore>| -> Arc<dyn ObjectStore> {
            let in_turns = Arc::new(InTurns { inner, turns: turns.clone(), process });
            Arc::new(FaultyStore::new(in_turns, faults.clone()))
        };
        let inner: Arc<dyn Catalog> = self.watched.clone();
        let catalog = Arc::new(InTurns { inner, turns: turns.clone(), process });
        let catalog = Arc::new(FaultyCatalog::new(catalog, faults.clone()));
        let lake = Lake::new(store(fakes.store.clone()), catalog, fakes.clock.clone());
        Deps { lake, raw: store(fakes.raw.clone()), ..fakes.deps() }
    }

    /// Asserts that what readers could have seen since the last look was whole: no key twice, as many rows as the table
    /// says, and of an object all events or none.
    async fn assert_what_was_seen(&self) {
        let seen = std::mem::take(&mut *self.watched.seen.lock().unwrap_or_else(PoisonError::into_inner));
        for (id, location) in seen {
            let Some(schema) = ALL_TABLES.into_iter().find(|schema| TableId::from(*schema) == id) else {
                continue;
            };
            let catalog = MemoryCatalog::default();
            catalog.create(&id, &location).await.unwrap();
            let clock = Arc::new(ManualClock::default());
            let lake = Lake::new(self.shop.fakes.store.clone(), Arc::new(catalog), clock);
            let table = lake.table(schema).await.unwrap();
            let files = table.plan(None).await.unwrap();
            let keys = self.shop.read(schema, &files, |column| schema.key.contains(&column)).await;
            let distinct: HashSet<&String> = keys.iter().collect();
            assert_eq!(distinct.len(), keys.len(), "{id} at {location} has a key twice");
            if let Some(current) = table.history().first() {
                assert_eq!(current.summary["total-records"], keys.len().to_string(), "{id} at {location}");
            }
            if [CLEAN_EVENTS.name, FACT_USER_EVENTS.name].contains(&schema.name) {
                let events = self.shop.read(schema, &files, is_of_event).await;
                self.assert_objects_are_whole(&id, &events.into_iter().collect());
            }
        }
    }

    fn assert_objects_are_whole(&self, id: &TableId, visible: &BTreeSet<String>) {
        let of_objects = self.delivered.values().map(|object| {
            let good = |(key, _, row): &&(String, u64, String)| *key == object.key && reasons(row).is_empty();
            self.shop.rows.iter().filter(good).map(|(_, _, row)| event_of(row)).collect::<BTreeSet<_>>()
        });
        let whole: BTreeSet<String> = of_objects.filter(|rows| rows.is_subset(visible)).flatten().collect();
        assert_eq!(*visible, whole, "{id} holds parts of objects");
    }
}

/// Moves tokio's clock. By itself it stands while a thread is at work, and one may wait for its turn as long as another
/// process waits to try again.
async fn while_time_goes_by<T>(work: impl Future<Output = T>) -> T {
    let time = async {
        loop {
            tokio::time::advance(Duration::from_millis(100)).await;
            std::thread::sleep(Duration::from_micros(20));
        }
    };
    match futures::future::select(pin!(work), pin!(time)).await {
        futures::future::Either::Left((done, _)) => done,
        futures::future::Either::Right((never, _)) => never,
    }
}

fn key(object: usize) -> String {
    format!("object-{object}.csv")
}

/// Columns that tell the events of [`crate::rows`] apart.
const TELLING: [&str; 5] = ["event_time", "event_type", "user_id", "product_id", "price"];

fn is_of_event(column: &str) -> bool {
    TELLING.contains(&column)
}

/// The cells of these columns, in the order of both tables.
fn event_of(row: &str) -> String {
    let fields: Vec<&str> = row.split(',').collect();
    [fields[0], fields[1], fields[7], fields[2], fields[6]].join("|")
}

#[async_trait::async_trait]
impl Catalog for Watched {
    async fn head(&self, table: &TableId) -> Result<Option<Head>> {
        self.inner.head(table).await
    }

    async fn create(&self, table: &TableId, metadata_location: &str) -> Result<Swap> {
        let swap = self.inner.create(table, metadata_location).await?;
        self.note(table, metadata_location, swap);
        Ok(swap)
    }

    async fn swap(&self, table: &TableId, old: &Head, metadata_location: &str) -> Result<Swap> {
        let swap = self.inner.swap(table, old, metadata_location).await?;
        self.note(table, metadata_location, swap);
        Ok(swap)
    }

    async fn tables(&self) -> Result<Vec<TableId>> {
        self.inner.tables().await
    }
}

impl Watched {
    fn note(&self, table: &TableId, metadata_location: &str, swap: Swap) {
        if swap == Swap::Done {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.push((table.clone(), metadata_location.to_owned()));
        }
    }
}
