//! Visits: sessions and what is done in them.

use rand::Rng;
use rand::seq::IndexedRandom;
use uuid::Uuid;

use super::super::shop::{Event, Session};
use super::super::tables::{EVENTS, Op, PRODUCTS, SESSIONS, Set};
use super::Planner;

const DEVICES: &[&str] = &["mobile", "desktop", "tablet", ""];
const CHANNELS: &[&str] = &["direct", "search", "email", "social, paid", "affiliate \"a\""];
const MOST_EVENTS: u32 = 4;

/// Of the looks at a product, so many put it into the cart.
const CART: f64 = 0.3;
/// Of the steps with something in the cart, so many take it out, and so many buy it.
const REMOVE: f64 = 0.12;
const BUY: f64 = 0.35;

impl Planner<'_> {
    /// Somebody comes, and looks around.
    pub(super) fn visit(&mut self) {
        let Some(user) = self.shop.users.choose(self.rng).map(|user| user.id) else { return };
        let id = self.uuid();
        let device = DEVICES.choose(self.rng).copied().unwrap_or_default();
        let channel = CHANNELS.choose(self.rng).copied().unwrap_or_default();
        self.shop.open_session(Session { id, user, events: 0, cart: Vec::new() });
        let set = vec![
            ("user_id", Set::text(user)),
            ("device_type", Set::text(device)),
            ("channel", Set::text(channel)),
            ("started_at", Set::Now),
        ];
        self.push(&SESSIONS, Op::Insert, id, set);
        // Some leave at once.
        let events = self.rng.random_range(0..=MOST_EVENTS);
        self.browse(self.shop.sessions.len() - 1, events);
    }

    /// Somebody who is there looks on.
    pub(super) fn go_on(&mut self) {
        if !self.shop.sessions.is_empty() {
            let session = self.rng.random_range(0..self.shop.sessions.len());
            let events = self.rng.random_range(1..=MOST_EVENTS);
            self.browse(session, events);
        }
    }

    fn browse(&mut self, session: usize, events: u32) {
        for _ in 0..events {
            let luck: f64 = self.rng.random();
            let in_cart = self.shop.sessions[session].cart.last().copied();
            match in_cart {
                Some(product) if luck < REMOVE => {
                    self.shop.sessions[session].cart.pop();
                    self.log(session, product, "remove_from_cart");
                }
                Some(product) if luck < REMOVE + BUY => self.buy(session, product),
                _ => self.look(session),
            }
        }
    }

    fn look(&mut self, session: usize) {
        let Some(product) = self.shop.products.choose(self.rng).map(|product| product.id) else { return };
        self.log(session, product, "view");
        if self.rng.random_bool(CART) {
            self.shop.sessions[session].cart.push(product);
            self.log(session, product, "cart");
        }
    }

    /// What is sold out stays in the cart.
    fn buy(&mut self, session: usize, product: i64) {
        match self.shop.product(product) {
            Some(found) if found.stock > 0 => found.stock -= 1,
            _ => return,
        }
        self.shop.sessions[session].cart.pop();
        self.log(session, product, "purchase");
        self.push(&PRODUCTS, Op::Update, product, vec![("stock", Set::Add(-1))]);
    }

    fn log(&mut self, session: usize, product: i64, kind: &str) {
        // A product in a cart may be gone from the catalogue: nothing refers to it yet.
        let Some(cents) = self.shop.product(product).map(|product| product.cents) else { return };
        let (session, user) = (self.shop.sessions[session].id, self.shop.sessions[session].user);
        let id = self.uuid();
        self.shop.add_event(Event { id, session, product });
        let set = vec![
            ("session_id", Set::text(session)),
            ("user_id", Set::text(user)),
            ("product_id", Set::text(product)),
            ("event_type", Set::text(kind)),
            ("event_time", Set::Now),
            ("price", Set::text(super::catalogue::price(cents))),
        ];
        self.push(&EVENTS, Op::Insert, id, set);
    }

    fn uuid(&mut self) -> Uuid {
        uuid::Builder::from_random_bytes(self.rng.random()).into_uuid()
    }
}
