//! Distances and tests between two samples: pure functions that take any input and always answer.
//!
//! What holds for all of them:
//! - No result is infinite or NaN, so that each of them is a number in JSON. `f64::MAX` stands for what would be
//!   infinite, with its sign.
//! - Where there is nothing to compare, a distance is 0 and a test is [`Test::NOTHING`].
//! - A p-value is right to 1e-6 of itself in the far tail too, down to 1e-300: it is never 1 minus what is all but 1.
//! - Counts may be fractional (weighted). One that is negative, infinite or NaN counts as zero, and of two slices
//!   of unequal length the shorter one is continued with zeros.
//! - NaN is no value: samples are taken without them.

mod binned;
mod chi_square;
mod compare;
mod counts;
mod kolmogorov;
mod ks;
mod multiple;
mod outcome;
mod rates;
mod robust;
mod samples;
mod tails;
#[cfg(test)]
mod tests;

pub use binned::{ks_binned, ks_distance, wasserstein_binned};
pub use chi_square::chi_square;
pub use compare::{Bins, Column, CompareError, Comparison, Kind, compare};
pub use counts::{jensen_shannon, l_infinity, psi, psi_test};
pub use ks::ks;
pub use multiple::benjamini_hochberg;
pub use outcome::Test;
pub use rates::{RatioSums, cluster_robust_z, two_proportion_z};
pub use robust::{median, robust_z};
pub use samples::{decile_edges, histogram, wasserstein, wasserstein_normed};
pub use tails::{normal_two_sided, student_two_sided};
