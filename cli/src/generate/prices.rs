//! Prices: their distribution over the traffic, and how they move from day to day.

use super::Shop;
use super::plan::DayPlan;
use super::sampling::{Purpose, hash};

/// Mean of the real prices over all events.
const MEAN: f64 = 273.0;
/// Their standard deviation.
const DEVIATION: f64 = 356.0;
/// The highest real price, in cents.
const HIGHEST_CENTS: f64 = 257_407.0;
/// The lowest price that is not zero, in cents.
const LOWEST_CENTS: f64 = 50.0;
/// The largest price that decimal(12,2) holds, in cents.
const LARGEST_CENTS: f64 = 999_999_999_999.0;
/// A product keeps a price for so many days.
const DAYS_BETWEEN_CHANGES: u64 = 4;
/// A price lies within this share of the product's base price.
const DRIFT: f64 = 0.04;

/// Stretches and moves log-prices of any scale so that the prices have the real mean and deviation over the
/// traffic. Cutting at the highest price has no simple inverse, so the two are found by fixed-point steps.
pub(super) fn fit(log_prices: &[f64], traffic: &[f64]) -> Vec<u32> {
    let (mut level, mut spread) = ((MEAN * 100.0).ln() - 0.5, 0.7_f64);
    let price =
        |log: f64, level: f64, spread: f64| (level + spread * log).exp().clamp(LOWEST_CENTS, HIGHEST_CENTS);
    for _ in 0..40 {
        let (mut total, mut sum, mut squares) = (0.0, 0.0, 0.0);
        for (&log, &weight) in log_prices.iter().zip(traffic) {
            let cents = price(log, level, spread);
            total += weight;
            sum += weight * cents;
            squares += weight * cents * cents;
        }
        let mean = sum / total;
        let variation = (squares / total - mean * mean).max(0.0).sqrt() / mean;
        // The square root halves the step in the exponent: a full one overshoots.
        let wider = spread * (DEVIATION / MEAN / variation.max(0.01)).sqrt();
        // A log-normal's mean grows with half the square of its spread.
        level += (MEAN * 100.0 / mean).ln() - (wider * wider - spread * spread) / 2.0;
        spread = wider;
    }
    log_prices.iter().map(|&log| price(log, level, spread).round() as u32).collect()
}

/// The price of every product on one day, in cents.
pub(super) fn of_day(shop: &Shop, plan: &DayPlan) -> Vec<u64> {
    let broken = shop.catalogue.top_category();
    let price = |(product, &base): (usize, &u32)| {
        // Products change price on different days: the product shifts the period.
        let period = (u64::from(plan.index) + product as u64) / DAYS_BETWEEN_CHANGES;
        let roll = hash(shop.seed, Purpose::Prices, (product as u64) << 32 | period) >> 11;
        let change = DRIFT * (roll as f64 / (1_u64 << 52) as f64 - 1.0);
        let cents = (f64::from(base) * (1.0 + change)).min(HIGHEST_CENTS);
        let factor = if broken.contains(&product) { plan.price_factor } else { 1.0 };
        (cents * factor).round().clamp(1.0, LARGEST_CENTS) as u64
    };
    shop.catalogue.base_cents().iter().enumerate().map(price).collect()
}
