//! What must hold of the lake of a story, on the way and in the end.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use estrella_contracts::{JudgedBatch, Source, keys};
use estrella_core::schema::{CLEAN_EVENTS, FACT_USER_EVENTS, REJECTED_EVENTS, RUNS, all_tables};
use estrella_lake::fakes::{Faults, ManualClock, MemoryCatalog};
use estrella_lake::{Catalog, Lake, ObjectStore, TableId};

use super::story::{Object, RULES, Story, Task};
use super::turns::Turns;
use super::world::{World, key, while_time_goes_by};
use crate::chain::assert_same;
use crate::changes;
use crate::rows::reasons;

const MS_PER_DAY: i64 = 86_400_000;

impl World {
    /// The tables are those of a lake without mishaps, to which comes all but what was thrown away.
    pub(super) async fn assert_as_told(&self, story: &Story) {
        let discarded = self.discarded().await;
        let is_kept = |object: &str, date: &str| !discarded.contains(&(object.to_owned(), date.to_owned()));
        let mut plain = changes::shop();
        let lenient = RULES[1].unwrap();
        plain.fakes.store.put_if_absent(&keys::rules("raw"), lenient.into()).await.unwrap();
        for object in self.delivered.keys() {
            let told = &story.objects[*object];
            if let Some((name, rows)) = told.changes() {
                let object = name.rsplit('/').next().unwrap();
                let is_kept =
                    |row: &&str| changed_event(name, row).is_none_or(|event| is_kept(object, &event[..10]));
                let rows: String = rows.split_inclusive('\n').filter(is_kept).collect();
                plain.put_changes(name, &rows).await;
            } else {
                let object = key(*object);
                let mut rows = told.rows();
                rows.retain(|row| !reasons(row).is_empty() || is_kept(&object, &row[..10]));
                plain.put(&object, &rows).await;
            }
        }
        plain.run().await;
        if !story.objects.iter().any(Object::is_of_changes) {
            plain.assert_as_delivered("without mishaps").await;
        }
        let mut tables = [plain.star().await, self.shop.star().await];
        if !discarded.is_empty() {
            // Lines are others.
            tables.iter_mut().for_each(|tables| drop(tables.remove(&REJECTED_EVENTS.full_name())));
        }
        assert_same(&tables[1], &tables[0], "beside a lake without mishaps");
        let (expected, found) = (plain.dimensions().await, self.shop.dimensions().await);
        assert_same(&found, &expected, "beside a lake without mishaps");
        assert_eq!(
            self.facts_of_runs().await,
            found[&FACT_USER_EVENTS.full_name()].len(),
            "facts by ops.runs"
        );
    }

    /// All batches that were ever held back.
    async fn held(&self) -> Vec<JudgedBatch> {
        let store = &self.shop.fakes.store;
        let mut held = Vec::new();
        for object in store.list(keys::BLOCKED).await.unwrap() {
            held.push(serde_json::from_slice(&store.get(&object.key).await.unwrap()).unwrap());
        }
        held
    }

    /// Objects and dates of which the rows were thrown away.
    async fn discarded(&self) -> HashSet<(String, String)> {
        let mut found = HashSet::new();
        for batch in self.held().await.into_iter().map(|held| held.cleaned.batch) {
            let mark = keys::applied(&keys::decision(&batch.batch_id, true));
            if self.shop.fakes.store.size_bytes(&mark).await.is_ok() {
                let object = |source: &Source| source.object.rsplit('/').next().unwrap().to_owned();
                found.extend(batch.sources.iter().map(|source| (object(source), batch.event_date.clone())));
            }
        }
        found
    }

    /// Facts that the rows of the runs tell of, each of which adds up.
    async fn facts_of_runs(&self) -> usize {
        let mut facts = 0;
        for row in self.shop.rows_of(&RUNS).await {
            let cells: Vec<&str> = row.split('|').collect();
            // The rows lack the run's id, which is the first column.
            let cell = |name| cells[RUNS.position(name).unwrap() - 1].parse::<usize>().unwrap();
            let parts = ["facts", "duplicates", "rejected", "quarantined", "blocked", "discarded"].map(cell);
            assert_eq!(cell("rows_in"), parts.iter().sum::<usize>(), "{row}");
            facts += parts[0];
        }
        facts
    }

    /// Once everybody has done his work and some days have gone by, the tables name all files that there are, and these
    /// are what the tables say.
    pub(super) async fn assert_nothing_is_left_behind(&self) {
        self.shop.fakes.clock.advance_ms(4 * MS_PER_DAY);
        let deps = self.deps(&Faults::script([]), 0, Arc::new(Turns::new(1, 0)));
        while_time_goes_by(self.carry_out(Task::Maintain, &deps)).await.unwrap();
        for schema in all_tables() {
            if let Some(verified) = self.shop.deps().lake.verify(schema).await.unwrap() {
                assert!(verified.findings.is_empty(), "{:?}", verified.findings);
                assert_eq!(verified.orphans.files, 0, "{} has files that nobody names", schema.full_name());
            }
        }
    }

    /// A thread of a process that died may be at its last file still.
    pub(super) fn assert_no_scratch_is_left(&self) {
        let scratch = self.shop.deps().scratch;
        let left =
            || std::fs::read_dir(&scratch).unwrap().map(|file| file.unwrap().file_name()).collect::<Vec<_>>();
        let patience = (0..200)
            .take_while(|_| !left().is_empty())
            .map(|_| std::thread::sleep(Duration::from_millis(10)));
        patience.for_each(drop);
        assert!(left().is_empty(), "scratch files are left: {:?}", left());
    }

    /// Asserts that what readers could have seen since the last look was whole: no key twice, as many rows as the table
    /// says, and of an object all events or none.
    pub(super) async fn assert_what_was_seen(&self, story: &Story) {
        for (id, location) in self.watched.take() {
            let Some(schema) = all_tables().into_iter().find(|schema| TableId::from(*schema) == id) else {
                continue;
            };
            let catalog = MemoryCatalog::default();
            catalog.create(&id, &location).await.unwrap();
            let clock = Arc::new(ManualClock::default());
            let lake = Lake::new(self.shop.fakes.store.clone(), Arc::new(catalog), clock);
            let table = lake.table(schema).await.unwrap();
            let files = table.plan(None).await.unwrap();
            // Of a table without a key no row stands twice.
            let is_key = |column: &str| schema.key.is_empty() || schema.key.contains(&column);
            let keys = self.shop.read(schema, &files, is_key).await;
            let distinct: HashSet<&String> = keys.iter().collect();
            assert_eq!(distinct.len(), keys.len(), "{id} at {location} has a key twice");
            if let Some(current) = table.history().first() {
                assert_eq!(current.summary["total-records"], keys.len().to_string(), "{id} at {location}");
            }
            if [CLEAN_EVENTS.name, FACT_USER_EVENTS.name].contains(&schema.name) {
                let events = self.shop.read(schema, &files, is_of_event).await;
                self.assert_objects_are_whole(&id, &events.into_iter().collect(), story).await;
            }
        }
    }

    /// Of what comes in one object, all events are there or none; of one day of it, where some days may be held back.
    async fn assert_objects_are_whole(&self, id: &TableId, visible: &BTreeSet<String>, story: &Story) {
        let by_day = !self.held().await.is_empty();
        let mut wholes: BTreeMap<(usize, String), BTreeSet<String>> = BTreeMap::new();
        for object in self.delivered.keys() {
            let told = &story.objects[*object];
            let mut events: Vec<String> =
                told.rows().iter().filter(|row| reasons(row).is_empty()).map(|row| event_of(row)).collect();
            if let Some((name, rows)) = told.changes() {
                events.extend(rows.lines().filter_map(|row| changed_event(name, row)));
            }
            for event in events {
                let date = if by_day { event[..10].to_owned() } else { String::new() };
                wholes.entry((*object, date)).or_default().insert(event);
            }
        }
        let whole: BTreeSet<String> =
            wholes.into_values().filter(|rows| rows.is_subset(visible)).flatten().collect();
        assert_eq!(*visible, whole, "{id} holds parts of objects");
    }
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

/// As [`event_of`], of a row of a change file, if it brings an event.
fn changed_event(name: &str, row: &str) -> Option<String> {
    let fields: Vec<&str> = row.trim_end().split(',').collect();
    let time = || format!("{} UTC", &fields[6][..19]);
    name.starts_with("events/").then(|| [&time(), fields[5], fields[3], fields[4], fields[7]].join("|"))
}
