//! What goes wrong, and when.

use estrella_core::event::EventType;

use super::shop::{Event, Shop};

/// What goes wrong, or only seems to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// No events at all.
    Outage,
    /// Prices of one category are a hundred times too high.
    PriceBug,
    /// No cart is recorded.
    CartLost,
    /// One session makes a fifth of all events.
    Bot,
    /// Three rows in ten have a brand that never was.
    BrandFlood,
    /// Four times the usual customers, and the calendar says so.
    BlackFriday,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Outage => "outage",
            Self::PriceBug => "price x100 in one category",
            Self::CartLost => "cart tracking lost",
            Self::Bot => "bot, 20 % of events",
            Self::BrandFlood => "brand flood",
            Self::BlackFriday => "Black Friday, in the calendar",
        }
    }

    pub(crate) fn hours(self) -> i64 {
        match self {
            Self::Outage => 3,
            Self::PriceBug => 6,
            Self::CartLost => 12,
            Self::Bot | Self::BrandFlood => 8,
            Self::BlackFriday => 24,
        }
    }

    /// Whether somebody is to hear of it.
    pub(crate) fn must_page(self) -> bool {
        self != Self::BlackFriday
    }
}

/// What goes wrong from an hour on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Injected {
    pub(crate) kind: Kind,
    pub(crate) from: i64,
    /// Place of the category among the greatest, for what is about one.
    pub(crate) category: usize,
}

impl Injected {
    pub(crate) fn to(&self) -> i64 {
        self.from + self.kind.hours()
    }

    pub(crate) fn holds(&self, hour: i64) -> bool {
        (self.from..self.to()).contains(&hour)
    }

    /// Does to an hour's events what goes wrong.
    pub(crate) fn spoil(
        &self,
        hour: i64,
        mut events: Vec<Event>,
        prices: f64,
        shop: &mut Shop,
    ) -> Vec<Event> {
        match self.kind {
            Kind::Outage => events.clear(),
            Kind::PriceBug => {
                let category = shop.category(self.category).to_owned();
                events.iter_mut().filter(|event| event.category == category).for_each(|e| e.cents *= 100);
            }
            Kind::CartLost => events.retain(|event| event.kind != EventType::Cart),
            Kind::Bot => {
                events.extend(shop.bot(hour, events.len() / 4, prices));
                events.sort_by_key(|event| event.time);
            }
            Kind::BrandFlood => {
                for event in &mut events {
                    if shop.chance(0.3) {
                        event.brand = format!("never-heard-of-{}", shop.below(200));
                    }
                }
            }
            Kind::BlackFriday => {}
        }
        events
    }
}
