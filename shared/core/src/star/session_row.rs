//! Sessions as rows.

use std::fmt::Write;

use arrow::array::{Array, RecordBatch};
use arrow::error::ArrowError;

use super::{Activity, Attributes, Row, RowBuilder, Session, SessionId};
use crate::changes::Value;
use crate::event::UNKNOWN;
use crate::schema::{DIM_SESSIONS, TableSchema};

impl Row for Session {
    const TABLE: &'static TableSchema = &DIM_SESSIONS;
    type Key = SessionId;

    const EVENTLESS: bool = false;

    fn write(key: &SessionId, session: Option<&Self>, version: &Attributes, to: &mut RowBuilder) {
        let Some(session) = session else { return };
        to.text(key.as_str());
        to.long(session.user_id);
        if session.has_many_users() {
            to.optional_text(Some(&join(&session.other_user_ids)));
        } else {
            to.optional_text(None);
        }
        to.time(session.activity.first_at);
        to.time(session.activity.last_at);
        to.long(session.duration_us() / 1_000_000);
        to.count(session.activity.events());
        to.counts(&session.activity.counts);
        to.decimal(session.activity.purchases_cents);
        to.boolean(session.is_converted());
        to.optional_time(session.first_interest_at);
        to.optional_time(session.first_purchase_at);
        to.boolean(session.has_many_users());
        to.boolean(session.has_unexplained_purchase());
        to.boolean(session.is_oversized());
        for attribute in 0..2 {
            to.text(version.value(attribute).and_then(Value::text).unwrap_or(UNKNOWN));
        }
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
