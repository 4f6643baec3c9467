//! From a row group of `clean.events` back to rows.

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Decimal128Type, Int64Type, TimestampMicrosecondType};

use crate::event::{EventColumns, EventType, UNKNOWN, parse_event_id};

/// The rows of a batch with the columns of `clean.events`; none if it does not hold such rows. What was imputed
/// becomes null again, so that it is counted as such.
pub fn event_columns(batch: &RecordBatch) -> Option<EventColumns> {
    let column = |name: &str| batch.column_by_name(name);
    let longs = |name: &str| column(name)?.as_primitive_opt::<Int64Type>();
    let texts = |name: &str| column(name)?.as_string_opt::<i32>();

    let prices = column("price")?.as_primitive_opt::<Decimal128Type>()?;
    let prices = prices.values().iter().map(|&cents| i64::try_from(cents).ok());
    let kinds = texts("event_type")?;
    let kinds = (0..batch.num_rows()).map(|row| EventType::parse(kinds.value(row).as_bytes()));
    let mut rows = EventColumns {
        event_id: texts("event_id")?.iter().map(|id| parse_event_id(id?)).collect::<Option<_>>()?,
        event_time: column("event_time")?.as_primitive_opt::<TimestampMicrosecondType>()?.values().to_vec(),
        event_type: kinds.collect::<Option<_>>()?,
        user_id: longs("user_id")?.values().to_vec(),
        product_id: longs("product_id")?.values().to_vec(),
        price_cents: prices.collect::<Option<_>>()?,
        category_id: longs("category_id")?.iter().collect(),
        ..EventColumns::default()
    };
    let (sessions, codes, brands) = (texts("session_id")?, texts("category_code")?, texts("brand")?);
    for row in 0..batch.num_rows() {
        rows.session.push(sessions.value(row).as_bytes());
        rows.category_code.push(known(codes.value(row)));
        rows.brand.push(known(brands.value(row)));
    }
    Some(rows)
}

fn known(text: &str) -> &[u8] {
    if text == UNKNOWN { b"" } else { text.as_bytes() }
}
