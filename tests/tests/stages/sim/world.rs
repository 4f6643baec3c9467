//! A lake in which a story happens.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use estrella_contracts::{Decided, ObjectRef, keys};
use estrella_core::schema::{DIM_SESSIONS, DIM_USERS, FACT_USER_EVENTS, TableSchema};
use estrella_lake::fakes::{Faults, FaultyCatalog, FaultyStore, ManualClock, MemoryCatalog};
use estrella_lake::{
    Catalog, Clock, Compaction, Error, ErrorKind, Head, Lake, ObjectStore, Result, Swap, TableId,
};
use estrella_release::{blocked, decide};
use estrella_runtime::Deps;

use super::story::{Mishap, Process, RULES, Step, Story, Task};
use super::turns::{InTurns, Turns};
use crate::chain::load;
use crate::changes;
use crate::shop::Shop;

const MS_PER_MINUTE: i64 = 60_000;
const MS_PER_HOUR: i64 = 60 * MS_PER_MINUTE;
/// How often a stage is called again when a call of it failed, as the state machines do.
const ATTEMPTS: u32 = 4;
/// Tables that a human takes back. What is taken back of `clean.events` stays away, so it has no place here.
const ROLLED_BACK: [&TableSchema; 3] = [&FACT_USER_EVENTS, &DIM_USERS, &DIM_SESSIONS];

/// Two files of such a shop are put together, three are too large.
const COMPACTION: Compaction =
    Compaction { target_bytes: 20 << 10, min_files: 2, max_bytes: 1 << 20, group_rows: 16 };

/// Remembers every state of every table that a reader could have seen.
#[derive(Debug)]
pub(super) struct Watched {
    inner: Arc<MemoryCatalog>,
    seen: Mutex<Vec<(TableId, String)>>,
}

pub(crate) struct World {
    pub(super) shop: Shop,
    pub(super) watched: Arc<Watched>,
    /// Objects that were delivered, by their number in the story.
    pub(super) delivered: BTreeMap<usize, ObjectRef>,
}

impl World {
    pub(crate) fn new() -> Self {
        let mut shop = changes::shop();
        shop.fakes.config.compaction = COMPACTION;
        shop.fakes.config.keep_snapshots = 2;
        let watched = Watched { inner: shop.fakes.catalog.clone(), seen: Mutex::default() };
        Self { shop, watched: Arc::new(watched), delivered: BTreeMap::new() }
    }

    /// Lets a story happen, then everything that was left be done, and looks at what came of it.
    pub(crate) async fn tell(mut self, story: &Story) {
        for step in &story.steps {
            self.step(step, story).await;
            self.assert_what_was_seen(story).await;
            self.shop.fakes.clock.advance_ms(step.minutes_after * MS_PER_MINUTE);
        }
        self.finish().await;
        self.assert_what_was_seen(story).await;
        self.assert_nothing_is_left_behind().await;
        if !self.delivered.is_empty() {
            self.assert_as_told(story).await;
        }
        self.assert_no_scratch_is_left();
    }

    async fn step(&mut self, step: &Step, story: &Story) {
        for process in &step.at_once {
            if let Task::Extract(object) = process.task
                && !self.delivered.contains_key(&object)
            {
                let told = &story.objects[object];
                let delivered = match told.changes() {
                    Some((name, rows)) => self.shop.put_changes(name, rows).await,
                    None => self.shop.put(&key(object), &told.rows()).await,
                };
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
        let mut deps = self.deps(&faults, number, turns.clone());
        if process.hours_ahead > 0 {
            let now_ms = self.shop.fakes.clock.now_ms() + process.hours_ahead * MS_PER_HOUR;
            deps.lake = self.lake(&faults, number, turns, Arc::new(ManualClock::new(now_ms)));
        }
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

    pub(super) async fn carry_out(&self, task: Task, deps: &Deps) -> Result<()> {
        match task {
            Task::Extract(object) => estrella_extract::handle(&self.delivered[&object], deps).await.map(drop),
            Task::Facts => {
                load(deps).await?;
                estrella_detect_drift::handle(deps).await.map(drop)
            }
            Task::Dims => estrella_load_dims::handle(deps).await.map(drop),
            Task::Maintain => estrella_maintain::handle(deps).await.map(drop),
            Task::Decide { batch, discard } => {
                let held = blocked(deps).await?;
                let Some(held) = held.get(batch % held.len().max(1)) else { return Ok(()) };
                decide(&held.cleaned.batch.batch_id, &decided(discard), deps).await.map(drop)
            }
            Task::Rollback { table, back } => {
                let schema = ROLLED_BACK[table % ROLLED_BACK.len()];
                let Some(table) = deps.lake.table_if_exists(schema).await? else { return Ok(()) };
                match table.history().get(back) {
                    Some(snapshot) => deps.lake.rollback(schema, snapshot.snapshot_id).await,
                    None => Ok(()),
                }
            }
            Task::Rules(rules) => {
                let (store, key) = (deps.lake.store(), keys::rules("raw"));
                store.delete(&key).await?;
                match RULES[rules] {
                    Some(rules) => store.put_if_absent(&key, rules.into()).await.map(drop),
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
            for held in blocked(&deps).await? {
                decide(&held.cleaned.batch.batch_id, &decided(false), &deps).await?;
            }
            estrella_load_facts::sync(&deps).await?;
            self.carry_out(Task::Facts, &deps).await?;
            let dims = estrella_load_dims::handle(&deps).await?;
            assert!(dims.held_back.is_empty(), "{:?}", dims.held_back);
            self.carry_out(Task::Maintain, &deps).await?;
            Ok::<(), Error>(())
        };
        while_time_goes_by(work).await.unwrap();
    }

    pub(super) fn deps(&self, faults: &Faults, process: usize, turns: Arc<Turns>) -> Deps {
        let fakes = &self.shop.fakes;
        let raw = store(fakes.raw.clone(), faults, process, &turns);
        let lake = self.lake(faults, process, turns, fakes.clock.clone());
        Deps { lake, raw, ..fakes.deps() }
    }

    /// The lake as a process sees it.
    fn lake(&self, faults: &Faults, process: usize, turns: Arc<Turns>, clock: Arc<dyn Clock>) -> Lake {
        let store = store(self.shop.fakes.store.clone(), faults, process, &turns);
        let inner: Arc<dyn Catalog> = self.watched.clone();
        let catalog = Arc::new(InTurns { inner, turns, process });
        Lake::new(store, Arc::new(FaultyCatalog::new(catalog, faults.clone())), clock)
    }
}

/// Moves tokio's clock. By itself it stands while a thread is at work, and one may wait for its turn as long as another
/// process waits to try again.
pub(super) async fn while_time_goes_by<T>(work: impl Future<Output = T>) -> T {
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

fn store(
    inner: Arc<dyn ObjectStore>,
    faults: &Faults,
    process: usize,
    turns: &Arc<Turns>,
) -> Arc<dyn ObjectStore> {
    let in_turns = Arc::new(InTurns { inner, turns: turns.clone(), process });
    Arc::new(FaultyStore::new(in_turns, faults.clone()))
}

fn decided(discard: bool) -> Decided {
    Decided { discard, by: "a story".into(), note: None }
}

pub(super) fn key(object: usize) -> String {
    format!("object-{object}.csv")
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
    /// The states since the last look.
    pub(super) fn take(&self) -> Vec<(TableId, String)> {
        std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, table: &TableId, metadata_location: &str, swap: Swap) {
        if swap == Swap::Done {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.push((table.clone(), metadata_location.to_owned()));
        }
    }
}
