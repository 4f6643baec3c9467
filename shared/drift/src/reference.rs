//! What an hour is compared with.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::hour::{DAY, WEEK};
use crate::input::HourInput;
use crate::settings::Settings;
use crate::state::State;
use crate::verdict::Season;

/// Hours that a whole day has at least to count as one.
const LEAST_HOURS_OF_DAY: usize = 12;

/// What an hour is compared with.
pub(crate) struct Reference<'h> {
    pub(crate) season: Season,
    /// Ascending.
    pub(crate) hours: Vec<i64>,
    /// What is known of them.
    pub(crate) units: Vec<Unit<'h>>,
    /// All of them added up.
    pub(crate) all: Unit<'static>,
    /// Those that are about the same time of the day: what a number per hour is compared with.
    pub(crate) same_time: Vec<&'h HourInput>,
}

/// An hour, or several, with the brands' counts.
#[derive(Default)]
pub(crate) struct Unit<'h> {
    pub(crate) input: Cow<'h, HourInput>,
    pub(crate) brands: BTreeMap<String, u64>,
}

impl<'h> Unit<'h> {
    pub(crate) fn of(input: &'h HourInput) -> Self {
        Self { input: Cow::Borrowed(input), brands: input.profile.brands.counts() }
    }
}

/// Hours that [`evaluate`](crate::evaluate) may want to compare an hour with: the same hour of the week, the same hour
/// of the day, and the hours of the last week.
pub fn wanted_hours(hour: i64, settings: &Settings) -> BTreeSet<i64> {
    let weeks = same_hours(hour, WEEK, settings.weeks);
    let days = same_hours(hour, DAY, settings.days);
    weeks.chain(days).chain(hour - WEEK..hour).collect()
}

fn same_hours(hour: i64, apart: i64, count: u32) -> impl Iterator<Item = i64> {
    (1..=i64::from(count)).map(move |back| hour - back * apart)
}

impl<'h> Reference<'h> {
    /// The best reference that history holds for an hour. After an incident that was called expected it is one of the
    /// hours since then, as soon as there are enough.
    pub(crate) fn of(
        hour: i64,
        history: &'h BTreeMap<i64, HourInput>,
        settings: &Settings,
        state: &State,
    ) -> Self {
        let is_usable = |at: &i64| {
            history.contains_key(at) && !state.excluded(*at) && settings.calendar_of(*at).next().is_none()
        };
        let since = state.normal_since(hour);
        let new_normal =
            since.and_then(|since| candidates(hour, settings, &|at| *at >= since && is_usable(at)));
        match new_normal.or_else(|| candidates(hour, settings, &is_usable)) {
            Some((season, hours)) => Self::build(hour, season, hours, history),
            None => Self::learning(),
        }
    }

    fn learning() -> Self {
        Self {
            season: Season::Learning,
            hours: Vec::new(),
            units: Vec::new(),
            all: Unit::default(),
            same_time: Vec::new(),
        }
    }

    fn build(hour: i64, season: Season, mut hours: Vec<i64>, history: &'h BTreeMap<i64, HourInput>) -> Self {
        hours.sort_unstable();
        let units: Vec<Unit<'h>> = hours.iter().filter_map(|at| history.get(at)).map(Unit::of).collect();
        let (mut sum, mut brands) = (HourInput::default(), BTreeMap::new());
        for unit in &units {
            sum.merge(&unit.input);
            for (brand, rows) in &unit.brands {
                *brands.entry(brand.clone()).or_default() += rows;
            }
        }
        let all = Unit { input: Cow::Owned(sum), brands };
        // Up to an hour earlier or later, around midnight too.
        let is_same_time = |at: &&i64| (*at - hour + 1).rem_euclid(DAY) <= 2;
        let same_time = hours.iter().filter(is_same_time).filter_map(|at| history.get(at)).collect();
        Self { season, hours, units, all, same_time }
    }
}

/// The hours to compare with; none if there are too few.
fn candidates(
    hour: i64,
    settings: &Settings,
    is_usable: &dyn Fn(&i64) -> bool,
) -> Option<(Season, Vec<i64>)> {
    let same = |apart, count, least: u32| {
        let hours: Vec<i64> = same_hours(hour, apart, count).filter(is_usable).collect();
        (hours.len() >= least as usize).then_some(hours)
    };
    if let Some(weeks) = same(WEEK, settings.weeks, settings.least_weeks) {
        return Some((Season::HourOfWeek, weeks));
    }
    if let Some(days) = same(DAY, settings.days, settings.least_days) {
        return Some((Season::HourOfDay, days));
    }
    let day = |back: i64| -> Vec<i64> {
        let end = hour - back * DAY;
        (end - DAY..end).filter(is_usable).collect()
    };
    let days: Vec<_> = (0..7).map(day).filter(|day| day.len() >= LEAST_HOURS_OF_DAY).collect();
    (days.len() >= settings.least_whole_days as usize).then(|| (Season::Day, days.concat()))
}
