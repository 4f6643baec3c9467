//! Pending changes, appended to their logs.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use bytes::Bytes;
use estrella_contracts::{ChangesPart, Receipt, keys};
use estrella_core::changes::{Mapping, SourceTable, Value};
use estrella_core::schema::TableSchema;
use estrella_core::star::RowBuilder;
use estrella_lake::data::{DataFileWriter, ParquetFile};
use estrella_lake::{Base, Commit, Error, ErrorKind, NewFile, Operation, Result, Table};
use estrella_runtime::{Deps, forgotten_users};
use xxhash_rust::xxh3::xxh3_128;

use super::files::{Keyed, read};
use super::personal::Personal;
use crate::Sizes;

struct Pending {
    receipt_id: String,
    part: ChangesPart,
}

/// The summary property that names the receipts whose changes a commit appended to a log, so that a load that was cut
/// short between commit and marks is told from one that has yet to come. Some 33 bytes per object of the commit.
const RECEIPTS_PROPERTY: &str = "estrella.receipts";

/// Times that a log is looked at anew because somebody else appended to it meanwhile.
const ATTEMPTS: u32 = 4;

/// Appends all landed changes to the logs of their tables, each once, and tells how many there were per table.
///
/// # Errors
/// `Conflict` if others append to a log all the time, `InvalidInput` for changes of a table that is in no mapping.
pub(crate) async fn apply(deps: &Deps, mapping: &Mapping, sizes: Sizes) -> Result<BTreeMap<String, u64>> {
    let mut applied = BTreeMap::new();
    for name in pending(deps).await?.into_keys() {
        let source = mapping.tables().iter().find(|table| table.name == name);
        let (source, log) =
            source.and_then(|source| Some((source, source.tables.log?))).ok_or_else(|| {
                Error::invalid("changes were landed of a table that is in no mapping").at(&name)
            })?;
        let mut lost = 0;
        let changes = loop {
            match apply_to(source, log, deps, sizes).await {
                Err(error) if error.kind() == ErrorKind::Conflict && lost + 1 < ATTEMPTS => lost += 1,
                changes => break changes?,
            }
        };
        applied.insert(name, changes);
    }
    Ok(applied)
}

async fn apply_to(source: &SourceTable, log: &'static TableSchema, deps: &Deps, sizes: Sizes) -> Result<u64> {
    // Before the marks: what is appended by others after this is a conflict, and what was before it tells its receipts.
    let table = deps.lake.table(log).await?;
    let pending = pending(deps).await?.remove(&source.name).unwrap_or_default();
    let appended = appended(&table, &pending);
    let (left, new): (Vec<Pending>, Vec<Pending>) =
        pending.into_iter().partition(|pending| appended.contains(&pending.receipt_id));
    mark(&left, deps).await?;
    if new.is_empty() {
        return Ok(0);
    }
    let personal = Personal::of(source, deps).await?;
    // After the looks at both tables: of whoever is erased later they lose rows, and that is a conflict.
    let forgotten = forgotten_users(deps).await?;
    let changes = append(source, &table, personal, &new, &forgotten, deps, sizes).await?;
    mark(&new, deps).await?;
    Ok(changes)
}

/// Receipts that are not marked although their changes are in the log. Whoever appends has marked those before him,
/// so looking back ends at the first commit that is marked.
fn appended(log: &Table, pending: &[Pending]) -> BTreeSet<String> {
    let unmarked: BTreeSet<&str> = pending.iter().map(|pending| pending.receipt_id.as_str()).collect();
    let mut found = BTreeSet::new();
    for snapshot in log.history() {
        let Some(receipts) = snapshot.summary.get(RECEIPTS_PROPERTY) else { continue };
        let left: Vec<&str> = receipts.split(' ').filter(|id| unmarked.contains(id)).collect();
        if left.is_empty() {
            break;
        }
        found.extend(left.into_iter().map(str::to_owned));
    }
    found
}

async fn pending(deps: &Deps) -> Result<BTreeMap<String, Vec<Pending>>> {
    let ids = async |prefix: &str| -> Result<BTreeSet<String>> {
        let objects = deps.lake.store().list(prefix).await?;
        Ok(objects.iter().filter_map(|object| keys::id_of(&object.key)).map(str::to_owned).collect())
    };
    let applied = ids(keys::APPLIED).await?;
    let mut tables: BTreeMap<String, Vec<Pending>> = BTreeMap::new();
    for receipt_id in ids(keys::RECEIPTS).await?.difference(&applied) {
        let key = keys::receipt(receipt_id);
        let bytes = deps.lake.store().get(&key).await?;
        let receipt = Receipt::read(&bytes).map_err(|error| Error::invalid(error.to_string()).at(&key))?;
        if let Some(part) = receipt.changes {
            let receipt_id = receipt_id.clone();
            tables.entry(part.table.clone()).or_default().push(Pending { receipt_id, part });
        }
    }
    Ok(tables)
}

async fn append(
    source: &SourceTable,
    table: &Table,
    mut personal: Option<Personal<'_>>,
    pending: &[Pending],
    forgotten: &HashSet<i64>,
    deps: &Deps,
    sizes: Sizes,
) -> Result<u64> {
    let log = table.schema();
    let ids: Vec<&str> = pending.iter().map(|pending| pending.receipt_id.as_str()).collect();
    let hash = format!("{:032x}", xxh3_128(ids.join("\n").as_bytes()));
    let key = format!("load-changes-{hash}");
    let mut output = Output::new(log, format!("{hash}-"), deps, sizes);
    let user = user_column(source);
    let mut count = 0;
    for Pending { receipt_id, part } in pending {
        let landed = Landed { receipt_id, key: &part.key, deps };
        let file = landed.or_applied(ParquetFile::open(deps.lake.store(), &part.key).await).await?;
        for group in 0..file.groups() {
            let rows = read(&file, group, source, source.tables.landed).await;
            for mut keyed in landed.or_applied(rows).await? {
                count += 1;
                if user.as_ref().and_then(|user| user.of(&keyed)).is_some_and(|id| forgotten.contains(&id)) {
                    continue;
                }
                if let Some(personal) = &mut personal {
                    personal.replace(&mut keyed);
                }
                output.push(source, &keyed).await?;
            }
        }
    }
    if let Some(personal) = personal {
        personal.commit(&key, deps).await?;
    }
    let files = output.finish().await?;
    if !files.is_empty() {
        let commit = Commit {
            key,
            operation: Operation::Append(files),
            base: Some(Base { snapshot_id: table.snapshot_id(), partitions: None }),
            properties: BTreeMap::from([(RECEIPTS_PROPERTY.to_owned(), ids.join(" "))]),
        };
        deps.lake.commit(log, commit).await?;
    }
    Ok(count)
}

/// A landed file of changes. Somebody else may apply it and clear it away at any time.
struct Landed<'a> {
    receipt_id: &'a str,
    key: &'a str,
    deps: &'a Deps,
}

impl Landed<'_> {
    /// `Conflict` if the file is gone because it was applied; one that is merely gone is a loss.
    async fn or_applied<T>(&self, outcome: Result<T>) -> Result<T> {
        let error = match outcome {
            Err(error) if error.kind() == ErrorKind::NotFound => error,
            outcome => return outcome,
        };
        match self.deps.lake.store().size_bytes(&keys::applied(self.receipt_id)).await {
            Ok(_) => Err(Error::conflict("changes were applied by somebody else").at(self.key)),
            Err(look) if look.kind() == ErrorKind::NotFound => Err(error),
            Err(look) => Err(look),
        }
    }
}

/// The column that says whose row it is: what is left of somebody who was erased is not taken in.
enum User {
    Key(usize),
    Value(usize),
}

impl User {
    fn of(&self, keyed: &Keyed) -> Option<i64> {
        match self {
            Self::Key(at) => keyed.key.get(*at)?.long(),
            Self::Value(at) => keyed.change.values.get(*at)?.long(),
        }
    }
}

fn user_column(source: &SourceTable) -> Option<User> {
    let key = source.key.iter().position(|at| source.columns[*at].name == "user_id").map(User::Key);
    key.or_else(|| source.value_position("user_id").map(User::Value))
}

async fn mark(pending: &[Pending], deps: &Deps) -> Result<()> {
    let store = deps.lake.store();
    for Pending { receipt_id, .. } in pending {
        store.put_if_absent(&keys::applied(receipt_id), Bytes::from_static(b"{}")).await?;
        // Personal values are in it in clear, and in what a call that was cut short may have left of the object.
        for object in store.list(&keys::changes_of(receipt_id)).await? {
            store.delete(&object.key).await?;
        }
    }
    Ok(())
}

/// The new files of a log.
struct Output<'a> {
    log: &'static TableSchema,
    deps: &'a Deps,
    sizes: Sizes,
    prefix: String,
    rows: RowBuilder,
    file: Option<DataFileWriter>,
    files: Vec<NewFile>,
}

impl<'a> Output<'a> {
    fn new(log: &'static TableSchema, prefix: String, deps: &'a Deps, sizes: Sizes) -> Self {
        Self { log, deps, sizes, prefix, rows: RowBuilder::new(log), file: None, files: Vec::new() }
    }

    async fn push(&mut self, source: &SourceTable, keyed: &Keyed) -> Result<()> {
        let mut values = keyed.change.values.iter();
        for at in 0..source.columns.len() {
            let value = match source.key.iter().position(|key| *key == at) {
                // A key's columns may come in another order than the table's.
                Some(position) => keyed.key.get(position),
                None => values.next(),
            };
            value.unwrap_or(&Value::Null).write(&mut self.rows);
        }
        let change = &keyed.change;
        self.rows.text(change.op.as_str());
        self.rows.optional_time(change.time_us);
        self.rows.optional_text(change.sequence.as_deref());
        self.rows.text(&change.object);
        self.rows.long(change.row);
        if self.rows.rows() >= self.sizes.group_rows { self.flush().await } else { Ok(()) }
    }

    async fn flush(&mut self) -> Result<()> {
        if self.rows.rows() == 0 {
            return Ok(());
        }
        let batch =
            self.rows.finish().map_err(|e| Error::invalid("changes do not fit the log").because(e))?;
        let mut file = match self.file.take() {
            Some(file) => file,
            None => DataFileWriter::create(self.log, &self.deps.scratch)?,
        };
        file.write(&batch)?;
        let full = file.rows() >= self.sizes.file_rows;
        self.file = Some(file);
        if full { self.install().await } else { Ok(()) }
    }

    async fn install(&mut self) -> Result<()> {
        let Some(file) = self.file.take() else { return Ok(()) };
        let TableSchema { namespace, name, .. } = self.log;
        let file = file.finish()?;
        // Of the same changes another file may be there, of a load that was cut short before somebody was erased.
        let hash = file.content_hash()?;
        let key = format!("{namespace}/{name}/data/{}{}-{hash}.parquet", self.prefix, self.files.len());
        self.files.push(file.install(self.deps.lake.store(), &key, None).await?);
        Ok(())
    }

    async fn finish(mut self) -> Result<Vec<NewFile>> {
        self.flush().await?;
        self.install().await?;
        Ok(self.files)
    }
}
