//! What the facts have beyond `clean.events`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Date32Array, Int32Array, RecordBatch, StringArray};
use arrow::datatypes::TimestampMicrosecondType;

use crate::event::{MICROS_PER_DAY, MICROS_PER_HOUR, UNKNOWN, day_of_week};

/// A column of the facts that no column of `clean.events` is, of rows of one date that have their `event_time`; none of
/// other columns. Device and channel are not in event files; they stay unknown until the shop's sessions are loaded.
pub fn fact_column(column: &str, events: &RecordBatch, date: i32) -> Option<ArrayRef> {
    let rows = events.num_rows();
    let array: ArrayRef = match column {
        "device_type" | "source_channel" => {
            Arc::new(StringArray::from_iter_values((0..rows).map(|_| UNKNOWN)))
        }
        "hour_of_day" => {
            let times =
                events.column_by_name("event_time")?.as_primitive_opt::<TimestampMicrosecondType>()?;
            let hour = |time: &i64| (time.rem_euclid(MICROS_PER_DAY) / MICROS_PER_HOUR) as i32;
            Arc::new(Int32Array::from_iter_values(times.values().iter().map(hour)))
        }
        "day_of_week" => Arc::new(Int32Array::from(vec![day_of_week(date); rows])),
        "event_date" => Arc::new(Date32Array::from(vec![date; rows])),
        _ => return None,
    };
    Some(array).filter(|array| array.len() == rows)
}
