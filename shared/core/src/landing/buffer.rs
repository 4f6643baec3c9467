//! Rows waiting for their row group, by date.

use std::collections::BTreeMap;

use crate::event::{EventColumns, date_of};

/// When a row group is full.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Rows of one row group.
    pub group_rows: usize,
    /// Bytes of all waiting rows; beyond it the fullest date becomes a row group early.
    pub buffer_bytes: usize,
}

impl Default for Limits {
    /// Row groups of the size that DuckDB and Spark scan well, and memory for one busy or thirty slow dates.
    fn default() -> Self {
        Self { group_rows: 128 * 1024, buffer_bytes: 64 << 20 }
    }
}

/// Splits rows by date and gives out full row groups. Memory is bounded by the limits, however many dates the
/// rows fall on.
#[derive(Debug, Default)]
pub struct DayBuffers {
    limits: Limits,
    days: BTreeMap<i32, EventColumns>,
    size_bytes: usize,
}

impl DayBuffers {
    /// Empty buffers.
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Adds rows; `emit` gets every (date, rows) that is full.
    ///
    /// # Errors
    /// Those of `emit`.
    pub fn add<E>(
        &mut self,
        rows: &EventColumns,
        mut emit: impl FnMut(i32, EventColumns) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut start = 0;
        while start < rows.len() {
            let date = date_of(rows.event_time[start]);
            let day = self.days.entry(date).or_default();
            let room = self.limits.group_rows - day.len();
            let same_day =
                rows.event_time[start..].iter().take(room).take_while(|t| date_of(**t) == date).count();
            let before = day.size_bytes();
            day.extend(rows, start..start + same_day);
            self.size_bytes += day.size_bytes() - before;
            start += same_day;
            if day.len() >= self.limits.group_rows {
                let room = day.room();
                self.emit(date, &mut emit)?;
                // More of the date is likely to come.
                self.days.insert(date, EventColumns::with_room(room));
            }
        }
        while self.size_bytes > self.limits.buffer_bytes {
            let Some((&date, _)) = self.days.iter().max_by_key(|(_, rows)| rows.size_bytes()) else { break };
            self.emit(date, &mut emit)?;
        }
        Ok(())
    }

    /// Gives out what is left, by date.
    ///
    /// # Errors
    /// Those of `emit`.
    pub fn finish<E>(mut self, mut emit: impl FnMut(i32, EventColumns) -> Result<(), E>) -> Result<(), E> {
        while let Some((date, rows)) = self.days.pop_first() {
            if !rows.is_empty() {
                emit(date, rows)?;
            }
        }
        Ok(())
    }

    fn emit<E>(
        &mut self,
        date: i32,
        emit: &mut impl FnMut(i32, EventColumns) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(rows) = self.days.remove(&date) else { return Ok(()) };
        self.size_bytes -= rows.size_bytes();
        emit(date, rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{EventType, MICROS_PER_DAY};

    fn rows(days: &[i64]) -> EventColumns {
        let mut rows = EventColumns::default();
        for (i, day) in days.iter().enumerate() {
            rows.event_id.push(i as u128);
            rows.event_time.push(day * MICROS_PER_DAY + i as i64);
            rows.event_type.push(EventType::View);
            rows.user_id.push(1);
            rows.product_id.push(1);
            rows.price_cents.push(1);
            rows.category_id.push(None);
            rows.session.push(b"s");
            rows.category_code.push(b"");
            rows.brand.push(b"brand");
        }
        rows
    }

    #[test]
    fn every_row_comes_out_once_under_its_date_within_the_limits() {
        let days: Vec<i64> = (0..5_000).map(|i| i * 7 % 40).collect();
        let limits = Limits { group_rows: 64, buffer_bytes: 64 * 1024 };
        let mut buffers = DayBuffers::new(limits);
        let mut seen = Vec::new();
        let mut emit = |date: i32, rows: EventColumns| {
            assert!(rows.len() <= limits.group_rows && !rows.is_empty());
            assert!(rows.event_time.iter().all(|t| date_of(*t) == date));
            seen.extend(rows.event_id);
            Ok::<_, ()>(())
        };
        for chunk in days.chunks(777) {
            buffers.add(&rows(chunk), &mut emit).unwrap();
            assert!(buffers.size_bytes <= limits.buffer_bytes);
            assert_eq!(
                buffers.size_bytes,
                buffers.days.values().map(EventColumns::size_bytes).sum::<usize>()
            );
        }
        buffers.finish(&mut emit).unwrap();
        assert_eq!(seen.len(), days.len());
    }
}
