//! Sessions as rows.

use std::fmt::Write;

use arrow::array::{Array, RecordBatch};
use arrow::error::ArrowError;

use super::{Activity, Row, RowBuilder, Session, SessionId};
use crate::schema::{DIM_SESSIONS, TableSchema};

impl Row for Session {
    const TABLE: &'static TableSchema = &DIM_SESSIONS;
    type Key = SessionId;

    fn write(&self, key: &SessionId, to: &mut RowBuilder) {
        to.text(key.as_str());
        to.long(self.user_id);
        if self.has_many_users() {
            to.optional_text(Some(&join(&self.other_user_ids)));
        } else {
            to.optional_text(None);
        }
        to.time(self.activity.first_at);
        to.time(self.activity.last_at);
        to.long(self.duration_us() / 1_000_000);
        to.count(self.activity.events());
        to.counts(&self.activity.counts);
        to.decimal(self.activity.purchases_cents);
        to.boolean(self.is_converted());
        to.optional_time(self.first_interest_at);
        to.optional_time(self.first_purchase_at);
        to.boolean(self.has_many_users());
        to.boolean(self.has_unexplained_purchase());
        to.boolean(self.is_oversized());
    }

    fn read(batch: &RecordBatch) -> Result<Vec<(SessionId, Self)>, ArrowError> {
        let columns = Self::reader(batch);
        let (ids, users) = (columns.texts("session_id")?, columns.longs("user_id")?);
        let others = columns.texts("other_user_ids")?;
        let interest = columns.optional_times("first_interest_at")?;
        let purchase = columns.optional_times("first_purchase_at")?;
        let activities = columns.activities("started_at", "ended_at", "revenue")?;
        let row = |(i, activity): (usize, Activity)| {
            let session = Self {
                user_id: users[i],
                other_user_ids: if others.is_valid(i) { split(others.value(i))? } else { Vec::new() },
                activity,
                first_interest_at: interest.is_valid(i).then(|| interest.value(i)),
                first_purchase_at: purchase.is_valid(i).then(|| purchase.value(i)),
            };
            Ok((ids.value(i).into(), session))
        };
        activities.into_iter().enumerate().map(row).collect()
    }
}

fn join(ids: &[i64]) -> String {
    let mut text = String::new();
    for id in ids {
        let comma = if text.is_empty() { "" } else { "," };
        // Writing to a string cannot fail.
        let _infallible = write!(text, "{comma}{id}");
    }
    text
}

fn split(text: &str) -> Result<Vec<i64>, ArrowError> {
    let ids: Result<Vec<i64>, _> = text.split(',').map(str::parse).collect();
    match ids {
        Ok(ids) if ids.is_sorted_by(|a, b| a < b) => Ok(ids),
        _ => Err(ArrowError::ParseError(format!("other_user_ids is no ascending list of ids: {text:?}"))),
    }
}
