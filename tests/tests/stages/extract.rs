//! Extract: an object lands whole, or nothing of it does.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use estrella_contracts::Receipt;
use estrella_core::schema::REJECTED_EVENTS;
use flate2::Compression;
use flate2::write::GzEncoder;
use parquet::arrow::ArrowWriter;

use super::*;

/// Puts an object as it is.
async fn put(shop: &Shop, key: &str, body: Vec<u8>) -> ObjectRef {
    let size_bytes = body.len() as u64;
    shop.fakes.raw.put_if_absent(key, body.into()).await.unwrap();
    ObjectRef { bucket: "shop".into(), key: key.into(), version: "1".into(), size_bytes }
}

/// The rows as a Parquet file of texts; empty fields are null.
fn as_parquet(rows: &[String]) -> Vec<u8> {
    let column = |at: usize| -> ArrayRef {
        let value =
            |row: &'_ String| row.split(',').nth(at).filter(|text| !text.is_empty()).map(str::to_owned);
        Arc::new(rows.iter().map(value).collect::<StringArray>())
    };
    let columns = HEADER.split(',').enumerate().map(|(at, name)| (name, column(at), true));
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

async fn keys_of(shop: &Shop) -> Vec<String> {
    shop.fakes.store.list("").await.unwrap().into_iter().map(|object| object.key).collect()
}

/// Rows of the landed parts, in the order of the receipt.
async fn landed(shop: &Shop, receipt: &Receipt) -> Vec<String> {
    let mut rows = Vec::new();
    for part in &receipt.parts {
        let file = ParquetFile::open(shop.deps().lake.store(), &part.key).await.unwrap();
        for group in 0..file.groups() {
            rows.extend(texts(&file.read_all(&CLEAN_EVENTS, group).await.unwrap()));
        }
    }
    rows
}

#[tokio::test]
async fn parquet_lands_as_the_same_rows_in_csv_do() {
    let rows = [events(0..300), bad(0..8), events(0..20)].concat();
    let mut shop = Shop::new();
    let text = shop.put("rows.csv", &rows).await;
    let columnar = put(&shop, "rows.parquet", as_parquet(&rows)).await;
    let text = estrella_extract::handle(&text, &shop.deps()).await.unwrap();
    let columnar = estrella_extract::handle(&columnar, &shop.deps()).await.unwrap();
    assert_eq!((text.format.as_str(), columnar.format.as_str()), ("csv", "parquet"));
    assert_eq!((columnar.rows_in, columnar.rows_rejected()), (328, 8));
    assert_eq!(text.rejected_by_reason, columnar.rejected_by_reason);
    let expected = landed(&shop, &text).await;
    assert_eq!(expected.len(), 300);
    assert_eq!(landed(&shop, &columnar).await, expected);
}

#[tokio::test]
async fn of_a_refused_object_nothing_lands() {
    let text =
        format!("{HEADER}\n{}\n", (0..30_000).map(|n| event(1 + n % 9, n)).collect::<Vec<_>>().join("\n"));
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    let mut cut = gzip.finish().unwrap();
    cut.truncate(cut.len() - 100);
    let mut columnar = as_parquet(&events(0..300));
    columnar.truncate(columnar.len() - 5);
    let objects: [(&str, Vec<u8>); 4] = [
        ("cut.csv.gz", cut),
        ("cut.parquet", columnar),
        ("columns.csv", text.replacen("user_id", "customer", 1).into()),
        ("empty.csv", Vec::new()),
    ];
    let shop = Shop::new();
    for (key, body) in objects {
        let object = put(&shop, key, body).await;
        let refused = estrella_extract::handle(&object, &shop.deps()).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidInput, "{key}: {refused}");
        assert!(refused.to_string().contains(key), "{refused}");
        assert_eq!(keys_of(&shop).await, [""; 0], "{key}");
        assert_eq!(shop.fakes.scratch_files().unwrap(), 0, "{key}");
    }
}

#[tokio::test]
async fn extracting_again_gives_the_same_receipt_and_writes_nothing() {
    let mut shop = Shop::new();
    let object = shop.put("a.csv", &[events(0..50), bad(0..3), events(0..10)].concat()).await;
    let first = estrella_extract::handle(&object, &shop.deps()).await.unwrap();
    let keys = keys_of(&shop).await;
    assert_eq!(estrella_extract::handle(&object, &shop.deps()).await.unwrap(), first);
    assert_eq!(keys_of(&shop).await, keys);
    // Without the receipt it is as if the first call had died at its last step.
    shop.fakes.store.delete(&keys::receipt(&first.receipt_id)).await.unwrap();
    assert_eq!(estrella_extract::handle(&object, &shop.deps()).await.unwrap(), first);
    assert_eq!(keys_of(&shop).await, keys);
    assert!(first.is_conserved());
}

#[tokio::test]
async fn an_object_of_refused_rows_only_is_accounted_for() {
    let mut shop = Shop::new();
    let object = shop.put("bad.csv", &bad(0..9)).await;
    let receipt = estrella_extract::handle(&object, &shop.deps()).await.unwrap();
    assert_eq!((receipt.parts.len(), receipt.rows_rejected(), receipt.rows_in), (0, 9, 9));
    let loaded = shop.run().await;
    assert_eq!((loaded[0].rejected, loaded[0].facts), (9, 0));
    shop.assert_as_delivered("only refused rows").await;
    assert!(shop.run().await.is_empty());
}

/// The settings are others by the time at which an extract that was cut short is called again.
#[tokio::test(start_paused = true)]
async fn what_a_call_has_left_is_not_taken_for_what_the_next_accepts() {
    let mut before = Shop::new();
    before.put("a.csv", &[events(0..60), bad(0..3)].concat()).await;
    for calls in 0.. {
        let mut shop = before.copy().await;
        let deps = shop.fakes.faulty(&Faults::crash_after(calls));
        let died = estrella_extract::handle(&shop.objects[0], &deps).await.is_err();
        // Three o'clock of the first day, before which are five of its events.
        shop.fakes.config.rules.event_time_window.start = (18_170 * 24 + 3) * 3_600_000_000;
        let [loaded] = shop.run().await.try_into().unwrap();
        if !died {
            assert_eq!((loaded.facts, loaded.rejected), (60, 3), "not cut short");
            break;
        }
        assert_eq!((loaded.facts, loaded.rejected, loaded.duplicates), (55, 8, 0), "after {calls} calls");
        assert_eq!(shop.rows_of(&REJECTED_EVENTS).await.len(), 8, "after {calls} calls");
    }
}
