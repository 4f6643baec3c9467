//! The categories of the catalogue.

use rand::Rng;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand_distr::StandardNormal;

use super::names;
use super::sampling::{Purpose, mark_share, stream, zipf};

/// Category ids, of which the real shop has about 620 a month.
const CATEGORIES: usize = 640;
/// Different category codes; several ids may share one, as in the real data.
const CODES: usize = 130;
/// Coined brand names that categories choose theirs from.
const COINED_BRANDS: usize = 3_000;
/// Share of the traffic in categories without a code.
const NULL_CODE_SHARE: f64 = 0.10;
/// The busiest categories always have a code: one of them alone could hold most of the share.
const ALWAYS_CODED: usize = 4;

/// A category: what its products have in common.
pub(super) struct Category {
    /// 19 digits.
    pub(super) id: u64,
    /// Dotted name of two or three levels.
    pub(super) code: Option<String>,
    /// Share of the traffic.
    pub(super) traffic: f64,
    /// Brands of its products, the strongest first.
    pub(super) brands: Vec<String>,
    /// How dear its products are, in standard deviations of the log-price.
    pub(super) price_level: f64,
}

/// All categories, the busiest first.
pub(super) fn categories(seed: u64) -> Vec<Category> {
    let mut rng = stream(seed, Purpose::Categories, 0);
    let codes = names::category_codes(CODES, &mut rng);
    let coined = names::brands(COINED_BRANDS, &mut rng);
    let traffic = zipf(CATEGORIES, 1.15, 0.0);
    let uncoded = mark_share(&traffic, NULL_CODE_SHARE, |rank| rank >= ALWAYS_CODED, &mut rng);
    (0..CATEGORIES)
        .map(|rank| {
            let code = codes.get(rank).or_else(|| codes.choose(&mut rng));
            Category {
                id: id(rank, &mut rng),
                code: code.filter(|_| !uncoded[rank]).cloned(),
                traffic: traffic[rank],
                brands: brands(rank, &coined, &mut rng),
                price_level: if rank == 0 { 0.5 } else { rng.sample::<f64, _>(StandardNormal) },
            }
        })
        .collect()
}

/// An id of its own stratum, so that no two can be equal: most from the shop's first import, a quarter later.
fn id(rank: usize, rng: &mut SmallRng) -> u64 {
    let (base, stratum) = match rank % 4 {
        3 => (2_070_000_000_000_000_000, 250_000_000_000_000),
        _ => (2_053_013_552_000_000_000, 23_000_000),
    };
    base + stratum * rank as u64 + rng.random_range(0..stratum)
}

fn brands(rank: usize, coined: &[String], rng: &mut SmallRng) -> Vec<String> {
    let known = names::KNOWN.get(rank).map_or(&[][..], |(_, brands)| brands);
    let others = rng.random_range(8..40);
    known.iter().map(|&brand| brand.to_owned()).chain(coined.choose_multiple(rng, others).cloned()).collect()
}
