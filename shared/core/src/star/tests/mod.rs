//! Tests of the dimensions.

mod merging;
mod oracle;
mod table;

use proptest::prelude::*;

use super::Event;
use crate::event::EventType;

/// An event that owns its texts.
#[derive(Debug, Clone)]
struct Owned {
    event_time: i64,
    event_type: EventType,
    user_id: i64,
    product_id: i64,
    price_cents: i64,
    session_id: String,
    category_id: Option<i64>,
    category_code: String,
    brand: String,
}

impl Owned {
    fn event(&self) -> Event<'_> {
        Event {
            event_time: self.event_time,
            event_type: self.event_type,
            user_id: self.user_id,
            product_id: self.product_id,
            price_cents: self.price_cents,
            session_id: &self.session_id,
            category_id: self.category_id,
            category_code: &self.category_code,
            brand: &self.brand,
        }
    }
}

/// Events of so few instants, keys and texts that ties and collisions are common.
fn events() -> impl Strategy<Value = Vec<Owned>> {
    let session = prop_oneof![
        (0..3u8).prop_map(|n| format!("0000000{n}-89ab-4def-8123-456789abcdef")),
        "[a-c]{0,2}",
        Just("a-text-of-36-bytes-that-is-no-uuid--".to_owned()),
    ];
    let code = prop_oneof![Just("unknown".to_owned()), "[a-b](\\.[a-b]){0,5}"];
    let what = (0..4usize, 1..4i64, 1..4i64, prop_oneof![1..4i64, Just(9_999_999_999)]);
    let event = (-2..6i64, what, session, prop::option::of(1..3i64), code, "[a-c]{1,2}");
    let event = event.prop_map(
        |(step, (kind, user_id, product_id, price_cents), session_id, category_id, code, brand)| {
            Owned {
                // Some sessions are longer than a day.
                event_time: step * 20_000_000_000,
                event_type: EventType::ALL[kind],
                user_id,
                product_id,
                price_cents,
                session_id,
                category_id,
                category_code: code,
                brand,
            }
        },
    );
    prop::collection::vec(event, 0..60)
}
