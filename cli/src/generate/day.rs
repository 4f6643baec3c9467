//! The events of one day, in memory.

use rand::Rng;
use rand::seq::index;
use uuid::Uuid;

use super::Shop;
use super::plan::{Bot, DayPlan};
use super::sampling::{Purpose, stream};
use super::session::{Shoppers, session_id};

/// What happened.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    View,
    Cart,
    RemoveFromCart,
    Purchase,
}

/// One row to be: 16 bytes, as a day may have millions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event {
    /// Since midnight UTC.
    pub(super) second: u32,
    /// Index into the day's sessions.
    pub(super) session: u32,
    /// Index into the catalogue.
    pub(super) product: u32,
    pub(super) kind: Kind,
    /// The price is 0.00.
    pub(super) zero_price: bool,
    /// The brand is the day's new one.
    pub(super) flooded: bool,
    /// The user_session is null.
    pub(super) no_session: bool,
}

/// Who is behind a session, and its id.
#[derive(Debug, Clone, Copy)]
pub(super) struct Session {
    pub(super) user: u32,
    pub(super) id: Uuid,
}

/// The events of one day, sorted by time.
pub(super) struct Day {
    pub(super) sessions: Vec<Session>,
    pub(super) events: Vec<Event>,
}

impl Day {
    pub(super) fn new(shop: &Shop, plan: &DayPlan) -> anyhow::Result<Self> {
        let rows = plan.shopper_rows + plan.bots.iter().map(|bot| bot.events as usize).sum::<usize>();
        let mut day = Self { sessions: Vec::new(), events: Vec::with_capacity(rows) };
        if plan.shopper_rows > 0 {
            day.add_shoppers(shop, plan)?;
        }
        for &bot in &plan.bots {
            day.add_bot(shop, plan, bot);
        }
        // Stable: the events of a session keep their order whatever their seconds.
        day.events.sort_by_key(|event| event.second);
        Ok(day)
    }

    fn add_shoppers(&mut self, shop: &Shop, plan: &DayPlan) -> anyhow::Result<()> {
        let shoppers = Shoppers::new(shop, plan)?;
        let originals = plan.shopper_rows - plan.duplicates;
        let mut number = 0;
        while self.events.len() < originals {
            shoppers.visit(number, originals, &mut self.sessions, &mut self.events);
            number += 1;
        }
        let mut rng = stream(shop.seed, Purpose::Duplicates, plan.index.into());
        for original in index::sample(&mut rng, originals, plan.duplicates) {
            self.events.push(self.events[original]);
        }
        Ok(())
    }

    /// A session that views one product after the other, evenly over the hours without an outage.
    fn add_bot(&mut self, shop: &Shop, plan: &DayPlan, Bot { number, events }: Bot) {
        let mut rng = stream(shop.seed, Purpose::Bot, number.into());
        let session = self.sessions.len() as u32;
        let user = shop.users.stranger(number);
        self.sessions.push(Session { user, id: session_id(&mut rng) });
        let hours: Vec<u32> = (0..24).filter(|&hour| plan.open[hour as usize]).collect();
        let open_seconds = hours.len() as u64 * 3_600;
        let first = rng.random_range(0..shop.catalogue.len());
        for step in 0..events {
            let second = (u64::from(step) * open_seconds / u64::from(events)) as u32;
            self.events.push(Event {
                second: hours[(second / 3_600) as usize] * 3_600 + second % 3_600,
                session,
                product: ((u64::from(first) + u64::from(step)) % u64::from(shop.catalogue.len())) as u32,
                kind: Kind::View,
                zero_price: false,
                flooded: false,
                no_session: false,
            });
        }
    }
}
