//! A shop with some events, and its lake in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use estrella_core::event::{EventType, MICROS_PER_DAY, MICROS_PER_HOUR, date_of};
use estrella_core::schema::{FACT_USER_EVENTS, TableSchema, arrow_schema};
use estrella_core::star::RowBuilder;
use estrella_lake::data::{DataFileWriter, ParquetFile};
use estrella_lake::fakes::{Faults, FaultyCatalog, FaultyStore, ManualClock, MemoryCatalog, MemoryStore};
use estrella_lake::{Commit, Lake, NewFile, Operation, Outcome};
use estrella_runtime::{Config, Deps, NoAlerts, NoProgress};
use tempfile::TempDir;

use crate::Sizes;
use crate::heads::Heads;

/// Sizes at which a few events spill, and fill several row groups and files.
pub(super) const SMALL: Sizes =
    Sizes { listings: 7, visits: 7, rows: 7, changes: 7, runs: 20, group_rows: 48, file_rows: 96 };

#[derive(Debug, Clone, Copy)]
pub(super) struct Fact {
    pub(super) hour: i64,
    pub(super) event_type: EventType,
    pub(super) user_id: i64,
    pub(super) session: u64,
    pub(super) product_id: i64,
}

pub(super) struct Shop {
    pub(super) deps: Deps,
    store: Arc<MemoryStore>,
    catalog: Arc<MemoryCatalog>,
    commits: u64,
    scratch: TempDir,
}

impl Shop {
    pub(super) fn new() -> Self {
        let (store, catalog) = (Arc::new(MemoryStore::default()), Arc::new(MemoryCatalog::default()));
        let lake = Lake::new(store.clone(), catalog.clone(), Arc::new(ManualClock::default()));
        let scratch = tempfile::tempdir().unwrap();
        let deps = deps(lake, &scratch);
        Self { deps, store, catalog, commits: 0, scratch }
    }

    /// A shop whose facts were loaded in parts.
    pub(super) async fn with(parts: &[&[Fact]]) -> Self {
        let mut shop = Self::new();
        for part in parts {
            shop.append(part).await;
        }
        shop
    }

    /// The same lake behind faults.
    pub(super) fn faulty(&self, faults: Faults) -> Deps {
        let store = Arc::new(FaultyStore::new(self.store.clone(), faults.clone()));
        let catalog = Arc::new(FaultyCatalog::new(self.catalog.clone(), faults));
        deps(Lake::new(store, catalog, Arc::new(ManualClock::default())), &self.scratch)
    }

    pub(super) async fn append(&mut self, facts: &[Fact]) -> i64 {
        let files = self.files(facts).await;
        self.commit(&FACT_USER_EVENTS, Operation::Append(files)).await
    }

    pub(super) async fn commit(&mut self, table: &'static TableSchema, operation: Operation) -> i64 {
        self.commits += 1;
        let key = format!("test-{}", self.commits);
        let commit = Commit { key, operation, base: None, properties: BTreeMap::new() };
        let outcome = self.deps.lake.commit(table, commit).await.unwrap();
        assert!(matches!(outcome, Outcome::Committed { .. }));
        outcome.snapshot_id()
    }

    /// One file per day.
    pub(super) async fn files(&mut self, facts: &[Fact]) -> Vec<NewFile> {
        let mut days: BTreeMap<i32, Vec<Fact>> = BTreeMap::new();
        for fact in facts {
            days.entry(date_of(fact.hour * MICROS_PER_HOUR)).or_default().push(*fact);
        }
        let mut files = Vec::new();
        for (date, facts) in days {
            files.push(self.file(&FACT_USER_EVENTS, Some(date), facts.chunks(50).map(batch)).await);
        }
        files
    }

    pub(super) async fn file(
        &mut self,
        table: &'static TableSchema,
        date: Option<i32>,
        groups: impl Iterator<Item = RecordBatch>,
    ) -> NewFile {
        let mut writer = DataFileWriter::create(table, self.scratch.path()).unwrap();
        groups.for_each(|group| writer.write(&group).unwrap());
        self.commits += 1;
        let key = format!("{}/{}/data/{:04}.parquet", table.namespace, table.name, self.commits);
        writer.finish().unwrap().install(self.deps.lake.store(), &key, date).await.unwrap()
    }

    /// Rows of all dimensions, in the order they lie in.
    pub(super) async fn dims(&self) -> BTreeMap<String, RecordBatch> {
        let mut dims = BTreeMap::new();
        for dim in Heads::load(&self.deps.lake).await.unwrap().dims() {
            dims.insert(dim.schema().full_name(), self.rows(dim.schema()).await);
        }
        dims
    }

    pub(super) async fn rows(&self, schema: &'static TableSchema) -> RecordBatch {
        let mut batches = Vec::new();
        for planned in self.deps.lake.table(schema).await.unwrap().plan(None).await.unwrap() {
            let file = ParquetFile::open(self.deps.lake.store(), &planned.key).await.unwrap();
            for group in 0..file.groups() {
                batches.push(file.read_all(schema, group).await.unwrap());
            }
        }
        concat_batches(&arrow_schema(schema), &batches).unwrap()
    }

    /// Heads of all dimensions.
    pub(super) async fn snapshots(&self) -> Vec<Option<i64>> {
        Heads::load(&self.deps.lake).await.unwrap().dims().map(|dim| dim.snapshot_id()).to_vec()
    }

    /// Files left in the scratch folder.
    pub(super) fn scratch_files(&self) -> usize {
        std::fs::read_dir(self.scratch.path()).unwrap().count()
    }
}

fn deps(lake: Lake, scratch: &TempDir) -> Deps {
    let raw = Arc::new(MemoryStore::default());
    let scratch = scratch.path().to_owned();
    Deps {
        lake,
        raw,
        scratch,
        config: Config::default(),
        progress: Arc::new(NoProgress),
        alerts: Arc::new(NoAlerts),
    }
}

fn batch(facts: &[Fact]) -> RecordBatch {
    let mut rows = RowBuilder::new(&FACT_USER_EVENTS);
    for fact in facts {
        let time = fact.hour * MICROS_PER_HOUR;
        // Some sessions are UUIDs, some products change their category and brand, some events have none.
        let session = match fact.session % 2 {
            0 => format!("{:08x}-0000-4000-8000-000000000000", fact.session),
            _ => format!("session {}", fact.session),
        };
        let category = (fact.product_id % 5 != 0).then_some(fact.product_id % 7 + fact.hour % 2);
        rows.text("0123456789abcdef0123456789abcdef");
        rows.time(time);
        rows.text(fact.event_type.as_str());
        rows.long(fact.user_id);
        rows.long(fact.product_id);
        rows.decimal(100 * fact.product_id + fact.hour % 3);
        rows.text(&session);
        rows.optional_long(category);
        rows.text(if fact.product_id % 3 == 0 { "unknown" } else { "house.lamps" });
        rows.text(&format!("brand {}", (fact.product_id + fact.hour) % 40));
        rows.text("unknown");
        rows.text("unknown");
        rows.int(0);
        rows.int(1);
        rows.date(date_of(time));
    }
    let batch = rows.finish().unwrap();
    assert_eq!(batch.num_rows(), facts.len());
    batch
}

/// Equal seeds, equal facts; some days of 2019, in no order.
pub(super) fn facts(seed: u64, count: usize) -> Vec<Fact> {
    let mut state = seed;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let first_hour = 18_200 * MICROS_PER_DAY / MICROS_PER_HOUR;
    let fact = |_| Fact {
        hour: first_hour + (seed % 8) as i64 * 30 + next(72) as i64,
        event_type: EventType::ALL[next(4) as usize],
        user_id: next(90) as i64 - 10,
        session: next(150),
        product_id: next(120) as i64 + 1,
    };
    (0..count).map(fact).collect()
}
