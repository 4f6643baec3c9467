//! What an hour is compared with.

use std::collections::{BTreeMap, BTreeSet};

use crate::hour::{DAY, WEEK};
use crate::input::HourInput;
use crate::settings::Settings;
use crate::state::State;
use crate::verdict::Season;

/// Hours that a whole day has at least to count as one.
const LEAST_HOURS_OF_DAY: usize = 12;

/// What an hour is compared with. Its units are what differs from each other without meaning anything: the same hour of
/// some weeks or days, or some days.
pub(crate) struct Reference<'h> {
    pub(crate) season: Season,
    /// Ascending.
    pub(crate) hours: Vec<i64>,
    /// Hour by hour.
    pub(crate) inputs: Vec<&'h HourInput>,
    /// The hours added up by unit.
    pub(crate) units: Vec<Unit>,
    /// All of them added up.
    pub(crate) all: Unit,
}

/// Hours added up, with the brands' counts.
#[derive(Default)]
pub(crate) struct Unit {
    pub(crate) input: HourInput,
    pub(crate) brands: BTreeMap<String, u64>,
}

impl Unit {
    pub(crate) fn of(input: HourInput) -> Self {
        let brands = input.profile.brands.counts();
        Self { input, brands }
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
        let new_normal = since.and_then(|since| groups(hour, settings, &|at| *at >= since && is_usable(at)));
        let found = new_normal.or_else(|| groups(hour, settings, &is_usable));
        found.map_or_else(Self::learning, |(season, groups)| Self::build(season, &groups, history))
    }

    fn learning() -> Self {
        Self {
            season: Season::Learning,
            hours: Vec::new(),
            inputs: Vec::new(),
            units: Vec::new(),
            all: Unit::default(),
        }
    }

    fn build(season: Season, groups: &[Vec<i64>], history: &'h BTreeMap<i64, HourInput>) -> Self {
        let sum = |inputs: &mut dyn Iterator<Item = &HourInput>| {
            let mut sum = HourInput::default();
            inputs.for_each(|input| sum.merge(input));
            sum
        };
        let of_group = |group: &Vec<i64>| sum(&mut group.iter().filter_map(|hour| history.get(hour)));
        let units: Vec<Unit> = groups.iter().map(|group| Unit::of(of_group(group))).collect();
        let mut brands = BTreeMap::<String, u64>::new();
        for (brand, rows) in units.iter().flat_map(|unit| &unit.brands) {
            *brands.entry(brand.clone()).or_default() += rows;
        }
        let all = Unit { input: sum(&mut units.iter().map(|unit| &unit.input)), brands };
        let mut hours = groups.concat();
        hours.sort_unstable();
        let inputs = hours.iter().filter_map(|hour| history.get(hour)).collect();
        Self { season, hours, inputs, units, all }
    }
}

/// The hours to compare with, by unit; none if there are too few.
fn groups(
    hour: i64,
    settings: &Settings,
    is_usable: &dyn Fn(&i64) -> bool,
) -> Option<(Season, Vec<Vec<i64>>)> {
    let same = |apart, count, least: u32| {
        let hours: Vec<_> = same_hours(hour, apart, count).filter(is_usable).map(|hour| vec![hour]).collect();
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
    (days.len() >= settings.least_whole_days as usize).then_some((Season::Day, days))
}
