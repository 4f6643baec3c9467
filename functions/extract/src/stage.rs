//! Extract as a Lambda.

use std::sync::Arc;

use estrella_contracts::{ObjectRef, Receipt, Refusal, SCHEMA_VERSION, keys};
use estrella_lake::{Alert, Error, ErrorKind, Result, Severity};
use estrella_runtime::{Counts, Deps, Output, Work, keep_document};
use serde_json::json;

use crate::{handle, receipt_id};

/// Extracts the object that S3 told of, or that a message gives in full. What is refused whole is told to a human
/// and noted under `landed/refused/`; to try again would change nothing, so it is no failure.
///
/// # Errors
/// As [`handle`], but for refusals.
pub async fn stage(work: Work, deps: &Deps) -> Result<Output> {
    let object = match work {
        Work::Object(object) => object,
        Work::Message(message) => serde_json::from_value(message)
            .map_err(|e| Error::invalid("message names no object").because(e))?,
    };
    // Where a capture of changes stages a full load; the files are moved out when it is whole.
    if object.key.contains("/_loading/") {
        return Output::new(&json!({"skipped": object.key}), Counts::default());
    }
    // The object may be overwritten before its turn comes: what is read is what the event told of.
    let raw = deps.raw.at_version(&object.version).unwrap_or_else(|| Arc::clone(&deps.raw));
    let deps = &Deps { raw, ..deps.clone() };
    match handle(&object, deps).await {
        Ok(receipt) => extracted(&object, &receipt),
        Err(error) if error.kind() == ErrorKind::InvalidInput => refuse(object, error, deps).await,
        Err(error) => Err(error),
    }
}

fn extracted(object: &ObjectRef, receipt: &Receipt) -> Result<Output> {
    let counts = Counts {
        rows_in: receipt.rows_in,
        duplicates: receipt.parts.iter().map(|part| part.duplicates).sum(),
        rejected: receipt.rows_rejected(),
        bytes: object.size_bytes,
        ..Counts::default()
    };
    let key = keys::receipt(&receipt.receipt_id);
    let (rows_in, rejected) = (receipt.rows_in, receipt.rows_rejected());
    Output::new(&json!({"key": key, "object": object.key, "rows_in": rows_in, "rejected": rejected}), counts)
}

async fn refuse(object: ObjectRef, error: Error, deps: &Deps) -> Result<Output> {
    let key = keys::refused(&receipt_id(&object));
    match deps.lake.store().size_bytes(&key).await {
        // A second delivery: this was told already.
        Ok(_) => {}
        Err(absent) if absent.kind() == ErrorKind::NotFound => {
            // Told before it is noted: after a crash in between, twice is better than never.
            deps.alerts.publish(&alert(&object, &error, deps)).await?;
        }
        Err(fault) => return Err(fault),
    }
    let bytes = object.size_bytes;
    let refusal = note_refusal(object, &error, deps).await?;
    tracing::warn!(object = refusal.object.key, reason = refusal.reason, "refused");
    let answer = json!({"refused": refusal.object.key, "reason": refusal.reason, "key": key});
    Output::new(&answer, Counts { refused_objects: 1, bytes, ..Counts::default() })
}

/// Notes why an object was refused whole, unless that is noted already, and gives the note that stands.
///
/// # Errors
/// Those of the store.
pub async fn note_refusal(object: ObjectRef, error: &Error, deps: &Deps) -> Result<Refusal> {
    let key = keys::refused(&receipt_id(&object));
    let refused_at_ms = deps.lake.clock().now_ms();
    let refusal =
        Refusal { schema_version: SCHEMA_VERSION, object, reason: error.to_string(), refused_at_ms };
    keep_document(&key, refusal, deps).await
}

fn alert(object: &ObjectRef, error: &Error, deps: &Deps) -> Alert {
    let location = deps.raw.location(&object.key);
    let note = deps.lake.store().location(&keys::refused(&receipt_id(object)));
    Alert {
        details: None,
        severity: Severity::Warning,
        subject: format!("Estrella refused {}", object.key),
        body: format!(
            "What: an object cannot be read, so none of its rows was loaded. Other objects are not affected.\n\
             Object: {location} (version {}, {} bytes)\n\
             Reason: {error}\n\
             Noted in: {note}\n\
             To do: look at its first lines\n  \
             aws s3 cp '{location}' - | head -c 1000\n\
             and have the sender drop a mended file under raw/, by any name; that starts it.\n",
            object.version, object.size_bytes,
        ),
    }
}
