//! Distances between counts by bin or category.

use crate::outcome::{Test, finite};
use crate::tails::chi_squared_upper;

/// What is added to a bin's count, so that an empty one has a logarithm (Jeffreys' prior of a multinomial).
const SMOOTHING: f64 = 0.5;

/// Two samples counted over the same bins, without the bins that are empty in both: these say nothing.
pub(crate) struct Counts {
    /// Count in the reference and in the current sample, by bin.
    pub(crate) bins: Vec<(f64, f64)>,
    /// Size of the reference.
    pub(crate) n: f64,
    /// Size of the current sample.
    pub(crate) m: f64,
}

impl Counts {
    /// None if either sample is empty.
    pub(crate) fn of(reference: &[f64], current: &[f64]) -> Option<Self> {
        let bins: Vec<_> = pairs(reference, current).filter(|(r, c)| r + c > 0.0).collect();
        let (n, m) = bins.iter().fold((0.0, 0.0), |(n, m), (r, c)| (n + r, m + c));
        (n > 0.0 && m > 0.0 && (n + m).is_finite()).then_some(Self { bins, n, m })
    }

    fn shares(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.bins.iter().map(|(r, c)| (r / self.n, c / self.m))
    }
}

/// The counts of two samples bin by bin; the shorter slice goes on with zeros, what is no count is zero.
pub(crate) fn pairs(reference: &[f64], current: &[f64]) -> impl Iterator<Item = (f64, f64)> {
    let at = |counts: &[f64], i: usize| {
        counts.get(i).copied().filter(|c| c.is_finite() && *c > 0.0).unwrap_or(0.0)
    };
    (0..reference.len().max(current.len())).map(move |i| (at(reference, i), at(current, i)))
}

/// Population stability index: sum of (q - p) ln(q / p) over the bins, where p and q are the bins' shares of the
/// reference and of the current sample after 0.5 was added to each count. 0 where they are equal, without an upper
/// bound; it does not depend on which of the two is the reference.
///
/// - Bins empty in both samples are left out, before the 0.5 is added.
/// - A new or vanished category is a bin that is empty on one side; the 0.5 keeps it finite.
/// - 0 if either sample is empty.
///
/// Source: Siddiqi, Credit Risk Scorecards (2006); it is Jeffreys' divergence (Jeffreys 1946).
pub fn psi(reference: &[f64], current: &[f64]) -> f64 {
    Counts::of(reference, current).map_or(0.0, |counts| smoothed_psi(&counts))
}

/// [`psi`] against its null law: of two samples of n and m from one distribution over B bins,
/// PSI / (1/n + 1/m) follows chi-squared with B - 1 degrees of freedom. The statistic is the PSI itself.
///
/// [`Test::NOTHING`] if either sample is empty or less than two bins hold something. The law is that of large
/// samples: below some 5 expected per bin the p-value is rough, as with any chi-squared.
///
/// Source: Yurdakul, Statistical Properties of Population Stability Index (Western Michigan University, 2018).
pub fn psi_test(reference: &[f64], current: &[f64]) -> Test {
    let Some(counts) = Counts::of(reference, current).filter(|counts| counts.bins.len() > 1) else {
        return Test::NOTHING;
    };
    let psi = smoothed_psi(&counts);
    let scaled = psi / (1.0 / counts.n + 1.0 / counts.m);
    Test::new(psi, chi_squared_upper(scaled, (counts.bins.len() - 1) as f64))
}

fn smoothed_psi(counts: &Counts) -> f64 {
    let added = SMOOTHING * counts.bins.len() as f64;
    let terms = counts.bins.iter().map(|(r, c)| {
        let p = (r + SMOOTHING) / (counts.n + added);
        let q = (c + SMOOTHING) / (counts.m + added);
        (q - p) * (q / p).ln()
    });
    finite(terms.sum())
}

/// Jensen-Shannon distance: the square root of the divergence with logarithms of base 2, so 0 where the shares are
/// equal and 1 where no bin holds both. As `scipy.spatial.distance.jensenshannon(p, q, base=2)`.
///
/// With p and q a bin's shares, the divergence is the sum of (p lb(p/a) + q lb(q/a)) / 2, a = (p + q) / 2. Written in
/// d = (p - q) / (p + q) a term is a (2 d artanh d + ln(1 - d^2)) / (2 ln 2), which does not cancel where p is close
/// to q. 0 if either sample is empty.
///
/// Source: Lin, Divergence Measures Based on the Shannon Entropy (IEEE Trans. Inf. Theory 37, 1991); Endres and
/// Schindelin, A New Metric for Probability Distributions (2003).
pub fn jensen_shannon(reference: &[f64], current: &[f64]) -> f64 {
    let Some(counts) = Counts::of(reference, current) else {
        return 0.0;
    };
    let terms = counts.shares().map(|(p, q)| {
        if p == q {
            return 0.0;
        }
        let d = (p - q) / (p + q);
        // The limit where one of the two is zero: 0 lb 0 is 0.
        let bits = if d.abs() == 1.0 {
            2.0 * std::f64::consts::LN_2
        } else {
            2.0 * d * d.atanh() + (-d * d).ln_1p()
        };
        (p + q) / 2.0 * bits
    });
    (terms.sum::<f64>() / (2.0 * std::f64::consts::LN_2)).clamp(0.0, 1.0).sqrt()
}

/// The greatest difference of a bin's shares, max |p - q|, 0 to 1. 0 if either sample is empty.
pub fn l_infinity(reference: &[f64], current: &[f64]) -> f64 {
    Counts::of(reference, current)
        .map_or(0.0, |counts| counts.shares().map(|(p, q)| (p - q).abs()).fold(0.0, f64::max))
}
