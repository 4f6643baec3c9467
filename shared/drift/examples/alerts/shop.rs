//! A shop with customers, hour by hour: a day and a week, sessions of several events, few products that many look at.

use estrella_core::event::{EventColumns, EventType, MICROS_PER_HOUR};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use rand_distr::{Distribution, Exp, Gamma, LogNormal, Normal, Poisson, Zipf, weighted::WeightedIndex};

/// Share of an hour's sessions of those of the greatest hour, by hour of day.
const DAY: [f64; 24] = [
    0.30, 0.22, 0.18, 0.16, 0.16, 0.20, 0.30, 0.42, 0.55, 0.66, 0.74, 0.80, 0.82, 0.80, 0.78, 0.80, 0.84,
    0.88, 0.93, 1.00, 0.97, 0.85, 0.65, 0.45,
];
/// By day of week, Monday first.
const WEEK: [f64; 7] = [0.95, 0.93, 0.92, 0.94, 1.00, 1.12, 1.14];
/// How much weeks, days and hours differ from each other, as standard deviations of logarithms.
const WEEK_NOISE: f64 = 0.05;
const DAY_NOISE: f64 = 0.05;
const HOUR_NOISE: f64 = 0.03;
/// The same for the wish to buy, and for each category's part.
const WISH_NOISE: f64 = 0.05;
const FASHION_NOISE: f64 = 0.08;

/// How large a shop is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) categories: usize,
    pub(crate) products: usize,
    pub(crate) brands: usize,
    /// Sessions of the greatest hour.
    pub(crate) sessions: f64,
}

struct Product {
    id: i64,
    category: usize,
    /// Empty for none.
    brand: String,
    cents: f64,
}

/// One event.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) time: i64,
    pub(crate) kind: EventType,
    pub(crate) user: i64,
    pub(crate) session: String,
    pub(crate) product: i64,
    /// Empty for none.
    pub(crate) category: String,
    pub(crate) brand: String,
    pub(crate) cents: i64,
}

struct Visitor {
    user: i64,
    session: String,
}

/// The shop, at the end of the hours that it has given so far.
pub(crate) struct Shop {
    size: Size,
    random: SmallRng,
    categories: Vec<String>,
    /// By category, most popular first.
    products: Vec<Vec<Product>>,
    weights: Vec<f64>,
    fashion: Vec<f64>,
    week: f64,
    day: f64,
    wish: f64,
    sessions: i64,
    /// Events of sessions that go on in later hours.
    later: Vec<Event>,
}

impl Shop {
    pub(crate) fn new(size: Size, seed: u64) -> Self {
        let mut random = SmallRng::seed_from_u64(seed);
        let brand_of = Zipf::new(size.brands as f64, 1.0).unwrap();
        let level = LogNormal::new(8.5, 0.9).unwrap();
        let mut products = Vec::new();
        for category in 0..size.categories {
            let typical: f64 = level.sample(&mut random);
            let around = LogNormal::new(typical.ln(), 0.5).unwrap();
            let product = |nth: usize| {
                let brand = format!("brand-{}", brand_of.sample(&mut random));
                Product {
                    id: (category * size.products + nth) as i64,
                    category,
                    brand: if random.random_bool(0.1) { String::new() } else { brand },
                    cents: around.sample(&mut random).clamp(100.0, 5e7),
                }
            };
            products.push((0..size.products).map(product).collect());
        }
        // One category in eight or so has no code, as in the public dataset.
        let name = |n: usize| if n % 8 == 3 { String::new() } else { format!("department.category-{n}") };
        Self {
            size,
            categories: (0..size.categories).map(name).collect(),
            products,
            weights: (0..size.categories).map(|n| 1.0 / (n as f64 + 2.0)).collect(),
            fashion: vec![1.0; size.categories],
            week: 1.0,
            day: 1.0,
            wish: 1.0,
            sessions: 0,
            later: Vec::new(),
            random,
        }
    }

    /// The code of the n-th greatest category.
    pub(crate) fn category(&self, nth: usize) -> &str {
        &self.categories[nth]
    }

    /// The events of an hour, with so many times the usual sessions and prices.
    pub(crate) fn hour(&mut self, hour: i64, volume: f64, prices: f64) -> Vec<Event> {
        let (of_day, day) = (hour.rem_euclid(24) as usize, hour.div_euclid(24));
        // 1970-01-01 was a Thursday.
        let of_week = (day + 3).rem_euclid(7) as usize;
        if of_day == 0 {
            self.day = self.noise(DAY_NOISE);
            self.wish = self.noise(WISH_NOISE);
            if of_week == 0 {
                self.week = self.noise(WEEK_NOISE);
                self.fashion = (0..self.size.categories).map(|_| self.noise(FASHION_NOISE)).collect();
            }
        }
        let mean = self.size.sessions
            * DAY[of_day]
            * WEEK[of_week]
            * self.week
            * self.day
            * volume
            * self.noise(HOUR_NOISE);
        let count = Poisson::new(mean).unwrap().sample(&mut self.random) as usize;
        let weights = self.weights.iter().zip(&self.fashion).map(|(weight, fashion)| weight * fashion);
        let category = WeightedIndex::new(weights).unwrap();
        let mut events = std::mem::take(&mut self.later);
        for _ in 0..count {
            let favourite = category.sample(&mut self.random);
            self.session(hour * MICROS_PER_HOUR, favourite, &category, prices, &mut events);
        }
        let end = (hour + 1) * MICROS_PER_HOUR;
        (events, self.later) = events.into_iter().partition(|event| event.time < end);
        events.sort_by_key(|event| event.time);
        events
    }

    fn session(
        &mut self,
        start: i64,
        favourite: usize,
        category: &WeightedIndex<f64>,
        prices: f64,
        events: &mut Vec<Event>,
    ) {
        let pause = Exp::new(1.0 / 45e6).unwrap();
        let popular = Zipf::new(self.size.products as f64, 1.1).unwrap();
        self.sessions += 1;
        let visitor = Visitor { user: self.sessions % 50_011, session: format!("session-{}", self.sessions) };
        // Some want to buy, many only look.
        let wish = (0.08 * self.wish * Gamma::new(0.7, 1.0 / 0.7).unwrap().sample(&mut self.random)).min(0.9);
        let mut time = start + self.random.random_range(0..MICROS_PER_HOUR);
        let views = 1 + (Exp::new(0.45).unwrap().sample(&mut self.random) as usize).min(60);
        for _ in 0..views {
            let own = self.random.random_bool(0.8);
            let of = if own { favourite } else { category.sample(&mut self.random) };
            let nth = popular.sample(&mut self.random) as usize - 1;
            let mut kinds = vec![EventType::View];
            if self.random.random_bool(wish) {
                kinds.push(EventType::Cart);
                if self.random.random_bool(0.15) {
                    kinds.push(EventType::RemoveFromCart);
                } else if self.random.random_bool(0.4) {
                    kinds.push(EventType::Purchase);
                }
            }
            for kind in kinds {
                events.push(self.event(time, kind, &visitor, (of, nth), prices));
                time += pause.sample(&mut self.random) as i64 + 1_000_000;
            }
        }
    }

    /// An event with the n-th product of a category.
    fn event(
        &self,
        time: i64,
        kind: EventType,
        visitor: &Visitor,
        (category, nth): (usize, usize),
        prices: f64,
    ) -> Event {
        let product = &self.products[category][nth];
        Event {
            time,
            kind,
            user: visitor.user,
            session: visitor.session.clone(),
            product: product.id,
            category: self.categories[product.category].clone(),
            brand: product.brand.clone(),
            cents: (product.cents * prices) as i64,
        }
    }

    /// Views of one session that reads the whole catalogue, spread over an hour.
    pub(crate) fn bot(&mut self, hour: i64, views: usize, prices: f64) -> Vec<Event> {
        let view = |_| {
            let category = self.random.random_range(0..self.size.categories);
            let nth = self.random.random_range(0..self.size.products);
            let time = hour * MICROS_PER_HOUR + self.random.random_range(0..MICROS_PER_HOUR);
            (time, category, nth)
        };
        let views: Vec<_> = (0..views).map(view).collect();
        let bot = Visitor { user: -1, session: "bot".to_owned() };
        let event = |(time, category, nth)| self.event(time, EventType::View, &bot, (category, nth), prices);
        views.into_iter().map(event).collect()
    }

    /// Whether something of this probability happens.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.random.random_bool(probability)
    }

    /// A number below another.
    pub(crate) fn below(&mut self, end: i64) -> i64 {
        self.random.random_range(0..end)
    }

    fn noise(&mut self, deviation: f64) -> f64 {
        Normal::new(0.0, deviation).unwrap().sample(&mut self.random).exp()
    }
}

/// Events as rows.
pub(crate) fn columns(events: &[Event]) -> EventColumns {
    let mut columns = EventColumns::default();
    for (at, event) in events.iter().enumerate() {
        columns.event_id.push(at as u128);
        columns.event_time.push(event.time);
        columns.event_type.push(event.kind);
        columns.user_id.push(event.user);
        columns.product_id.push(event.product);
        columns.price_cents.push(event.cents.max(1));
        columns.category_id.push((!event.category.is_empty()).then_some(1));
        columns.session.push(event.session.as_bytes());
        columns.category_code.push(event.category.as_bytes());
        columns.brand.push(event.brand.as_bytes());
    }
    columns
}
