//! Hours of a shop judged one by one, as production does.

use std::collections::BTreeMap;

use estrella_core::profile::Profile;
use estrella_drift::{HourInput, Notice, Settings, State, evaluate, step};

use super::incident::{Injected, Kind};
use super::shop::{Shop, Size, columns};

const WEEK: i64 = 7 * 24;
/// Monday, 2026-01-05: the first hour.
pub(crate) const START: i64 = 20_458 * 24;

/// What is simulated.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) size: Size,
    pub(crate) seed: u64,
    /// Weeks until something goes wrong.
    pub(crate) quiet_weeks: i64,
    /// Weeks after these.
    pub(crate) weeks: i64,
    /// By how much prices rise in a week, in the weeks that are not quiet.
    pub(crate) inflation: f64,
    pub(crate) injected: Vec<Injected>,
}

/// What was told, with the hour after which it was.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) hour: i64,
    pub(crate) notice: Notice,
}

/// What came of it.
pub(crate) struct Outcome {
    pub(crate) told: Vec<Told>,
    pub(crate) events: u64,
    /// Least and most results of an hour that had a reference.
    pub(crate) results: (usize, usize),
    /// Bytes of the state at the end.
    pub(crate) state_bytes: usize,
}

impl Plan {
    pub(crate) fn first_spoilt(&self) -> i64 {
        START + self.quiet_weeks * WEEK
    }

    pub(crate) fn run(&self) -> Outcome {
        let settings = self.settings();
        let mut shop = Shop::new(self.size, self.seed);
        let (mut history, mut state) = (BTreeMap::<i64, HourInput>::new(), State::default());
        let mut outcome = Outcome { told: Vec::new(), events: 0, results: (usize::MAX, 0), state_bytes: 0 };
        for hour in START..self.first_spoilt() + self.weeks * WEEK {
            let input = self.hour(hour, &mut shop);
            outcome.events += input.profile.rows;
            let verdict = evaluate(hour, &input, &history, &settings, &state);
            if !verdict.reference_hours.is_empty() {
                let results = verdict.results.len();
                outcome.results = (outcome.results.0.min(results), outcome.results.1.max(results));
            }
            let notices = step(&mut state, &verdict, &settings);
            outcome.told.extend(notices.into_iter().map(|notice| Told { hour, notice }));
            history.insert(hour, input);
            history = history.split_off(&(hour - 8 * WEEK));
        }
        outcome.state_bytes = serde_json::to_string(&state).map_or(0, |text| text.len());
        outcome
    }

    fn hour(&self, hour: i64, shop: &mut Shop) -> HourInput {
        let spoilt = self.injected.iter().filter(|injected| injected.holds(hour));
        let weeks = ((hour - self.first_spoilt()) as f64 / WEEK as f64).max(0.0);
        let prices = (1.0 + self.inflation).powf(weeks);
        let volume =
            if spoilt.clone().any(|injected| injected.kind == Kind::BlackFriday) { 4.0 } else { 1.0 };
        let mut events = shop.hour(hour, volume, prices);
        for injected in spoilt {
            events = injected.spoil(hour, events, prices, shop);
        }
        let profile = Profile::of(&columns(&events)).total();
        let few =
            |shop: &mut Shop, share: f64| (0..profile.rows).filter(|_| shop.chance(share)).count() as u64;
        let (duplicates, rejected) = (few(shop, 0.004), few(shop, 0.001));
        let rows_in = profile.rows + duplicates;
        let source_rows = rows_in + rejected;
        HourInput { profile, rows_in, duplicates, rejected, source_rows, ..HourInput::default() }
    }

    /// The shipped settings, with the sale in the calendar.
    fn settings(&self) -> Settings {
        let sales = self.injected.iter().filter(|injected| injected.kind == Kind::BlackFriday);
        let entry = |sale: &Injected| {
            let (from, to) =
                (estrella_drift::format_hour_iso(sale.from), estrella_drift::format_hour_iso(sale.to()));
            format!(
                "[[calendar]]\nname = \"Black Friday\"\nfrom = {from}\nto = {to}\n\
                 monitors = [\"volume\", \"sessions\"]\nvolume = [1.0, 6.0]\n"
            )
        };
        Settings::parse(&sales.map(entry).collect::<String>()).unwrap()
    }
}
