//! The calendar.

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use chrono::{Datelike, NaiveDate, Weekday};

use super::RowBuilder;
use crate::event::{MICROS_PER_DAY, MICROS_PER_HOUR, day_of_week};
use crate::schema::DIM_TIME;

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The rows of `dim_time` for every hour of the days from `first` to `last`, both included, in days since the
/// Unix epoch. Sorted by key.
///
/// # Errors
/// If a day is out of the calendar, some 262,000 years from now.
pub fn calendar(first: i32, last: i32) -> Result<RecordBatch, ArrowError> {
    let mut rows = RowBuilder::new(&DIM_TIME);
    for day in first..=last {
        let date = NaiveDate::from_epoch_days(day)
            .ok_or_else(|| ArrowError::InvalidArgumentError(format!("day {day} is out of the calendar")))?;
        for hour in 0..24 {
            write_hour(&mut rows, day, date, hour);
        }
    }
    rows.finish()
}

fn write_hour(to: &mut RowBuilder, day: i32, date: NaiveDate, hour: i32) {
    let number = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
    let week = date.iso_week();
    let day_key = (i64::from(date.year()) * 100 + i64::from(date.month())) * 100 + i64::from(date.day());
    to.long(day_key * 100 + i64::from(hour));
    to.time(i64::from(day) * MICROS_PER_DAY + i64::from(hour) * MICROS_PER_HOUR);
    to.date(day);
    to.int(hour);
    to.int(day_of_week(day));
    to.text(DAYS[date.weekday().num_days_from_monday() as usize]);
    to.boolean(matches!(date.weekday(), Weekday::Sat | Weekday::Sun));
    to.int(number(date.day()));
    to.int(number(date.ordinal()));
    to.int(number(week.week()));
    to.int(week.year());
    to.int(number(date.month()));
    to.text(MONTHS[date.month0() as usize]);
    to.int(number(date.month0() / 3 + 1));
    to.int(date.year());
}
