//! The two-sample chi-square test.

use crate::counts::Counts;
use crate::outcome::Test;
use crate::tails::chi_squared_upper;

/// Least count that a cell is expected to have for the chi-squared law to hold (Cochran 1954).
const LEAST_EXPECTED: f64 = 5.0;

/// Pearson's chi-square test of homogeneity on the 2 x B table of counts, without a continuity correction: the sum
/// of (O - E)^2 / E, with E = a sample's size times the bin's share of both samples together, and cells - 1 degrees
/// of freedom. As `scipy.stats.chi2_contingency(table, correction=False)` on the pooled table.
///
/// - The bins where less than 5 are expected in either sample are pooled into one; if that one still has less, it
///   joins the least of the other bins.
/// - A new or vanished category is a bin with a zero; rare ones end up in the pool.
/// - [`Test::NOTHING`] if either sample is empty or less than two cells are left, as of tiny samples.
///
/// Source: Pearson (1900); Cochran, Some Methods for Strengthening the Common chi^2 Tests (Biometrics 10, 1954).
pub fn chi_square(reference: &[f64], current: &[f64]) -> Test {
    let Some(counts) = Counts::of(reference, current) else {
        return Test::NOTHING;
    };
    let cells = pooled(&counts);
    if cells.len() < 2 {
        return Test::NOTHING;
    }
    let (n, m) = (counts.n, counts.m);
    let total = n + m;
    // Both cells of a bin are off by the same amount, so their terms add up to one.
    let terms = cells.iter().map(|(r, c)| {
        let off = r * (m / total) - c * (n / total);
        off * off / (r + c) * (total / n) * (total / m)
    });
    let statistic = terms.sum();
    Test::new(statistic, chi_squared_upper(statistic, (cells.len() - 1) as f64))
}

fn pooled(counts: &Counts) -> Vec<(f64, f64)> {
    let smaller_share = counts.n.min(counts.m) / (counts.n + counts.m);
    let is_enough = |(r, c): &(f64, f64)| (r + c) * smaller_share >= LEAST_EXPECTED;
    let (mut cells, rare): (Vec<_>, Vec<_>) = counts.bins.iter().copied().partition(is_enough);
    if rare.is_empty() {
        return cells;
    }
    let pool = rare.iter().fold((0.0, 0.0), |(r, c), bin| (r + bin.0, c + bin.1));
    let least = cells.iter_mut().min_by(|a, b| (a.0 + a.1).total_cmp(&(b.0 + b.1)));
    match least {
        Some(least) if !is_enough(&pool) => *least = (least.0 + pool.0, least.1 + pool.1),
        _ => cells.push(pool),
    }
    cells
}
