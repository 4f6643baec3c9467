//! One visit to the shop: views, some of which lead to the cart and to a purchase.

use std::ops::ControlFlow;

use rand::Rng;
use rand::distr::Distribution;
use rand::rngs::SmallRng;
use rand_distr::weighted::WeightedAliasIndex;
use rand_distr::{Exp1, LogNormal};
use uuid::Uuid;

use super::Shop;
use super::day::{Event, Kind, Session};
use super::plan::{DayPlan, HOUR_WEIGHTS};
use super::sampling::{Purpose, stream};

/// Log-normal number of views in a session: most have one to three, a few have a hundred.
const LOG_VIEWS: (f64, f64) = (0.59, 1.12);
const MOST_VIEWS: f64 = 400.0;
/// Mean of the exponential gap between two events of a session, in seconds.
const MEAN_GAP_S: f64 = 75.0;

const CART_AFTER_VIEW: f64 = 0.0524;
const PURCHASE_AFTER_CART: f64 = 0.27;
const REMOVE_AFTER_CART: f64 = 0.04;
/// Purchases right after a view, past the cart.
const PURCHASE_AFTER_VIEW: f64 = 0.0008;

/// The next view is of the same product again, of another one in the same category, or of anything.
const SAME_PRODUCT: f64 = 0.28;
const SAME_CATEGORY: f64 = 0.45;

const ZERO_PRICE: f64 = 0.0012;
const NO_SESSION: f64 = 1.3e-6;
/// Each so many-th session goes on with one of the day before: people come back to an open tab.
const RESUMES_EVERY: u32 = 50;

/// The shoppers of one day.
pub(super) struct Shoppers<'a> {
    shop: &'a Shop,
    plan: &'a DayPlan,
    begins: WeightedAliasIndex<f64>,
    views: LogNormal<f64>,
}

impl<'a> Shoppers<'a> {
    pub(super) fn new(shop: &'a Shop, plan: &'a DayPlan) -> anyhow::Result<Self> {
        let hours = HOUR_WEIGHTS.iter().zip(plan.open).map(|(&weight, open)| if open { weight } else { 0.0 });
        Ok(Self {
            shop,
            plan,
            begins: WeightedAliasIndex::new(hours.collect())?,
            views: LogNormal::new(LOG_VIEWS.0, LOG_VIEWS.1)?,
        })
    }

    /// Adds the day's session of this number and its events, of which there is at least one; stops when there
    /// are `limit` events.
    pub(super) fn visit(
        &self,
        number: u32,
        limit: usize,
        sessions: &mut Vec<Session>,
        events: &mut Vec<Event>,
    ) {
        let mut rng = self.stream(self.plan.index, number);
        let mut session = self.session(&mut rng);
        if number.is_multiple_of(RESUMES_EVERY) && self.plan.index > 0 {
            // Its neighbour in number, which never resumes one itself: so each is resumed once.
            session = self.session(&mut self.stream(self.plan.index - 1, number + 1));
        }
        sessions.push(session);
        let second = self.begins.sample(&mut rng) as u32 * 3_600 + rng.random_range(0..3_600);
        let views = self.views.sample(&mut rng).ceil().min(MOST_VIEWS) as u32;
        let mut visit = Visit { second, session: number, open: self.plan.open, limit, events };
        // A visit that breaks off, at midnight or in an outage, simply has fewer events.
        let _ = self.browse(&mut visit, views, &mut rng);
    }

    fn stream(&self, day: u32, number: u32) -> SmallRng {
        stream(self.shop.seed, Purpose::Session, u64::from(day) << 32 | u64::from(number))
    }

    fn session(&self, rng: &mut SmallRng) -> Session {
        let user = self.shop.users.draw(rng);
        Session { user, id: session_id(rng) }
    }

    fn browse(&self, visit: &mut Visit<'_>, views: u32, rng: &mut SmallRng) -> ControlFlow<()> {
        let catalogue = &self.shop.catalogue;
        let mut category = catalogue.draw_category(rng);
        let mut product = catalogue.draw_product(category, rng);
        for _ in 0..views {
            let zero_price = rng.random_bool(ZERO_PRICE);
            // Drawn on every day: a flood then changes its own events and no others.
            let flooded = rng.random_bool(self.plan.flood_share);
            let mut log =
                |kind, rng: &mut SmallRng| visit.log(Look { product, zero_price, flooded }, kind, rng);
            log(Kind::View, rng)?;
            let luck: f64 = rng.random();
            if luck < CART_AFTER_VIEW {
                log(Kind::Cart, rng)?;
                let luck: f64 = rng.random();
                if luck < PURCHASE_AFTER_CART {
                    log(Kind::Purchase, rng)?;
                } else if luck < PURCHASE_AFTER_CART + REMOVE_AFTER_CART {
                    log(Kind::RemoveFromCart, rng)?;
                }
            } else if luck < CART_AFTER_VIEW + PURCHASE_AFTER_VIEW {
                log(Kind::Purchase, rng)?;
            }
            let wish: f64 = rng.random();
            if wish >= SAME_PRODUCT {
                if wish >= SAME_PRODUCT + SAME_CATEGORY {
                    category = catalogue.draw_category(rng);
                }
                product = catalogue.draw_product(category, rng);
            }
        }
        ControlFlow::Continue(())
    }
}

/// A random UUID of version 4.
pub(super) fn session_id(rng: &mut SmallRng) -> Uuid {
    uuid::Builder::from_random_bytes(rng.random()).into_uuid()
}

/// What one look at a product gives to the events that follow from it.
struct Look {
    product: u32,
    zero_price: bool,
    flooded: bool,
}

/// A session on its way through the day.
struct Visit<'a> {
    second: u32,
    session: u32,
    open: [bool; 24],
    limit: usize,
    events: &'a mut Vec<Event>,
}

impl Visit<'_> {
    /// Adds an event and lets time pass, at least a second: the events of a session never coincide, so no two
    /// rows are equal by chance.
    fn log(&mut self, look: Look, kind: Kind, rng: &mut SmallRng) -> ControlFlow<()> {
        let open = self.open.get((self.second / 3_600) as usize) == Some(&true);
        if !open || self.events.len() == self.limit {
            return ControlFlow::Break(());
        }
        self.events.push(Event {
            second: self.second,
            session: self.session,
            product: look.product,
            kind,
            zero_price: look.zero_price,
            flooded: look.flooded,
            no_session: rng.random_bool(NO_SESSION),
        });
        self.second += 1 + (MEAN_GAP_S * rng.sample::<f64, _>(Exp1)) as u32;
        ControlFlow::Continue(())
    }
}
