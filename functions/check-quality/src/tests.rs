//! Rules that refer to tables of a mapping which nobody has read, as in a Lambda: no other stage runs in its process.

use std::collections::BTreeMap;

use estrella_contracts::{Batch, CleanedBatch, Decision, Outcome, Part, SCHEMA_VERSION, Source, keys};
use estrella_core::changes::CONFIG_KEY;
use estrella_core::event::{EventColumns, EventType, MICROS_PER_DAY};
use estrella_core::landing::RowGroup;
use estrella_core::schema::{CLEAN_EVENTS, Column, ColumnType, TableSchema, find_table};
use estrella_core::star::RowBuilder;
use estrella_lake::data::DataFileWriter;
use estrella_lake::{Commit, ErrorKind, ObjectStore, Operation};
use estrella_runtime::fakes::Fakes;

use crate::handle;

/// 2019-10-01.
const DATE: i32 = 18_170;

const MAPPING: &str = r#"{"tables": [{"source": "erp.depots", "name": "depots", "key": ["depot_id"],
    "columns": [{"name": "depot_id", "type": "long"}]}]}"#;

/// The dimension that the mapping makes, by whose name nobody finds it before the mapping is read.
static DIM_DEPOTS: TableSchema = TableSchema {
    namespace: "model",
    name: "dim_depots",
    doc: "Depots",
    columns: &[
        column("depots_key", ColumnType::Long),
        column("version", ColumnType::Int),
        column("valid_from", ColumnType::Timestamptz),
        column("valid_to", ColumnType::Timestamptz),
        column("is_current", ColumnType::Boolean),
        column("depot_id", ColumnType::Long),
    ],
    key: &["depots_key"],
    partition: None,
    sort: &[],
};

const fn column(name: &'static str, ty: ColumnType) -> Column {
    Column { name, ty, required: true, doc: "As in the shop's database" }
}

async fn put(fakes: &Fakes, key: &str, text: &'static str) {
    fakes.store.put_if_absent(key, text.into()).await.unwrap();
}

/// Depots 1 and 2, loaded by somebody else.
async fn load_depots(fakes: &Fakes) {
    let deps = fakes.deps();
    let mut rows = RowBuilder::new(&DIM_DEPOTS);
    for depot in [1, 2] {
        rows.long(depot);
        rows.int(1);
        rows.time(0);
        rows.time(1);
        rows.boolean(false);
        rows.long(depot);
    }
    let mut writer = DataFileWriter::create(&DIM_DEPOTS, &deps.scratch).unwrap();
    writer.write(&rows.finish().unwrap()).unwrap();
    let key = "model/dim_depots/data/0.parquet";
    let file = writer.finish().unwrap().install(deps.lake.store(), key, None).await.unwrap();
    let operation = Operation::Append(vec![file]);
    let commit = Commit { key: "depots".to_owned(), operation, base: None, properties: BTreeMap::new() };
    deps.lake.commit(&DIM_DEPOTS, commit).await.unwrap();
}

/// A batch of nine events, three of each of the products 1 to 3.
async fn cleaned(fakes: &Fakes) -> CleanedBatch {
    let deps = fakes.deps();
    let mut rows = EventColumns::default();
    for n in 0..9_i64 {
        rows.event_id.push(n as u128);
        rows.event_time.push(i64::from(DATE) * MICROS_PER_DAY + n);
        rows.event_type.push(EventType::View);
        rows.user_id.push(1);
        rows.product_id.push(1 + n % 3);
        rows.price_cents.push(150);
        rows.session.push(b"s");
        rows.category_id.push(Some(7));
        rows.category_code.push(b"house.lamps");
        rows.brand.push(b"acme");
    }
    let group = RowGroup::build(DATE, rows).unwrap();
    let mut writer = DataFileWriter::create(&CLEAN_EVENTS, &deps.scratch).unwrap();
    writer.write(&group.batch).unwrap();
    let key = "clean/events/data/event_date=2019-10-01/0.parquet";
    writer.finish().unwrap().install(deps.lake.store(), key, Some(DATE)).await.unwrap();
    let profile_key = keys::profile("b", "0");
    let profile = serde_json::to_vec(&group.profile).unwrap();
    fakes.store.put_if_absent(&profile_key, profile.into()).await.unwrap();
    let part = Part { receipt_id: "r".to_owned(), key: "landed/parts/r".to_owned(), rows: 9, duplicates: 0 };
    let source = Source {
        receipt_id: "r".to_owned(),
        object: "shop/a.csv".to_owned(),
        format: "csv".to_owned(),
        size_bytes: 1_000,
        rows_in: 9,
        duplicates: 0,
        rejected: 0,
        unknown_columns: Vec::new(),
    };
    let batch = Batch {
        schema_version: SCHEMA_VERSION,
        batch_id: "b".to_owned(),
        event_date: "2019-10-01".to_owned(),
        parts: vec![part],
        sources: vec![source],
    };
    CleanedBatch {
        batch,
        files: vec![key.to_owned()],
        rows: 9,
        duplicates: 0,
        quarantined: 0,
        quarantine: None,
        profile_key,
    }
}

#[tokio::test]
async fn rules_refer_to_dimensions_of_the_lakes_own_mapping() {
    let fakes = Fakes::new().unwrap();
    let batch = cleaned(&fakes).await;
    load_depots(&fakes).await;
    put(&fakes, CONFIG_KEY, MAPPING).await;
    let rules = r#"Rules = [
        ReferentialIntegrity "product_id" "dim_depots.depot_id" > 0.6,
        SchemaMatch "model.dim_depots" < 0.5
    ]"#;
    put(&fakes, &keys::rules("clean_events"), rules).await;
    assert!(find_table("dim_depots").is_none());
    let judged = handle(batch, &fakes.deps()).await.unwrap();
    let of_events = judged
        .results
        .iter()
        .filter(|result| result.rule_id.as_deref().is_some_and(|id| id.starts_with("clean_events:")));
    let found: Vec<_> = of_events.map(|result| (result.outcome, result.observed)).collect();
    let expected = [(Outcome::Pass, Some(6.0 / 9.0)), (Outcome::Pass, Some(0.0))];
    assert_eq!(found, expected, "{:?}", judged.results);
    assert_ne!(judged.decision, Decision::Block, "{:?}", judged.results);
}

#[tokio::test]
async fn a_mapping_that_cannot_be_read_is_no_fault_of_the_batch() {
    let fakes = Fakes::new().unwrap();
    let batch = cleaned(&fakes).await;
    put(&fakes, CONFIG_KEY, "{").await;
    // Rules that need none do not look.
    let judged = handle(batch.clone(), &fakes.deps()).await.unwrap();
    assert_ne!(judged.decision, Decision::Block, "{:?}", judged.results);
    let rules = r#"Rules = [ ReferentialIntegrity "product_id" "dim_harbours.harbour_id" = 1.0 ]"#;
    put(&fakes, &keys::rules("clean_events"), rules).await;
    let error = handle(batch, &fakes.deps()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Bug, "{error}");
    assert!(error.to_string().contains("the mapping cannot be read"), "{error}");
}
