//! Extract: one raw object becomes typed Parquet under `landed/`, per date for events, and a receipt.
//!
//! One streaming pass; memory does not grow with the object. The receipt is named by the object's bucket, key and version,
//! files by what is in them as well, and every write is conditional, so that a second delivery changes nothing. The receipt
//! is written last: without it nothing of the object is seen by the next stage.

mod changes;
mod land;
mod source;
mod stage;

use std::sync::Arc;

use bytes::Bytes;
use estrella_contracts::{ChangesPart, LandedPart, ObjectRef, Receipt, RejectedPart, SCHEMA_VERSION, keys};
use estrella_core::changes::{ChangeDecoder, ChangeFile, Mapping, Role};
use estrella_core::decode::{DecodeError, Format, Stopped, decode_parquet, decode_text, sniff};
use estrella_core::event::format_date;
use estrella_lake::{Error, ErrorKind, Result};
use estrella_runtime::{Deps, forgotten_users, mapping};
use tokio::runtime::Handle;
use xxhash_rust::xxh3::xxh3_128;

use land::{Landed, Lander};
use source::{Source, SourceReader};

pub use stage::{note_refusal, stage};

/// Bytes that tell a format.
const SNIFF_BYTES: u64 = 64;

/// Extracts one object.
///
/// # Errors
/// `InvalidInput` if the object is not what it should be: the object is refused whole and nothing of it lands.
/// Else those of the stores.
pub async fn handle(object: &ObjectRef, deps: &Deps) -> Result<Receipt> {
    let receipt_id = receipt_id(object);
    let receipt_key = keys::receipt(&receipt_id);
    match deps.lake.store().get(&receipt_key).await {
        Ok(bytes) => return read_receipt(&receipt_key, &bytes),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }

    // An object is refused for what it is, not for what else cannot be read.
    let mapping = mapping(deps).await.map_err(Error::invalid_is_bug)?;
    let mut deps = deps.clone();
    let mut forgotten = Arc::new(forgotten_users(&deps).await.map_err(Error::invalid_is_bug)?);
    let receipt = loop {
        deps.config.rules.forgotten = Arc::clone(&forgotten);
        let receipt = land(object, &receipt_id, &mapping, &deps).await?;
        // Whoever was erased meanwhile must not be in what lands: nobody would look for him there again.
        forgotten = Arc::new(forgotten_users(&deps).await.map_err(Error::invalid_is_bug)?);
        if forgotten == deps.config.rules.forgotten {
            break receipt;
        }
    };
    if !receipt.is_conserved() {
        return Err(
            Error::bug("rows in is not landed + duplicates + rejected").at(object_name(object, &deps))
        );
    }
    let body = serde_json::to_vec_pretty(&receipt).map_err(|e| Error::bug("write receipt").because(e))?;
    deps.lake.store().put_if_absent(&receipt_key, Bytes::from(body)).await?;
    Ok(receipt)
}

/// The identity of one version of an object: the hash of bucket, key and version.
pub fn receipt_id(object: &ObjectRef) -> String {
    let identity = [object.bucket.as_str(), &object.key, &object.version].join("\n");
    format!("{:032x}", xxh3_128(identity.as_bytes()))
}

async fn land(object: &ObjectRef, receipt_id: &str, mapping: &Mapping, deps: &Deps) -> Result<Receipt> {
    let (blocking_deps, blocking_object, mapping) = (deps.clone(), object.clone(), mapping.clone());
    let runtime = Handle::current();
    // Another thread knows nothing of the span in which its lines belong.
    let span = tracing::Span::current();
    let decoding = tokio::task::spawn_blocking(move || {
        span.in_scope(|| decode(&blocking_object, &mapping, &blocking_deps, runtime))
    });
    let (format, landed) = decoding.await.map_err(|e| Error::bug("extract panicked").because(e))??;
    install(object, receipt_id.to_owned(), format, landed, deps).await
}

fn read_receipt(key: &str, bytes: &[u8]) -> Result<Receipt> {
    Receipt::read(bytes).map_err(|error| Error::invalid(error.to_string()).at(key))
}

fn object_name(object: &ObjectRef, deps: &Deps) -> String {
    deps.raw.location(&object.key)
}

fn decode(object: &ObjectRef, mapping: &Mapping, deps: &Deps, runtime: Handle) -> Result<(Format, Landed)> {
    let name = object_name(object, deps);
    let refused = |error: DecodeError| {
        let kind = if error.is_invalid_input() { ErrorKind::InvalidInput } else { ErrorKind::Unavailable };
        Error::new(kind, error.to_string()).at(&name)
    };
    let source = Source::new(object, deps, runtime);
    let format = sniff(&source.read(0..SNIFF_BYTES.min(object.size_bytes)).map_err(Error::invalid_is_bug)?)
        .map_err(|kind| refused(kind.into()))?;

    let file = ChangeFile::parse(&object.key);
    let table = file.as_ref().and_then(|file| mapping.of_source(&file.source));
    let landed = match (&file, table) {
        (Some(file), Some(table)) => {
            let decoder = ChangeDecoder { table, kind: file.kind, object: &object.key };
            match table.role {
                Role::Events => changes::land_events(source, format, &decoder, object, &name, deps),
                _ => changes::land(source, format, &decoder, deps),
            }
        }
        _ => land_events(source, format, object, &name, deps),
    };
    match landed {
        Ok(landed) => Ok((format, landed)),
        // What the first line says may be somebody's name.
        Err(Stopped::Decode(error)) => Err(match file {
            Some(file) if table.is_none() => Error::invalid(NoMapping(file.source).to_string()).at(&name),
            _ => refused(error),
        }),
        Err(Stopped::Sink(error)) => Err(error),
    }
}

/// What a change file is that no mapping knows.
#[derive(Debug, thiserror::Error)]
#[error("the name is that of a change file of {0}, which is in no mapping; see {key}", key = estrella_core::changes::CONFIG_KEY)]
struct NoMapping(String);

fn land_events(
    source: Source,
    format: Format,
    object: &ObjectRef,
    name: &str,
    deps: &Deps,
) -> std::result::Result<Landed, Stopped<Error>> {
    let mut lander = Lander::new(deps, name.to_owned(), object.version.clone());
    let (rules, workers) = (&deps.config.rules, deps.config.workers);
    let sink = |mut decoded| lander.add(&mut decoded);
    let report = match format {
        Format::Parquet => decode_parquet(source, rules, workers, sink),
        text => decode_text(SourceReader::new(source), text, rules, workers, sink),
    }?;
    lander.finish(report).map_err(Stopped::Sink)
}

async fn install(
    object: &ObjectRef,
    receipt_id: String,
    format: Format,
    landed: Landed,
    deps: &Deps,
) -> Result<Receipt> {
    let store = Arc::clone(deps.lake.store());
    let mut parts = Vec::with_capacity(landed.days.len());
    for day in landed.days {
        let event_date = format_date(day.date);
        let key = keys::part(&receipt_id, &event_date, day.number, &day.file.content_hash()?);
        let rows = day.file.rows();
        day.file.install(&store, &key, Some(day.date)).await?;
        parts.push(LandedPart { event_date, key, rows, duplicates: day.duplicates });
    }
    let mut changes = None;
    if let Some((table, file)) = landed.changes {
        let (key, rows) = (keys::changes(&receipt_id, &file.content_hash()?), file.rows());
        file.install(&store, &key, None).await?;
        changes = Some(ChangesPart { table, key, rows });
    }
    let mut rejected = None;
    if let Some(file) = landed.rejected {
        let (key, rows) = (keys::rejected(&receipt_id, &file.content_hash()?), file.rows());
        file.install(&store, &key, None).await?;
        rejected = Some(RejectedPart { key, rows });
    }
    Ok(Receipt {
        schema_version: SCHEMA_VERSION,
        receipt_id,
        object: object.clone(),
        format: format.as_str().to_owned(),
        rows_in: landed.rows_in,
        parts,
        changes,
        rejected,
        rejected_by_reason: landed.rejected_by_reason,
        unknown_columns: landed.unknown_columns,
        extracted_at_ms: Some(deps.lake.clock().now_ms()),
    })
}
