//! Decoded rows into scratch files: one or more per date, one for the refused rows.

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch, StringArray};
use estrella_core::decode::{DecodeReport, Decoded};
use estrella_core::event::{EventColumns, RejectedRow};
use estrella_core::landing::{DayBuffers, PROFILES_ENTRY, RowGroup};
use estrella_core::schema::{CLEAN_EVENTS, REJECTED_EVENTS, arrow_schema};
use estrella_lake::data::{DataFileWriter, FinishedFile};
use estrella_lake::{Error, Result};
use estrella_runtime::Deps;

/// Files open at a time; an object with rows of more dates gets several files for some of them.
const MAX_OPEN_DAYS: usize = 128;
/// Refused rows held before they are written.
const REJECTED_ROWS: usize = 16 * 1024;
/// Their raw text held before they are written.
const REJECTED_BYTES: usize = 8 << 20;

/// What became of an object.
pub(crate) struct Landed {
    pub(crate) days: Vec<LandedDay>,
    /// Changes, and the table that they are of.
    pub(crate) changes: Option<(String, FinishedFile)>,
    pub(crate) rejected: Option<FinishedFile>,
    pub(crate) rejected_by_reason: BTreeMap<String, u64>,
    pub(crate) rows_in: u64,
    pub(crate) unknown_columns: Vec<String>,
}

/// A finished file of one date.
pub(crate) struct LandedDay {
    pub(crate) date: i32,
    pub(crate) number: usize,
    pub(crate) duplicates: u64,
    pub(crate) file: FinishedFile,
}

/// Takes decoded rows in the order of the object.
pub(crate) struct Lander<'d> {
    deps: &'d Deps,
    buffers: DayBuffers,
    files: DayFiles<'d>,
    rejected: Rejected<'d>,
}

impl<'d> Lander<'d> {
    pub(crate) fn new(deps: &'d Deps, object: String, version: String) -> Self {
        Self {
            deps,
            buffers: DayBuffers::new(deps.config.limits),
            files: DayFiles { deps, open: BTreeMap::new(), finished: Vec::new() },
            rejected: Rejected {
                deps,
                object,
                version,
                rows: Vec::new(),
                bytes: 0,
                by_reason: BTreeMap::new(),
                file: None,
            },
        }
    }

    pub(crate) fn add(&mut self, decoded: &mut Decoded) -> Result<()> {
        self.deps.progress.rows_decoded(decoded.rows());
        self.rejected.add(mem::take(&mut decoded.rejected))?;
        self.buffers.add(&decoded.events, |date, rows| self.files.write(date, rows))
    }

    pub(crate) fn finish(mut self, report: DecodeReport) -> Result<Landed> {
        self.buffers.finish(|date, rows| self.files.write(date, rows))?;
        self.files.finish_all()?;
        let (rejected, rejected_by_reason) = self.rejected.finish()?;
        let mut days = self.files.finished;
        days.sort_by_key(|day| (day.date, day.number));
        Ok(Landed {
            days,
            changes: None,
            rejected,
            rejected_by_reason,
            rows_in: report.rows,
            unknown_columns: report.unknown_columns,
        })
    }
}

struct DayFiles<'d> {
    deps: &'d Deps,
    open: BTreeMap<i32, OpenDay>,
    finished: Vec<LandedDay>,
}

struct OpenDay {
    writer: DataFileWriter,
    /// Profiles of the row groups, as JSON: as values they take many times the memory.
    profiles: Vec<String>,
    duplicates: u64,
}

impl DayFiles<'_> {
    fn write(&mut self, date: i32, rows: EventColumns) -> Result<()> {
        if !self.open.contains_key(&date) {
            if self.open.len() >= MAX_OPEN_DAYS {
                self.finish_all()?;
            }
            let writer = DataFileWriter::create(&CLEAN_EVENTS, &self.deps.scratch)?;
            self.open.insert(date, OpenDay { writer, profiles: Vec::new(), duplicates: 0 });
        }
        let Some(day) = self.open.get_mut(&date) else { return Err(Error::bug("no open file for the date")) };
        let group = RowGroup::build(date, rows).map_err(|e| Error::bug("build row group").because(e))?;
        day.writer.write(&group.batch)?;
        let profile =
            serde_json::to_string(&group.profile).map_err(|e| Error::bug("write profile").because(e))?;
        day.profiles.push(profile);
        day.duplicates += group.duplicates;
        Ok(())
    }

    fn finish_all(&mut self) -> Result<()> {
        for (date, mut day) in mem::take(&mut self.open) {
            day.writer.add_metadata(PROFILES_ENTRY, format!("[{}]", day.profiles.join(",")));
            let number = self.finished.iter().filter(|finished| finished.date == date).count();
            let file = day.writer.finish()?;
            self.finished.push(LandedDay { date, number, duplicates: day.duplicates, file });
        }
        Ok(())
    }
}

struct Rejected<'d> {
    deps: &'d Deps,
    object: String,
    version: String,
    rows: Vec<RejectedRow>,
    bytes: usize,
    by_reason: BTreeMap<String, u64>,
    file: Option<DataFileWriter>,
}

impl Rejected<'_> {
    fn add(&mut self, rows: Vec<RejectedRow>) -> Result<()> {
        for row in rows {
            for reason in row.reasons.iter() {
                *self.by_reason.entry(reason.as_str().to_owned()).or_default() += 1;
            }
            self.bytes += row.raw.len();
            self.rows.push(row);
            if self.rows.len() >= REJECTED_ROWS || self.bytes >= REJECTED_BYTES {
                self.write()?;
            }
        }
        Ok(())
    }

    fn write(&mut self) -> Result<()> {
        let rows = mem::take(&mut self.rows);
        self.bytes = 0;
        let batch = RecordBatch::try_new(
            arrow_schema(&REJECTED_EVENTS),
            vec![
                Arc::new(StringArray::from_iter_values(rows.iter().map(|_| &self.object))),
                Arc::new(StringArray::from_iter_values(rows.iter().map(|_| &self.version))),
                Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.line as i64))),
                Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row.reasons.to_string()))),
                Arc::new(StringArray::from_iter_values(rows.iter().map(|row| &row.raw))),
            ],
        );
        let batch = batch.map_err(|e| Error::bug("build refused rows").because(e))?;
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(DataFileWriter::create(&REJECTED_EVENTS, &self.deps.scratch)?),
        };
        file.write(&batch)
    }

    fn finish(mut self) -> Result<(Option<FinishedFile>, BTreeMap<String, u64>)> {
        if !self.rows.is_empty() {
            self.write()?;
        }
        Ok((self.file.map(DataFileWriter::finish).transpose()?, self.by_reason))
    }
}
