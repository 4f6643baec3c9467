//! The stages in the order of the command line, over a lake in memory: whatever stops them and however often they
//! are called, the tables hold what the rows of the objects say, once.

#[path = "stages/clean.rs"]
mod clean;
#[path = "stages/extract.rs"]
mod extract;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, TimestampMicrosecondType};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use estrella_contracts::{JudgedRun, Loaded, ObjectRef, Plan, SCHEMA_VERSION, keys};
use estrella_core::event::{date_of, format_date};
use estrella_core::schema::{
    ALL_TABLES, CLEAN_EVENTS, DIM_USERS, FACT_USER_EVENTS, REJECTED_EVENTS, RUNS, TableSchema,
};
use estrella_lake::data::ParquetFile;
use estrella_lake::fakes::Faults;
use estrella_lake::{Commit, ErrorKind, NewFile, ObjectStore, Operation, PlannedFile, Result, Table};
use estrella_runtime::Deps;
use estrella_runtime::fakes::Fakes;

const HEADER: &str =
    "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session";

/// Good rows by number: equal numbers, equal rows. Day 1 or 2 of October by turns.
fn events(numbers: impl IntoIterator<Item = u32>) -> Vec<String> {
    numbers.into_iter().map(|n| event(1 + n % 2, n)).collect()
}

fn event(day: u32, n: u32) -> String {
    let (hour, minute, second) = (n / 3 % 24, n / 5 % 60, n / 7 % 60);
    let kind = ["view", "cart", "purchase", "view", "remove_from_cart"][n as usize % 5];
    let product = 1 + n % 7;
    let category = if product.is_multiple_of(3) { String::new() } else { (100 + product).to_string() };
    let code = if product.is_multiple_of(2) { "" } else { "house.lamps" };
    let brand = if product.is_multiple_of(4) { "" } else { "acme" };
    let (user, session) = (1 + n % 5, n % 9);
    format!(
        "2019-10-{day:02} {hour:02}:{minute:02}:{second:02} UTC,{kind},{product},{category},{code},{brand},{product}.{:02},{user},s{session}",
        n % 100
    )
}

/// Rows to refuse, for one of two reasons.
fn bad(numbers: impl IntoIterator<Item = u32>) -> Vec<String> {
    let spoil = |n: u32| match n % 2 {
        0 => event(1, n).replace(",acme,", ",acme,-"),
        _ => event(2, n).replace("view", "click").replace("cart", "click").replace("purchase", "click"),
    };
    numbers.into_iter().map(|n| n * 7).map(spoil).collect()
}

/// Reasons against a row; only those that [`bad`] gives.
fn reasons(row: &str) -> String {
    let fields: Vec<&str> = row.split(',').collect();
    let negative = fields[6].starts_with('-').then_some("price_not_positive");
    let unknown = fields[1].contains("click").then_some("unknown_event_type");
    negative.into_iter().chain(unknown).collect::<Vec<_>>().join(",")
}

/// Rows of each table, sorted, as text; without run ids, which hold the ids of snapshots.
type Tables = BTreeMap<String, Vec<String>>;

struct Shop {
    fakes: Fakes,
    objects: Vec<ObjectRef>,
    /// All rows of the objects, in the order of delivery.
    rows: Vec<(String, u64, String)>,
}

impl Shop {
    fn new() -> Self {
        Self { fakes: Fakes::new().unwrap(), objects: Vec::new(), rows: Vec::new() }
    }

    async fn copy(&self) -> Self {
        let fakes = self.fakes.copy().await.unwrap();
        Self { fakes, objects: self.objects.clone(), rows: self.rows.clone() }
    }

    fn deps(&self) -> Deps {
        self.fakes.deps()
    }

    /// An object arrives.
    async fn put(&mut self, key: &str, rows: &[String]) -> ObjectRef {
        let body = format!("{HEADER}\n{}\n", rows.join("\n"));
        let size_bytes = body.len() as u64;
        self.fakes.raw.put_if_absent(key, body.into()).await.unwrap();
        let object = ObjectRef { bucket: "shop".into(), key: key.into(), version: "1".into(), size_bytes };
        self.objects.push(object.clone());
        self.rows.extend((2..).zip(rows).map(|(line, row)| (key.to_owned(), line, row.clone())));
        object
    }

    async fn extract(&self) {
        for object in &self.objects {
            estrella_extract::handle(object, &self.deps()).await.unwrap();
        }
    }

    /// All objects from raw to star.
    async fn run(&self) -> Vec<Loaded> {
        chain(&self.objects, &self.deps()).await.unwrap()
    }

    async fn table(&self, schema: &'static TableSchema) -> Table {
        self.deps().lake.table(schema).await.unwrap()
    }

    async fn heads(&self) -> BTreeMap<String, Option<i64>> {
        let mut heads = BTreeMap::new();
        for schema in ALL_TABLES {
            heads.insert(schema.full_name(), self.table(schema).await.snapshot_id());
        }
        heads
    }

    async fn rows_of(&self, schema: &'static TableSchema) -> Vec<String> {
        let files = self.table(schema).await.plan(None).await.unwrap();
        self.read(schema, &files, |column| column != "run_id").await
    }

    async fn read(
        &self,
        schema: &TableSchema,
        files: &[PlannedFile],
        wanted: impl Fn(&str) -> bool,
    ) -> Vec<String> {
        let mut rows = Vec::new();
        for planned in files {
            let store = self.deps().lake.store().clone();
            let file = ParquetFile::open(&store, &planned.key).await.unwrap();
            for group in 0..file.groups() {
                rows.extend(texts(&file.read_all(schema, group).await.unwrap(), &wanted));
            }
        }
        rows.sort_unstable();
        rows
    }

    async fn tables(&self) -> Tables {
        let mut tables = Tables::new();
        for schema in ALL_TABLES {
            tables.insert(schema.full_name(), self.rows_of(schema).await);
        }
        tables
    }

    /// The tables that follow from the events alone.
    async fn star(&self) -> Tables {
        let mut tables = self.tables().await;
        tables.retain(|name, _| !name.starts_with("ops."));
        tables
    }

    /// Asserts that no state of any table that a reader could have loaded has a key twice.
    async fn assert_keys_were_always_unique(&self, what: &str) {
        for schema in ALL_TABLES {
            let table = self.table(schema).await;
            let mut files = Vec::new();
            for snapshot in table.history().into_iter().rev() {
                if !matches!(snapshot.operation.as_str(), "append" | "replace") {
                    files.clear();
                }
                files.extend(table.added_files(snapshot.snapshot_id).await.unwrap());
                let rows = self.read(schema, &files, |column| schema.key.contains(&column)).await;
                let distinct: HashSet<&String> = rows.iter().collect();
                assert_eq!(distinct.len(), rows.len(), "{what}: {} at {snapshot:?}", schema.full_name());
                assert_eq!(snapshot.summary["total-records"], rows.len().to_string(), "{what}: {snapshot:?}");
            }
        }
    }

    /// Asserts that the tables hold what the objects say.
    async fn assert_as_delivered(&self, what: &str) {
        let (good, refused): (Vec<_>, Vec<_>) =
            self.rows.iter().partition(|(_, _, row)| reasons(row).is_empty());
        let events: BTreeSet<&str> = good.iter().map(|(_, _, row)| row.as_str()).collect();

        let mut facts: Vec<String> = events.iter().map(|row| fact(row)).collect();
        facts.sort_unstable();
        let files = self.table(&FACT_USER_EVENTS).await.plan(None).await.unwrap();
        assert_eq!(
            self.read(&FACT_USER_EVENTS, &files, |column| column != "event_id").await,
            facts,
            "{what}"
        );
        let files = self.table(&CLEAN_EVENTS).await.plan(None).await.unwrap();
        assert_eq!(self.read(&CLEAN_EVENTS, &files, |_| true).await.len(), events.len(), "{what}");

        let object = |key: &str| self.deps().raw.location(key);
        let refused =
            refused.iter().map(|(key, line, row)| format!("{}|1|{line}|{}|{row}", object(key), reasons(row)));
        let mut refused: Vec<String> = refused.collect();
        refused.sort_unstable();
        assert_eq!(self.rows_of(&REJECTED_EVENTS).await, refused, "{what}");
        assert_eq!(self.rows_of(&DIM_USERS).await, users(&events), "{what}");

        let runs = self.runs().await;
        let sum = |at: usize| runs.iter().map(|run| run[at]).sum::<usize>();
        let expected = [self.rows.len(), events.len(), good.len() - events.len(), refused.len(), 0];
        assert_eq!([sum(0), sum(1), sum(2), sum(3), sum(4)], expected, "{what}");
    }

    /// rows_in, facts, duplicates, rejected, blocked of each run.
    async fn runs(&self) -> Vec<[usize; 5]> {
        let counts = |row: &String| {
            let mut counts: Vec<usize> = row.rsplit('|').take(5).map(|n| n.parse().unwrap()).collect();
            counts.reverse();
            counts.try_into().unwrap()
        };
        self.rows_of(&RUNS).await.iter().map(counts).collect()
    }
}

/// The row of the facts that an event makes, without its id.
fn fact(row: &str) -> String {
    let [time, kind, product, category, code, brand, price, user, session] =
        row.split(',').collect::<Vec<_>>().try_into().unwrap();
    fn known(text: &str) -> &str {
        if text.is_empty() { "unknown" } else { text }
    }
    let (date, hour) = (&time[..10], time[11..13].parse::<u32>().unwrap());
    // 1 October 2019 was a Tuesday.
    let weekday = (date[8..].parse::<u32>().unwrap() + 1) % 7 + 1;
    let (code, brand) = (known(code), known(brand));
    format!(
        "{time}|{kind}|{user}|{product}|{price}|{session}|{category}|{code}|{brand}|unknown|unknown|{hour}|{weekday}|{date}"
    )
}

/// The rows of `dim_users` that distinct events make.
fn users(events: &BTreeSet<&str>) -> Vec<String> {
    let mut users: BTreeMap<&str, Vec<Vec<&str>>> = BTreeMap::new();
    for row in events {
        let fields: Vec<&str> = row.split(',').collect();
        users.entry(fields[7]).or_default().push(fields);
    }
    let row = |(user, events): (&&str, &Vec<Vec<&str>>)| {
        let times = || events.iter().map(|event| event[0]);
        let count = |kind: &str| events.iter().filter(|event| event[1] == kind).count();
        let sessions: HashSet<&str> = events.iter().map(|event| event[8]).collect();
        let purchases = events.iter().filter(|event| event[1] == "purchase");
        let cents: u64 = purchases.map(|event| event[6].replace('.', "").parse::<u64>().unwrap()).sum();
        format!(
            "{user}|{}|{}|{}|{}|{}|{}|{}|{}.{:02}",
            times().min().unwrap(),
            times().max().unwrap(),
            count("view"),
            count("cart"),
            count("remove_from_cart"),
            count("purchase"),
            sessions.len(),
            cents / 100,
            cents % 100
        )
    };
    users.iter().map(row).collect()
}

fn texts(batch: &RecordBatch, wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let schema = batch.schema();
    let columns = schema.fields().iter().zip(batch.columns()).filter(|(field, _)| wanted(field.name()));
    let columns: Vec<Vec<String>> = columns.map(|(_, column)| cells(column)).collect();
    let row = |at: usize| {
        columns.iter().map(|column: &Vec<String>| column[at].as_str()).collect::<Vec<_>>().join("|")
    };
    (0..batch.num_rows()).map(row).collect()
}

fn cells(column: &dyn Array) -> Vec<String> {
    if let DataType::Timestamp(..) = column.data_type() {
        return column
            .as_primitive::<TimestampMicrosecondType>()
            .values()
            .iter()
            .map(|time| clock(*time))
            .collect();
    }
    let options = FormatOptions::default();
    let format = ArrayFormatter::try_new(column, &options).unwrap();
    (0..column.len()).map(|row| format.value(row).to_string()).collect()
}

fn clock(micros: i64) -> String {
    let second = micros / 1_000_000 % 86_400;
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{} {hour:02}:{minute:02}:{second:02} UTC", format_date(date_of(micros)))
}

/// All stages over objects, in the order of the command line.
async fn chain(objects: &[ObjectRef], deps: &Deps) -> Result<Vec<Loaded>> {
    for object in objects {
        estrella_extract::handle(object, deps).await?;
    }
    let loaded = load(deps).await?;
    estrella_load_dims::handle(deps).await?;
    Ok(loaded)
}

/// From plan to load-facts, planned again after a conflict.
async fn load(deps: &Deps) -> Result<Vec<Loaded>> {
    let mut loaded = Vec::new();
    for _ in 0..10 {
        let plan = estrella_plan::handle(deps).await?;
        for run_id in &plan.unfinished_runs {
            loaded.push(estrella_load_facts::resume(run_id, deps).await?);
        }
        if plan.is_empty() {
            return Ok(loaded);
        }
        let outcome = match judged(plan, deps).await {
            Ok(run) => estrella_load_facts::handle(&run, deps).await,
            Err(error) => Err(error),
        };
        match outcome {
            Err(error) if error.kind() == ErrorKind::Conflict => {}
            outcome => {
                loaded.push(outcome?);
                return Ok(loaded);
            }
        }
    }
    panic!("ten plans in a row met a conflict");
}

async fn judged(plan: Plan, deps: &Deps) -> Result<JudgedRun> {
    let mut batches = Vec::new();
    for batch in &plan.batches {
        let cleaned = estrella_clean::handle(batch, plan.base_snapshot_id, deps).await?;
        batches.push(estrella_check_quality::handle(cleaned, deps).await?);
    }
    Ok(JudgedRun { schema_version: SCHEMA_VERSION, plan, batches })
}

/// A plan of all that is pending, up to its verdicts.
async fn judged_now(deps: &Deps) -> JudgedRun {
    judged(estrella_plan::handle(deps).await.unwrap(), deps).await.unwrap()
}

fn assert_same(tables: &Tables, expected: &Tables, what: &str) {
    for (name, rows) in expected {
        assert_eq!(&tables[name], rows, "{what}: {name}");
    }
}

/// One object is loaded; two wait that share rows with it and with each other, and hold rows to refuse.
async fn shop_with_two_waiting() -> Shop {
    let mut shop = Shop::new();
    shop.put("a.csv", &events(0..40)).await;
    shop.run().await;
    shop.put("b.csv", &[events(20..70), bad(0..3)].concat()).await;
    shop.put("c.csv", &[bad(2..5), events(50..90), events(50..55)].concat()).await;
    shop
}

/// Crashes at every so many calls, and runs again each time. Returns the number of calls of a whole run.
async fn crash_everywhere(before: &Shop, first: u64, step: usize) -> u64 {
    let whole = before.copy().await;
    whole.run().await;
    let expected = whole.tables().await;
    for calls in (first..).step_by(step) {
        let shop = before.copy().await;
        let what = format!("after {calls} calls");
        let crashed = chain(&shop.objects, &shop.fakes.faulty(&Faults::crash_after(calls))).await.is_err();
        shop.run().await;
        assert_eq!(shop.fakes.scratch_files().unwrap(), 0, "{what}");
        assert_same(&shop.tables().await, &expected, &what);
        shop.assert_keys_were_always_unique(&what).await;
        if !crashed {
            return calls;
        }
    }
    unreachable!("the counting does not end")
}

#[tokio::test(start_paused = true)]
async fn a_crash_at_any_call_is_healed_by_running_again() {
    let shop = shop_with_two_waiting().await;
    let whole = shop.copy().await;
    whole.run().await;
    whole.assert_as_delivered("uninterrupted").await;
    assert!(crash_everywhere(&shop, 0, 3).await > 100, "a run makes more calls than that");
}

#[tokio::test(start_paused = true)]
async fn any_schedule_of_faults_leads_to_the_same_tables() {
    let before = shop_with_two_waiting().await;
    for seed in 0..12 {
        let shop = before.copy().await;
        let deps = shop.fakes.faulty(&Faults::seeded(seed, 15));
        let mut runs = 0;
        while let Err(error) = chain(&shop.objects, &deps).await {
            assert!(error.is_retryable(), "seed {seed}: {error}");
            runs += 1;
            assert!(runs < 500, "seed {seed}: {error}");
        }
        shop.assert_as_delivered(&format!("seed {seed}")).await;
        shop.assert_keys_were_always_unique(&format!("seed {seed}")).await;
    }
}

#[tokio::test]
async fn delivered_again_in_any_order_objects_change_no_table() {
    let mut shop = shop_with_two_waiting().await;
    shop.run().await;
    let heads = shop.heads().await;
    for _ in 0..3 {
        shop.objects.rotate_left(1);
        assert!(shop.run().await.is_empty());
        assert_eq!(shop.heads().await, heads);
    }
    shop.assert_as_delivered("delivered again").await;
}

#[tokio::test]
async fn one_run_or_several_in_any_order_make_the_same_tables() {
    let objects = [
        ("a.csv", events(0..40)),
        ("b.csv", [events(20..70), bad(0..3)].concat()),
        ("c.csv", [bad(2..5), events(50..90), events(50..55)].concat()),
    ];
    let mut together = Shop::new();
    for (key, rows) in &objects {
        together.put(key, rows).await;
    }
    together.run().await;
    together.assert_as_delivered("together").await;
    let expected = together.star().await;
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut shop = Shop::new();
        for at in order {
            let (key, rows) = &objects[at];
            shop.put(key, rows).await;
            shop.run().await;
        }
        let what = format!("{order:?}");
        assert_same(&shop.star().await, &expected, &what);
        shop.assert_as_delivered(&what).await;
    }
}

#[tokio::test]
async fn of_two_runs_planned_on_one_base_the_second_is_planned_again() {
    let mut shop = shop_with_two_waiting().await;
    let late = shop.objects.pop().unwrap();
    shop.extract().await;
    let first = judged_now(&shop.deps()).await;
    shop.objects.push(late);
    shop.extract().await;
    let second = judged_now(&shop.deps()).await;
    assert_eq!(first.plan.base_snapshot_id, second.plan.base_snapshot_id);

    estrella_load_facts::handle(&first, &shop.deps()).await.unwrap();
    let heads = shop.heads().await;
    let refused = estrella_load_facts::handle(&second, &shop.deps()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Conflict, "{refused}");
    assert_eq!(shop.heads().await, heads);

    shop.run().await;
    shop.assert_as_delivered("planned again").await;
    shop.assert_keys_were_always_unique("planned again").await;
}

/// A run without a new row moves the table too: its receipts are applied, and another run may hold them as well.
#[tokio::test]
async fn a_run_that_adds_no_row_is_in_the_way_as_well() {
    let mut shop = Shop::new();
    shop.put("good.csv", &events(0..20)).await;
    shop.run().await;
    for (key, rows) in [("refused.csv", bad(0..4)), ("known.csv", events(5..10))] {
        shop.put(key, &rows).await;
        shop.extract().await;
        let first = judged_now(&shop.deps()).await;
        shop.put(&format!("after {key}"), &events(30..35)).await;
        shop.extract().await;
        let second = judged_now(&shop.deps()).await;
        assert_eq!(first.plan.base_snapshot_id, second.plan.base_snapshot_id);
        estrella_load_facts::handle(&first, &shop.deps()).await.unwrap();
        let refused = estrella_load_facts::handle(&second, &shop.deps()).await.map_err(|error| error.kind());
        assert_eq!(refused.unwrap_err(), ErrorKind::Conflict, "{key}");
        shop.run().await;
        shop.assert_as_delivered(key).await;
    }
}

/// The counts of a run that was refused once must not come back when the second attempt is cut short.
#[tokio::test(start_paused = true)]
async fn a_run_planned_again_and_cut_short_counts_what_was_committed() {
    let mut shop = Shop::new();
    shop.put("a.csv", &events(0..40)).await;
    shop.extract().await;
    let early = judged_now(&shop.deps()).await;
    // Others load rows that the run holds as well.
    let object = shop.put("b.csv", &events(20..60)).await;
    let receipt = estrella_extract::handle(&object, &shop.deps()).await.unwrap();
    let plan = estrella_plan::handle(&shop.deps()).await.unwrap();
    let other = judged(only(plan, &receipt.receipt_id), &shop.deps()).await.unwrap();
    estrella_load_facts::handle(&other, &shop.deps()).await.unwrap();
    let refused = estrella_load_facts::handle(&early, &shop.deps()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Conflict);

    crash_everywhere(&shop, 0, 5).await;
    shop.run().await;
    shop.assert_as_delivered("planned again").await;
}

/// A plan as if only one receipt were pending.
fn only(mut plan: Plan, receipt_id: &str) -> Plan {
    plan.receipt_ids.retain(|id| id == receipt_id);
    for batch in &mut plan.batches {
        batch.parts.retain(|part| part.receipt_id == receipt_id);
        batch.batch_id = format!("{}-{receipt_id}", batch.event_date);
    }
    plan.batches.retain(|batch| !batch.parts.is_empty());
    plan.rejected.retain(|rejected| rejected.receipt_id == receipt_id);
    plan.rows_in = plan.batches.iter().map(estrella_contracts::Batch::rows_in).sum::<u64>()
        + plan.rejected.iter().map(|rejected| rejected.part.rows).sum::<u64>();
    plan.run_id = format!("only-{receipt_id}");
    plan
}

async fn ids(shop: &Shop, schema: &'static TableSchema) -> Vec<String> {
    let files = shop.table(schema).await.plan(None).await.unwrap();
    shop.read(schema, &files, |column| column == "event_id").await
}

#[tokio::test]
async fn facts_rolled_back_alone_are_healed_by_the_next_load() {
    let mut shop = Shop::new();
    shop.put("a.csv", &events(0..40)).await;
    shop.run().await;
    let first = shop.table(&FACT_USER_EVENTS).await.snapshot_id().unwrap();
    shop.put("b.csv", &events(20..70)).await;
    shop.run().await;
    shop.deps().lake.rollback(&FACT_USER_EVENTS, first).await.unwrap();
    estrella_load_facts::sync(&shop.deps()).await.unwrap();
    assert_eq!(ids(&shop, &FACT_USER_EVENTS).await, ids(&shop, &CLEAN_EVENTS).await);
    shop.deps().lake.rollback(&FACT_USER_EVENTS, first).await.unwrap();
    shop.put("c.csv", &events(60..90)).await;
    shop.run().await;
    shop.assert_as_delivered("facts rolled back").await;
}

/// Others may put the facts into other files, and do not say then what these reflect.
#[tokio::test]
async fn facts_that_others_compacted_are_not_appended_again() {
    let mut shop = Shop::new();
    shop.put("a.csv", &events((0..40).map(|n| 2 * n))).await;
    shop.run().await;
    let (deps, store) = (shop.deps(), shop.deps().lake.store().clone());
    let [planned] = shop.table(&FACT_USER_EVENTS).await.plan(None).await.unwrap().try_into().unwrap();
    let body = store.get(&planned.key).await.unwrap();
    let copy = "model/fact_user_events/data/compacted.parquet";
    store.put_if_absent(copy, body).await.unwrap();
    let file = ParquetFile::open(&store, copy).await.unwrap();
    let added = NewFile {
        key: copy.to_owned(),
        partition_date: planned.partition_date,
        size_bytes: file.size_bytes(),
        metadata: file.metadata().clone(),
    };
    let operation = Operation::RewriteFiles { removed: vec![planned.key], added: vec![added] };
    let commit = Commit { key: "theirs".into(), operation, base: None, properties: BTreeMap::new() };
    deps.lake.commit(&FACT_USER_EVENTS, commit).await.unwrap();
    estrella_load_facts::sync(&deps).await.unwrap();
    assert_eq!(ids(&shop, &FACT_USER_EVENTS).await, ids(&shop, &CLEAN_EVENTS).await);
    shop.put("b.csv", &events(20..70)).await;
    shop.run().await;
    shop.assert_as_delivered("compacted by others").await;
}

/// There and back, and there again: the facts always follow.
#[tokio::test]
async fn facts_follow_clean_events_through_any_rollback() {
    let mut shop = Shop::new();
    let mut heads = Vec::new();
    for (key, rows) in [("a.csv", events(0..40)), ("b.csv", events(20..70)), ("c.csv", events(60..90))] {
        shop.put(key, &rows).await;
        shop.run().await;
        heads.push(shop.table(&CLEAN_EVENTS).await.snapshot_id().unwrap());
    }
    for to in [1, 2, 0, 2, 1, 0, 1, 2] {
        shop.deps().lake.rollback(&CLEAN_EVENTS, heads[to]).await.unwrap();
        estrella_load_facts::sync(&shop.deps()).await.unwrap();
        assert_eq!(ids(&shop, &FACT_USER_EVENTS).await, ids(&shop, &CLEAN_EVENTS).await, "back to {to}");
    }
    estrella_load_dims::handle(&shop.deps()).await.unwrap();
    shop.assert_as_delivered("rolled back and forth").await;
    shop.deps().lake.rollback(&CLEAN_EVENTS, heads[0]).await.unwrap();
    shop.put("d.csv", &events(80..95)).await;
    shop.run().await;
    assert_eq!(
        ids(&shop, &FACT_USER_EVENTS).await,
        ids(&shop, &CLEAN_EVENTS).await,
        "loaded after a rollback"
    );
}

#[tokio::test(start_paused = true)]
async fn a_batch_held_back_is_nowhere_but_aside() {
    let mut shop = Shop::new();
    shop.put("good.csv", &events(0..40)).await;
    let rows: Vec<String> = (0..10).map(|n| event(3, n)).chain(bad(0..10)).collect();
    let broken = shop.put("broken.csv", &rows).await;
    let before = shop.copy().await;
    let loaded = shop.run().await;
    assert!(loaded[0].is_conserved());
    assert_eq!((loaded[0].blocked, &loaded[0].blocked_dates[..]), (10, &["2019-10-03".to_owned()][..]));
    assert_eq!(shop.runs().await, [[60, 40, 0, 10, 10]]);
    let files = shop.table(&RUNS).await.plan(None).await.unwrap();
    assert_eq!(shop.read(&RUNS, &files, |column| column == "status").await, ["blocked"]);
    assert_eq!(ids(&shop, &CLEAN_EVENTS).await.len(), 40);
    assert_eq!(ids(&shop, &FACT_USER_EVENTS).await.len(), 40);

    let store = shop.deps().lake.store().clone();
    assert_eq!(store.list("landed/blocked/").await.unwrap().len(), 1);
    let kept = store.list("landed/parts/").await.unwrap();
    let part = keys::part(&estrella_extract::receipt_id(&broken), "2019-10-03", 0);
    assert_eq!(kept.iter().map(|object| object.key.as_str()).collect::<Vec<_>>(), [part]);
    let heads = shop.heads().await;
    assert!(shop.run().await.is_empty());
    assert_eq!(shop.heads().await, heads);
    crash_everywhere(&before, 3, 11).await;
}
