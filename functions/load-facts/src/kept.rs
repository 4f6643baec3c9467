//! What was filled into facts, looked up by event.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::datatypes::TimestampMicrosecondType;
use arrow::error::ArrowError;
use estrella_core::event::{UNKNOWN, parse_event_id};
use estrella_lake::data::ParquetFile;
use estrella_lake::{Error, PlannedFile, Result};
use estrella_runtime::Deps;

use crate::enrich::Filled;
use crate::fill::SESSION;

/// Columns that are filled in, with the columns of `clean.events` that they are copied from otherwise.
const LISTING: [(&str, &str); 3] =
    [("category_id", "category_id"), ("category_name", "category_code"), ("brand", "brand")];

/// Fact files that are to be replaced by others with the same rows.
pub(crate) struct Kept {
    groups: Vec<Group>,
}

struct Group {
    file: Arc<ParquetFile>,
    index: usize,
    times: RangeInclusive<i64>,
}

impl Kept {
    pub(crate) async fn of(files: &[PlannedFile], deps: &Deps) -> Result<Self> {
        let mut groups = Vec::new();
        for planned in files {
            let file = Arc::new(ParquetFile::open(deps.lake.store(), &planned.key).await?);
            let column = file.column("event_time")?;
            for index in 0..file.groups() {
                // Without statistics a row group may hold any time.
                let (least, greatest) = file.long_bounds(index, column).unwrap_or((i64::MIN, i64::MAX));
                groups.push(Group { file: Arc::clone(&file), index, times: least..=greatest });
            }
        }
        Ok(Self { groups })
    }

    /// The columns of these rows of `clean.events` that were filled in. `InvalidInput` if a row has no fact.
    pub(crate) async fn filled(&self, rows: &RecordBatch, clean: &ParquetFile) -> Result<Filled> {
        let facts = self.facts(rows, clean).await?;
        let fault = |name: &str| Error::invalid(format!("no column {name}")).at(clean.key());
        let mut filled = Filled::new();
        for name in SESSION {
            let column = facts.column_by_name(name).ok_or_else(|| fault(name))?;
            let words = column.as_string_opt::<i32>().ok_or_else(|| fault(name))?;
            if words.iter().any(|word| word != Some(UNKNOWN)) {
                filled.insert(name, Arc::clone(column));
            }
        }
        for (name, own) in LISTING {
            let column = facts.column_by_name(name).ok_or_else(|| fault(name))?;
            let own = rows.column_by_name(own).ok_or_else(|| fault(own))?;
            if column != own {
                filled.insert(name, Arc::clone(column));
            }
        }
        Ok(filled)
    }

    /// The facts of rows, in the order of the rows.
    async fn facts(&self, rows: &RecordBatch, clean: &ParquetFile) -> Result<RecordBatch> {
        let fault = |e: ArrowError| Error::bug("look facts up").at(clean.key()).because(e);
        let mut wanted: HashMap<u128, u32> = HashMap::with_capacity(rows.num_rows());
        for (row, id) in (0..).zip(ids(rows, clean)?) {
            wanted.insert(id?, row);
        }
        let times = rows.column_by_name("event_time");
        let times = times.and_then(|column| column.as_primitive_opt::<TimestampMicrosecondType>());
        let times = times.ok_or_else(|| Error::invalid("column event_time is no time").at(clean.key()))?;
        let span = times.values().iter().min().copied().zip(times.values().iter().max().copied());
        let names: Vec<&str> =
            ["event_id"].into_iter().chain(SESSION).chain(LISTING.map(|(name, _)| name)).collect();
        // The place of each row in what was found.
        let mut places: Vec<Option<u32>> = vec![None; rows.num_rows()];
        let (mut found, mut count) = (Vec::new(), 0);
        for group in &self.groups {
            if span.is_some_and(|(least, greatest)| {
                *group.times.end() < least || greatest < *group.times.start()
            }) {
                continue;
            }
            let batch = group.file.read(group.index, &names).await?;
            let mut picked = Vec::new();
            for (at, id) in (0..).zip(ids(&batch, &group.file)?) {
                if let Some(row) = wanted.remove(&id?) {
                    places[row as usize] = Some(count);
                    count += 1;
                    picked.push(at);
                }
            }
            found.push(take_record_batch(&batch, &UInt32Array::from(picked)).map_err(fault)?);
        }
        let (Some(first), true) = (found.first(), wanted.is_empty()) else {
            let what = format!("{} of {} rows have no fact", wanted.len(), rows.num_rows());
            return Err(Error::invalid(what).at(clean.key()));
        };
        let all = concat_batches(&first.schema(), &found).map_err(fault)?;
        take_record_batch(&all, &UInt32Array::from(places)).map_err(fault)
    }
}

fn ids<'a>(batch: &'a RecordBatch, file: &'a ParquetFile) -> Result<impl Iterator<Item = Result<u128>> + 'a> {
    let column: Option<&ArrayRef> = batch.column_by_name("event_id");
    let ids = column.and_then(|column| column.as_string_opt::<i32>());
    let ids = ids.ok_or_else(|| Error::invalid("event_id is no text").at(file.key()))?;
    let parse = |id: Option<&str>| {
        let unfit = || Error::invalid("event_id is not 32 hex digits").at(file.key());
        id.and_then(parse_event_id).ok_or_else(unfit)
    };
    Ok(ids.iter().map(parse))
}
