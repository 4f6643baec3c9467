//! Random streams and weights.

use rand::SeedableRng;
use rand::rngs::SmallRng;
use rand::seq::SliceRandom;

/// What a stream of random numbers is for: streams of different purposes are independent.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Categories = 1,
    Products,
    Prices,
    Users,
    Volume,
    Session,
    Duplicates,
    Bot,
}

/// The random numbers for one thing, found again from the seed, the purpose and the thing's key alone, so
/// that no result depends on the order in which threads get to their work.
pub(super) fn stream(seed: u64, purpose: Purpose, key: u64) -> SmallRng {
    SmallRng::seed_from_u64(hash(seed, purpose, key))
}

/// Like the first number of [`stream`], for places that need no second one.
pub(super) fn hash(seed: u64, purpose: Purpose, key: u64) -> u64 {
    scramble(scramble(seed ^ ((purpose as u64) << 56)) ^ key)
}

/// The finalizer of MurmurHash3: a bijection that spreads every input bit over all output bits.
fn scramble(mut x: u64) -> u64 {
    x = (x ^ (x >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    x = (x ^ (x >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    x ^ (x >> 33)
}

/// Weights of a Zipf-Mandelbrot law that sum to 1: the item of rank r (from 0) gets (r + 1 + flat)^-exponent.
/// A larger `flat` brings the first ranks closer together.
pub(super) fn zipf(items: usize, exponent: f64, flat: f64) -> Vec<f64> {
    let mut weights: Vec<f64> = (0..items).map(|rank| (rank as f64 + 1.0 + flat).powf(-exponent)).collect();
    let total: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|weight| *weight /= total);
    weights
}

/// Marks items at random, among those that `may` be marked, until as much of `share` of the weight is marked
/// as fits. Drawing item by item would miss the share by the luck of a few heavy items.
pub(super) fn mark_share(
    weights: &[f64],
    share: f64,
    may: impl Fn(usize) -> bool,
    rng: &mut SmallRng,
) -> Vec<bool> {
    let mut order: Vec<usize> = (0..weights.len()).filter(|&item| may(item)).collect();
    order.shuffle(rng);
    let mut room = share * weights.iter().sum::<f64>();
    let mut marked = vec![false; weights.len()];
    for item in order {
        if weights[item] <= room {
            room -= weights[item];
            marked[item] = true;
        }
    }
    marked
}
