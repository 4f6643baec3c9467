//! How the rows are shared out over the days, and what goes wrong on each.

use anyhow::{bail, ensure};
use chrono::{Datelike, Days, NaiveDate};
use rand::Rng;

use super::args::GenerateArgs;
use super::incident::Incident;
use super::sampling::{Purpose, stream};

/// When sessions begin: weight of each hour of the day, UTC. A shop whose customers live four hours east.
pub(super) const HOUR_WEIGHTS: [f64; 24] = [
    0.6, 0.9, 1.6, 2.8, 4.0, 4.9, 5.4, 5.7, 5.9, 5.9, 5.9, 5.9, 6.0, 6.3, 6.9, 7.4, 7.3, 6.5, 5.0, 3.3, 2.0,
    1.2, 0.7, 0.5,
];
/// Weight of each day of the week, from Monday.
const WEEKDAY_WEIGHTS: [f64; 7] = [0.95, 0.94, 0.95, 0.97, 1.01, 1.10, 1.08];
/// A day's volume lies within this share of what its weekday gives.
const VOLUME_NOISE: f64 = 0.03;
/// Most of the shoppers' rows that may be duplicates: each original is repeated at most once.
const MOST_DUPLICATES: f64 = 0.5;

/// One day to generate.
#[derive(Debug, Clone)]
pub(super) struct DayPlan {
    /// Days since the first one.
    pub(super) index: u32,
    pub(super) date: NaiveDate,
    /// Rows of shoppers, duplicates included.
    pub(super) shopper_rows: usize,
    /// Rows that repeat another one, part of `shopper_rows`.
    pub(super) duplicates: usize,
    /// Hours (UTC) in which events happen.
    pub(super) open: [bool; 24],
    /// What the prices of the busiest category are multiplied by.
    pub(super) price_factor: f64,
    /// Share of the shoppers' events that move to a new brand.
    pub(super) flood_share: f64,
    pub(super) bots: Vec<Bot>,
}

/// A user that is a machine.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bot {
    /// Which of the run's incidents it is: each bot is a user of its own.
    pub(super) number: u32,
    /// Views in its session.
    pub(super) events: u32,
}

impl DayPlan {
    fn new(date: NaiveDate, index: u32) -> Self {
        Self {
            index,
            date,
            shopper_rows: 0,
            duplicates: 0,
            open: [true; 24],
            price_factor: 1.0,
            flood_share: 0.0,
            bots: Vec::new(),
        }
    }

    /// Adds an incident to those of the day.
    fn suffer(&mut self, number: u32, incident: Incident) {
        match incident {
            Incident::Outage { from_hour, to_hour, .. } => {
                self.open[usize::from(from_hour)..usize::from(to_hour)].fill(false);
            }
            Incident::PriceBug { factor, .. } => self.price_factor *= factor,
            Incident::BrandFlood { share, .. } => self.flood_share = self.flood_share.max(share),
            Incident::Bot { events, .. } => self.bots.push(Bot { number, events }),
        }
    }

    /// Share of the month's shoppers that this day would get, not normalised.
    fn weight(&self, seed: u64) -> f64 {
        let open = HOUR_WEIGHTS.iter().zip(self.open).filter(|(_, open)| *open).map(|(weight, _)| weight);
        let share = open.sum::<f64>() / HOUR_WEIGHTS.iter().sum::<f64>();
        let noise =
            stream(seed, Purpose::Volume, self.index.into()).random_range(-VOLUME_NOISE..VOLUME_NOISE);
        share * WEEKDAY_WEIGHTS[self.date.weekday().num_days_from_monday() as usize] * (1.0 + noise)
    }
}

/// The days that get rows, in order; their rows add up to exactly `args.rows`.
pub(super) fn plan(args: &GenerateArgs) -> anyhow::Result<Vec<DayPlan>> {
    ensure!(
        (0.0..=MOST_DUPLICATES).contains(&args.duplicates),
        "duplicates must be 0 to {MOST_DUPLICATES}, not {}",
        args.duplicates
    );
    let mut days = calendar(args)?;
    let bots: u64 = days.iter().flat_map(|day| &day.bots).map(|bot| u64::from(bot.events)).sum();
    ensure!(bots <= args.rows, "{bots} events of bots do not fit into {} rows", args.rows);
    if let Some(day) = days.iter().find(|day| !day.bots.is_empty() && day.open == [false; 24]) {
        bail!("a bot on {} has no hour without an outage", day.date);
    }
    share_out(&mut days, args, args.rows - bots)?;
    days.retain(|day| day.shopper_rows > 0 || !day.bots.is_empty());
    Ok(days)
}

fn calendar(args: &GenerateArgs) -> anyhow::Result<Vec<DayPlan>> {
    let last = args.days.checked_sub(1).and_then(|days| args.start.checked_add_days(Days::new(days.into())));
    let Some(last) = last else { bail!("{} days from {} are no range of dates", args.days, args.start) };
    let dates = args.start.iter_days().take_while(|date| *date <= last);
    let mut days: Vec<DayPlan> = dates.zip(0..).map(|(date, index)| DayPlan::new(date, index)).collect();
    for (number, incident) in (0..).zip(&args.incidents) {
        match days.iter_mut().find(|day| day.date == incident.date()) {
            Some(day) => day.suffer(number, *incident),
            None => bail!("incident on {} is outside the range {} to {last}", incident.date(), args.start),
        }
    }
    Ok(days)
}

/// Shares out rows and duplicates by rounding their running totals, so that no row is lost or invented.
fn share_out(days: &mut [DayPlan], args: &GenerateArgs, rows: u64) -> anyhow::Result<()> {
    let weights: Vec<f64> = days.iter().map(|day| day.weight(args.seed)).collect();
    let total: f64 = weights.iter().sum();
    ensure!(rows == 0 || total > 0.0, "outages leave no hour for {rows} rows");
    let (mut weight, mut dealt, mut repeated) = (0.0, 0, 0);
    for (day, day_weight) in days.iter_mut().zip(weights) {
        weight += day_weight;
        // The last running total is the total itself, bit for bit: it was summed in the same order.
        let until = if weight == total { rows } else { (rows as f64 * (weight / total)) as u64 };
        let repeated_until = (until as f64 * args.duplicates).round() as u64;
        day.shopper_rows = usize::try_from(until - dealt)?;
        day.duplicates = usize::try_from(repeated_until - repeated)?.min(day.shopper_rows / 2);
        (dealt, repeated) = (until, repeated_until);
    }
    Ok(())
}
