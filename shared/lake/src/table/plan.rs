//! Which data files a reader has to open.

use futures::TryStreamExt;
use iceberg::expr::Predicate;
use iceberg::spec::{
    DataFile, Datum, Literal, ManifestContentType, ManifestEntry, ManifestFile, ManifestStatus,
    PrimitiveLiteral, SnapshotRef,
};

use super::Table;
use crate::error::{Error, ErrorKind, Result};
use crate::manifest::{has_row_deletes, is_live, load, manifests, may_contain, partition_date};
use crate::schema::field_id;

/// A data file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedFile {
    /// Key in the object store.
    pub key: String,
    /// Location as the metadata has it.
    pub location: String,
    /// Size in bytes.
    pub size_bytes: u64,
    /// Number of rows.
    pub rows: u64,
    /// Day of the partition, in days since the Unix epoch; none in unpartitioned tables.
    pub partition_date: Option<i32>,
    /// First and last possible `event_time`, in microseconds since the Unix epoch. None when the table has no
    /// such column, the file no bounds, or the plan a filter (the iceberg crate drops bounds then).
    pub event_time_us: Option<(i64, i64)>,
}

impl Table {
    /// The files that can have rows matching `filter`, by partition and by bounds; all files without a filter.
    /// Sorted by key. `InvalidInput` if rows were deleted by delete files, which copy-on-write readers miss.
    pub async fn plan(&self, filter: Option<Predicate>) -> Result<Vec<PlannedFile>> {
        let Some(filter) = filter else { return self.live_files(None).await };
        let scan = self.inner.scan().with_filter(filter).build()?;
        let tasks: Vec<_> = scan.plan_files().await?.try_collect().await?;
        let mut files = Vec::with_capacity(tasks.len());
        for task in tasks {
            if !task.deletes.is_empty() {
                return Err(self.row_deletes());
            }
            let date = task.partition.as_ref().and_then(|partition| partition.fields().first()?.clone());
            files.push(PlannedFile {
                key: self.store.key_of(&task.data_file_path)?,
                size_bytes: task.file_size_in_bytes,
                rows: task.record_count.unwrap_or_default(),
                partition_date: match (self.schema.partition, date) {
                    (Some(_), Some(Literal::Primitive(PrimitiveLiteral::Int(days)))) => Some(days),
                    _ => None,
                },
                event_time_us: None,
                location: task.data_file_path,
            });
        }
        Ok(sorted(files))
    }

    /// The files of one day, in days since the Unix epoch. Sorted by key.
    pub async fn plan_partition(&self, date_days: i32) -> Result<Vec<PlannedFile>> {
        if self.schema.partition.is_none() {
            return Err(Error::invalid("table is not partitioned").at(self.schema.full_name()));
        }
        self.live_files(Some(date_days)).await
    }

    /// The data files that this very snapshot added. Sorted by key. `NotFound` when it is not retained.
    pub async fn added_files(&self, snapshot_id: i64) -> Result<Vec<PlannedFile>> {
        let snapshot = self.metadata().snapshot_by_id(snapshot_id).ok_or_else(|| {
            let what = format!("snapshot {snapshot_id} is not retained");
            Error::new(ErrorKind::NotFound, what).at(self.schema.full_name())
        })?;
        let mut own = manifests(&self.inner, snapshot).await?;
        own.retain(|m| m.added_snapshot_id == snapshot_id && m.content == ManifestContentType::Data);
        let mut files = Vec::new();
        for (file, manifest) in load(&self.inner, own).await? {
            for entry in manifest.entries().iter().filter(|entry| is_added(entry, snapshot_id)) {
                files.push(self.planned(entry.data_file(), &file)?);
            }
        }
        Ok(sorted(files))
    }

    async fn live_files(&self, date: Option<i32>) -> Result<Vec<PlannedFile>> {
        let Some(snapshot) = self.metadata().current_snapshot() else { return Ok(Vec::new()) };
        let mut files = Vec::new();
        for (file, manifest) in load(&self.inner, self.live_manifests(snapshot, date).await?).await? {
            for entry in manifest.entries().iter().filter(|entry| entry.is_alive()) {
                let planned = self.planned(entry.data_file(), &file)?;
                if date.is_none() || planned.partition_date == date {
                    files.push(planned);
                }
            }
        }
        Ok(sorted(files))
    }

    pub(super) async fn live_manifests(
        &self,
        snapshot: &SnapshotRef,
        date: Option<i32>,
    ) -> Result<Vec<ManifestFile>> {
        let mut live = manifests(&self.inner, snapshot).await?;
        if has_row_deletes(&live) {
            return Err(self.row_deletes());
        }
        live.retain(|m| m.content == ManifestContentType::Data && is_live(m));
        if let (Some(date), Some(column)) = (date, self.schema.partition) {
            let source_id = field_id(self.schema, column)?;
            let spec = |m: &ManifestFile| self.metadata().partition_spec_by_id(m.partition_spec_id);
            live.retain(|m| {
                spec(m).is_none_or(|spec| may_contain(m, spec, source_id, std::iter::once(&date)))
            });
        }
        Ok(live)
    }

    pub(super) fn planned(&self, file: &DataFile, manifest: &ManifestFile) -> Result<PlannedFile> {
        let spec = self.metadata().partition_spec_by_id(manifest.partition_spec_id);
        let date = match (self.schema.partition, spec) {
            (Some(column), Some(spec)) => partition_date(file, spec, field_id(self.schema, column)?),
            _ => None,
        };
        Ok(PlannedFile {
            key: self.store.key_of(file.file_path())?,
            location: file.file_path().to_owned(),
            size_bytes: file.file_size_in_bytes(),
            rows: file.record_count(),
            partition_date: date,
            event_time_us: self.event_time_us(file),
        })
    }

    pub(super) fn event_time_us(&self, file: &DataFile) -> Option<(i64, i64)> {
        let id = field_id(self.schema, "event_time").ok()?;
        let micros = |datum: &Datum| match datum.literal() {
            PrimitiveLiteral::Long(micros) => Some(*micros),
            _ => None,
        };
        Some((micros(file.lower_bounds().get(&id)?)?, micros(file.upper_bounds().get(&id)?)?))
    }

    fn row_deletes(&self) -> Error {
        Error::invalid("table has row-level delete files; compact it with the engine that wrote them")
            .at(self.schema.full_name())
    }
}

fn is_added(entry: &ManifestEntry, snapshot_id: i64) -> bool {
    entry.status() == ManifestStatus::Added && entry.snapshot_id() == Some(snapshot_id)
}

fn sorted(mut files: Vec<PlannedFile>) -> Vec<PlannedFile> {
    files.sort_unstable_by(|a, b| a.key.cmp(&b.key));
    files
}
