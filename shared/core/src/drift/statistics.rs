//! The statistics.

/// Population stability index, the sum of (p - q) ln(p / q) over the bins, with half a row added to each bin so
/// that empty ones count (Siddiqi, Credit Risk Scorecards, 2006). 0 where there is nothing to compare.
pub(super) fn psi(observed: &[f64], reference: &[f64]) -> f64 {
    let total = |counts: &[f64]| counts.iter().map(|count| count + 0.5).sum::<f64>();
    if reference.iter().sum::<f64>() == 0.0 || observed.iter().sum::<f64>() == 0.0 {
        return 0.0;
    }
    let (all_observed, all_reference) = (total(observed), total(reference));
    let bins = observed.iter().zip(reference);
    bins.map(|(o, r)| ((o + 0.5) / all_observed, (r + 0.5) / all_reference))
        .map(|(p, q)| (p - q) * (p / q).ln())
        .sum()
}

/// Median; none of nothing.
pub(super) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}

/// Distance from the median in units of 1.4826 times the median absolute deviation, which is the standard deviation
/// of a normal distribution (Rousseeuw and Croux, 1993). The scale is at least a thousandth of the median, so that
/// a constant reference does not make every difference infinite.
pub(super) fn robust_z(observed: f64, reference: &[f64]) -> f64 {
    let Some(center) = median(reference) else { return 0.0 };
    let deviations: Vec<f64> = reference.iter().map(|value| (value - center).abs()).collect();
    let scale = 1.4826 * median(&deviations).unwrap_or_default();
    (observed - center) / scale.max(center.abs() / 1000.0).max(f64::EPSILON)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn psi_of_known_shares() {
        // (0.6 - 0.5) ln(0.6 / 0.5) + (0.4 - 0.5) ln(0.4 / 0.5), but for the half rows.
        assert!((psi(&[60_000.0, 40_000.0], &[50_000.0, 50_000.0]) - 0.040_546).abs() < 1e-4);
        assert_eq!(psi(&[1.0, 1.0], &[0.0, 0.0]), 0.0);
        assert!(psi(&[10.0, 0.0], &[0.0, 10.0]).is_finite());
    }

    #[test]
    fn robust_z_of_known_values() {
        assert_eq!(median(&[3.0, 1.0, 2.0, 10.0]), Some(2.5));
        let z = robust_z(10.0, &[1.0, 2.0, 3.0, 4.0, 5.0]);
        assert!((z - 7.0 / 1.4826).abs() < 1e-9);
        assert!(robust_z(1.0, &[2.0, 2.0]).is_finite());
        assert_eq!(robust_z(1.0, &[]), 0.0);
    }
}
