//! Hours of a small shop, without chance but for what tells weeks apart.

use std::collections::BTreeMap;

use estrella_core::event::{EventColumns, EventType, MICROS_PER_HOUR};
use estrella_core::profile::Profile;

use crate::hour::WEEK;
use crate::{HourInput, HourVerdict, MonitorResult, Outcome, Settings, State, evaluate};

/// A Monday, 09:00.
pub(super) const NOW: i64 = 20_458 * 24 + 9;

/// One row.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) second: i64,
    pub(super) kind: EventType,
    pub(super) session: String,
    pub(super) cents: i64,
    pub(super) category: String,
    pub(super) category_id: Option<i64>,
    pub(super) brand: String,
}

/// Rows of so many sessions of four views; some of them put something into the cart and buy it. `variant` shifts who does.
pub(super) fn rows(sessions: u64, variant: u64) -> Vec<Row> {
    let mut rows = Vec::new();
    for session in 0..sessions {
        let mixed = (session + variant * 7919).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
        let category = [0, 0, 0, 1, 1, 2, 3, 4][(mixed % 8) as usize];
        let row = |nth: i64, kind| Row {
            second: (session as i64 * 37) % 3000 + nth * (20 + (mixed % 60) as i64),
            kind,
            session: format!("session {session}"),
            cents: (1000 << category) + (mixed / 8 % 500) as i64,
            category: if category == 4 { String::new() } else { format!("department.kind-{category}") },
            category_id: (category != 4).then_some(category),
            brand: if mixed.is_multiple_of(11) { String::new() } else { format!("brand {}", mixed % 7) },
        };
        rows.extend((0..4).map(|nth| row(nth, EventType::View)));
        if (mixed / 64).is_multiple_of(3) {
            rows.push(row(4, EventType::Cart));
        }
        if (mixed / 64).is_multiple_of(6) {
            rows.push(row(5, EventType::Purchase));
        }
    }
    rows
}

/// Rows as what is known of their hour.
pub(super) fn input(rows: &[Row]) -> HourInput {
    let mut columns = EventColumns::default();
    for (at, row) in rows.iter().enumerate() {
        columns.event_id.push(at as u128);
        columns.event_time.push((row.second * 1_000_000).min(MICROS_PER_HOUR - 1));
        columns.event_type.push(row.kind);
        columns.user_id.push(1);
        columns.product_id.push(1);
        columns.price_cents.push(row.cents);
        columns.category_id.push(row.category_id);
        columns.session.push(row.session.as_bytes());
        columns.category_code.push(row.category.as_bytes());
        columns.brand.push(row.brand.as_bytes());
    }
    let profile = Profile::of(&columns).total();
    let rows_in = profile.rows;
    HourInput { profile, rows_in, source_rows: rows_in, ..HourInput::default() }
}

/// The same hour of eight weeks.
pub(super) fn weeks() -> BTreeMap<i64, HourInput> {
    let week = |back: i64| (NOW - back * WEEK, input(&rows(295 + (back as u64 * 5) % 13, back as u64)));
    (1..=8).map(week).collect()
}

pub(super) fn judge(current: &HourInput) -> HourVerdict {
    evaluate(NOW, current, &weeks(), &Settings::default(), &State::default())
}

pub(super) fn breaches(verdict: &HourVerdict) -> Vec<String> {
    with(verdict, Outcome::Breach)
}

pub(super) fn with(verdict: &HourVerdict, outcome: Outcome) -> Vec<String> {
    verdict.results.iter().filter(|result| result.outcome == outcome).map(MonitorResult::name).collect()
}

pub(super) fn result<'v>(verdict: &'v HourVerdict, name: &str) -> &'v MonitorResult {
    verdict.results.iter().find(|result| result.name() == name).unwrap()
}
