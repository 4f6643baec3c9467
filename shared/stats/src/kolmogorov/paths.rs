//! The exact law of two samples.

/// The exact probability that the statistic of two samples of `n` and `m` without ties is at least
/// h / lcm(n, m).
///
/// Every order of the n + m values is a path over a grid from (0, 0) to (n, m), all equally likely. Of the paths to
/// (i, j) the share that has been off the diagonal by h or more, |i m - j n| >= h gcd(n, m), is 1 where (i, j) itself
/// is, and elsewhere (i share(i - 1, j) + j share(i, j - 1)) / (i + j). Only positive terms: it is as exact in the
/// far tail as in the middle. It takes n times m steps at the most.
///
/// Source: Hodges, The Significance Probability of the Smirnov Two-Sample Test (1958).
pub(crate) fn exact_upper(n: usize, m: usize, h: u64) -> f64 {
    if h == 0 {
        return 1.0;
    }
    let common = gcd(n, m);
    let (step_n, step_m) = ((n / common) as u64, (m / common) as u64);
    let inverses: Vec<f64> = (0..=n + m).map(|sum| 1.0 / sum.max(1) as f64).collect();
    // Shares of the row before. Off the band around the diagonal they are 1; the band only moves on, so what it has
    // left behind is not read again.
    let mut shares = vec![1.0; m + 1];
    for i in 0..=n {
        let center = i as u64 * step_m;
        // The places j of this row with |i step_m - j step_n| < h.
        let first = if center < h { 0 } else { ((center - h) / step_n + 1) as usize };
        let end = ((center + h).div_ceil(step_n) as usize).min(m + 1);
        let mut beside = 1.0;
        for (j, share) in (first..end).zip(&mut shares[first..]) {
            let above = if i == 0 { 0.0 } else { *share };
            *share = (i as f64 * above + j as f64 * beside) * inverses[i + j];
            beside = *share;
        }
    }
    shares[m]
}

pub(crate) fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}
