//! One row group.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Array, Decimal128Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::buffer::{Buffer, OffsetBuffer};
use arrow::error::ArrowError;

use crate::event::{EventColumns, Text, UNKNOWN};
use crate::profile::Profile;
use crate::schema::{CLEAN_EVENTS, arrow_schema};

/// Bytes of the longest event type.
const LONGEST_KIND: usize = "remove_from_cart".len();
/// Up to so many events of one instant are compared with each other; more go through a set.
const FEW: usize = 16;

/// Rows of one date in the shape of `clean.events`, sorted by time, without exact duplicates.
#[derive(Debug)]
pub struct RowGroup {
    /// The rows.
    pub batch: RecordBatch,
    /// Their measures.
    pub profile: Profile,
    /// Exact duplicates that were dropped.
    pub duplicates: u64,
}

impl RowGroup {
    /// Sorts, deduplicates, measures and imputes the rows of one date.
    ///
    /// # Errors
    /// If Arrow refuses the columns, which would be a bug.
    pub fn build(date: i32, rows: EventColumns) -> Result<Self, ArrowError> {
        let before = rows.len();
        let rows = match distinct_in_time_order(&rows) {
            None => rows,
            Some(order) => take(rows, &order),
        };
        let duplicates = (before - rows.len()) as u64;
        let profile = Profile::of(&rows);
        Ok(Self { batch: to_batch(date, rows)?, profile, duplicates })
    }
}

/// The rows to keep, sorted by time; none if that is all of them as they stand. Equal events have equal times,
/// so it is enough to compare the neighbours of one instant.
fn distinct_in_time_order(rows: &EventColumns) -> Option<Vec<u32>> {
    let times = &rows.event_time;
    let sorted = times.is_sorted();
    let mut order: Vec<u32> = (0..rows.len() as u32).collect();
    if !sorted {
        order.sort_by_key(|&row| times[row as usize]);
    }
    let mut keep: Vec<u32> = Vec::with_capacity(order.len());
    let mut ids = hashbrown::HashSet::new();
    for instant in order.chunk_by(|&a, &b| times[a as usize] == times[b as usize]) {
        if let [row] = instant {
            keep.push(*row);
            continue;
        }
        let id = |row: u32| rows.event_id[row as usize];
        if instant.len() <= FEW {
            let before = keep.len();
            for &row in instant {
                if keep[before..].iter().all(|&kept| id(kept) != id(row)) {
                    keep.push(row);
                }
            }
            continue;
        }
        ids.clear();
        keep.extend(instant.iter().filter(|&&row| ids.insert(id(row))));
    }
    (!sorted || keep.len() < rows.len()).then_some(keep)
}

/// Rows in another order. Mostly they are in theirs but for a few that are left out, so neighbours go together, and move
/// up in place.
fn take(mut rows: EventColumns, order: &[u32]) -> EventColumns {
    let runs = order.chunk_by(|&a, &b| a + 1 == b).map(|run| run[0] as usize..run[0] as usize + run.len());
    if order.is_sorted() {
        rows.keep(runs);
        return rows;
    }
    let mut taken = EventColumns::with_room(rows.room());
    runs.for_each(|run| taken.extend(&rows, run));
    taken
}

fn to_batch(date: i32, rows: EventColumns) -> Result<RecordBatch, ArrowError> {
    let count = rows.len();
    let mut kinds = Text::with_room(count, count * LONGEST_KIND);
    for kind in &rows.event_type {
        kinds.push(kind.as_str().as_bytes());
    }
    let price = Decimal128Array::from_iter_values(rows.price_cents.into_iter().map(i128::from));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(hex(&rows.event_id)?),
        Arc::new(TimestampMicrosecondArray::from(rows.event_time).with_timezone("UTC")),
        Arc::new(strings(kinds)?),
        Arc::new(Int64Array::from(rows.user_id)),
        Arc::new(Int64Array::from(rows.product_id)),
        Arc::new(price.with_precision_and_scale(12, 2)?),
        Arc::new(strings(rows.session)?),
        Arc::new(Int64Array::from(rows.category_id)),
        Arc::new(strings(imputed(rows.category_code, count))?),
        Arc::new(strings(imputed(rows.brand, count))?),
        Arc::new(Date32Array::from(vec![date; count])),
    ];
    RecordBatch::try_new(arrow_schema(&CLEAN_EVENTS), columns)
}

fn strings(texts: Text) -> Result<StringArray, ArrowError> {
    let (offsets, bytes) = texts.into_parts();
    StringArray::try_new(OffsetBuffer::new(offsets.into()), Buffer::from_vec(bytes), None)
}

fn imputed(texts: Text, count: usize) -> Text {
    let missing = (0..count).filter(|&row| texts.get(row).is_empty()).count();
    if missing == 0 {
        return texts;
    }
    let mut filled = Text::with_room(count, texts.bytes() + missing * UNKNOWN.len());
    for row in 0..count {
        let text = texts.get(row);
        filled.push(if text.is_empty() { UNKNOWN.as_bytes() } else { text });
    }
    filled
}

fn hex(ids: &[u128]) -> Result<StringArray, ArrowError> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut bytes = Vec::with_capacity(32 * ids.len());
    for id in ids {
        let mut text = [0; 32];
        for (pair, byte) in text.chunks_exact_mut(2).zip(id.to_be_bytes()) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        bytes.extend_from_slice(&text);
    }
    let offsets: Vec<i32> = (0..=ids.len() as i32).map(|i| 32 * i).collect();
    StringArray::try_new(OffsetBuffer::new(offsets.into()), Buffer::from_vec(bytes), None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{RowParser, Rules};
    use arrow::array::AsArray;
    use arrow::datatypes::TimestampMicrosecondType;

    fn rows(lines: &[&str]) -> EventColumns {
        let (mut events, mut rejected) = (EventColumns::default(), Vec::new());
        let mut parser = RowParser::new(Rules::default());
        for line in lines {
            let fields: Vec<&[u8]> = line.split(',').map(str::as_bytes).collect();
            parser.parse(
                &fields.try_into().unwrap(),
                None,
                1,
                || line.as_bytes().into(),
                &mut events,
                &mut rejected,
            );
        }
        assert!(rejected.is_empty(), "{rejected:?}");
        events
    }

    #[test]
    fn rows_are_sorted_distinct_and_imputed() {
        let events = rows(&[
            "1569888002,view,1,,,,1.00,1,a",
            "1569888001,view,1,2,c.d,acme,1.5,1,a",
            "1569888002,cart,1,,,,1.00,1,a",
            "2019-10-01 00:00:01 UTC,view,1,2,c.d,acme,1.50,1,a",
            "1569888002,view,1,,,,1.00,1,a",
        ]);
        let group = RowGroup::build(18_170, events).unwrap();
        assert_eq!((group.batch.num_rows(), group.duplicates), (3, 2));
        let times = group.batch.column(1).as_primitive::<TimestampMicrosecondType>();
        assert!(times.values().is_sorted());
        let text = |column: &str, row| {
            group.batch.column_by_name(column).unwrap().as_string::<i32>().value(row).to_owned()
        };
        assert_eq!([text("brand", 0), text("brand", 1)], ["acme", "unknown"]);
        assert_eq!([text("event_type", 1), text("event_type", 2)], ["view", "cart"]);
        assert_eq!(group.profile.rows(), 3);
        assert_eq!(text("event_id", 0).len(), 32);
    }

    #[test]
    fn duplicates_of_sorted_rows_are_taken_out_in_place() {
        let lines = [
            "1569888001,view,1,2,c.d,acme,1.50,1,first",
            "1569888001,view,1,2,c.d,acme,1.50,1,first",
            "1569888002,cart,2,,,,2.00,2,second session",
            "1569888003,view,3,4,e,,3.00,3,3",
            "1569888003,view,3,4,e,,3.00,3,3",
            "1569888004,purchase,5,6,furniture.lamp,b,4.00,4,the last of all",
        ];
        let group = RowGroup::build(18_170, rows(&lines)).unwrap();
        let alone = RowGroup::build(18_170, rows(&[lines[0], lines[2], lines[3], lines[5]])).unwrap();
        assert_eq!((group.duplicates, alone.duplicates), (2, 0));
        assert_eq!(group.batch, alone.batch);
        assert_eq!(group.profile, alone.profile);
    }

    #[test]
    fn rows_in_order_are_kept_as_they_stand() {
        let events = rows(&["1569888001,view,1,,,,1.00,1,a", "1569888001,view,2,,,,1.00,1,a"]);
        assert!(distinct_in_time_order(&events).is_none());
    }
}
