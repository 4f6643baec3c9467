//! Receipts and the other messages between stages.

use std::fmt::Debug;

use estrella_contracts::{
    BatchDocument, CleanedDocument, JudgedDocument, JudgedRun, LoadedDocument, Plan, Planned, Pointer,
    Receipt, Refusal, keys,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Any bytes are a message, which says the same when it is written and read again, or an error with a place in the text.
/// Sums of its figures do not overflow, and what becomes of a receipt stays below `landed/`.
pub fn messages(bytes: &[u8]) {
    if let Some(receipt) = read::<Receipt>(bytes) {
        let _ = (receipt.is_conserved(), receipt.rows_rejected());
    }
    if let Some(document) = read::<BatchDocument>(bytes) {
        let batch = document.batch;
        let _ = (batch.rows_in(), batch.source_rows(), batch.source_rejected());
    }
    if let Some(run) = read::<JudgedRun>(bytes) {
        let _ = (run.totals().is_conserved(), run.plan.is_empty());
    }
    read::<Plan>(bytes);
    read::<Planned>(bytes);
    read::<Pointer>(bytes);
    read::<Refusal>(bytes);
    read::<CleanedDocument>(bytes);
    read::<JudgedDocument>(bytes);
    read::<LoadedDocument>(bytes);
    match Receipt::read(bytes) {
        Ok(receipt) => believed(&receipt),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn read<T: DeserializeOwned + Serialize + PartialEq + Debug>(bytes: &[u8]) -> Option<T> {
    let message = match serde_json::from_slice::<T>(bytes) {
        Ok(message) => message,
        Err(error) => {
            let lines = bytes.split(|byte| *byte == b'\n').count();
            assert!(error.line() <= lines, "{error}, of {lines} lines");
            return None;
        }
    };
    let written = serde_json::to_vec(&message).unwrap_or_default();
    let again = serde_json::from_slice::<T>(&written).ok();
    assert_eq!(again.as_ref(), Some(&message), "written and read again");
    Some(message)
}

fn believed(receipt: &Receipt) {
    assert!(receipt.is_conserved());
    let dates = receipt.parts.iter().map(|part| keys::part(&receipt.receipt_id, &part.event_date, 0, "0"));
    let named = receipt.parts.iter().map(|part| part.key.clone());
    let others = receipt.changes.iter().map(|part| part.key.clone());
    let refused = receipt.rejected.iter().map(|part| part.key.clone());
    let own = [keys::receipt, keys::applied, keys::refused];
    let own = own.map(|key| key(&receipt.receipt_id));
    let files = [keys::changes, keys::rejected].map(|key| key(&receipt.receipt_id, "0"));
    for key in dates.chain(named).chain(others).chain(refused).chain(own).chain(files) {
        assert!(key.starts_with(keys::LANDED) && keys::is_plain(&key), "{key:?}");
    }
}
