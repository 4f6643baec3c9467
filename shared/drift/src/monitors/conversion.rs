//! Rates between event types, with sessions as clusters.

use estrella_core::event::EventType;
use estrella_core::profile::SessionSums;
use estrella_stats::{RatioSums, Test, cluster_robust_z, normal_two_sided};

use super::spread::design_effect;
use super::{Comparison, Finding, relative_change};
use crate::settings::Rule;

/// Events of type `to` per event of type `from`. The effect is the change as a share of the usual rate.
pub(super) fn rate(comparison: &Comparison<'_>, rule: &Rule, from: EventType, to: EventType) -> Finding {
    let sums = |sessions: &SessionSums| ratio_sums(sessions, from, to);
    let current = sums(&comparison.current.input.profile.sessions);
    let all = sums(&comparison.reference.all.input.profile.sessions);
    let mut finding = Finding {
        test: "cluster_robust_z",
        observed: current.ratio().unwrap_or(0.0),
        expected: all.ratio().unwrap_or(0.0),
        unit: "rate",
        ..Finding::default()
    };
    if !rule.is_enough(finding.expected * current.x) {
        return finding;
    }
    let ratios = comparison.reference.units.iter().map(|unit| {
        let own = sums(&unit.input.profile.sessions);
        z_of_rates(&without(&all, &own), &own).powi(2)
    });
    let of_units = all.x / comparison.reference.units.len().max(1) as f64;
    let effect = design_effect(ratios.collect(), current.x / of_units);
    let z = z_of_rates(&all, &current) / effect.sqrt();
    finding.outcome = Some(Test { statistic: z, p_value: normal_two_sided(z) });
    finding.effect = relative_change(finding.observed, finding.expected);
    finding
}

/// The nearer to zero of two: the cluster-robust z, and that of the rates' square roots with the reference's variance.
/// The first takes an hour in which few or none happened for one without variance, and so for certain; the square
/// root's variance hardly depends on the rate, and what is rare is far from normal without it.
///
/// Source: Anscombe, The Transformation of Poisson, Binomial and Negative-Binomial Data (Biometrika 35, 1948).
fn z_of_rates(reference: &RatioSums, current: &RatioSums) -> f64 {
    let plain = cluster_robust_z(reference, current).statistic;
    let (Some(before), Some(after), Some(variance)) =
        (reference.ratio(), current.ratio(), reference.variance())
    else {
        return 0.0;
    };
    if variance == 0.0 {
        return plain;
    }
    // Of so many of x as the current has, the rate varies by so much; and 3/8 is Anscombe's.
    let deviation = (variance * (1.0 + reference.x / current.x)).sqrt();
    let root = |rate: f64| (rate + 0.375 / current.x).sqrt();
    let of_roots = 2.0 * root(before) * (root(after) - root(before)) / deviation;
    if of_roots.abs() < plain.abs() { of_roots } else { plain }
}

fn ratio_sums(sessions: &SessionSums, from: EventType, to: EventType) -> RatioSums {
    RatioSums {
        clusters: sessions.sessions as f64,
        x: sessions.sums[from as usize] as f64,
        y: sessions.sums[to as usize] as f64,
        xx: sessions.product(from, from) as f64,
        xy: sessions.product(from, to) as f64,
        yy: sessions.product(to, to) as f64,
    }
}

fn without(all: &RatioSums, own: &RatioSums) -> RatioSums {
    let negative =
        RatioSums { clusters: -own.clusters, x: -own.x, y: -own.y, xx: -own.xx, xy: -own.xy, yy: -own.yy };
    let mut rest = *all;
    rest.merge(&negative);
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many sessions of ten views each, so many of which have a cart.
    fn sums(sessions: u64, with_cart: u64) -> RatioSums {
        let mut sums = SessionSums::default();
        (0..sessions).for_each(|n| sums.add([10, u64::from(n < with_cart), 0, 0], 60));
        ratio_sums(&sums, EventType::View, EventType::Cart)
    }

    #[test]
    fn few_that_are_missing_are_no_certainty() {
        let usual = sums(4000, 2000);
        // Of ten that are usual none, of two hundred half.
        let (none, half) = (sums(20, 0), sums(400, 100));
        assert!(cluster_robust_z(&usual, &none).statistic < -30.0);
        let z = z_of_rates(&usual, &none);
        assert!(-8.0 < z && z < -4.5, "{z}");
        assert!(z_of_rates(&usual, &half) < -8.0);
        assert_eq!(z_of_rates(&usual, &sums(400, 200)), 0.0);
        assert_eq!(z_of_rates(&usual, &RatioSums::default()), 0.0);
    }

    #[test]
    fn without_a_part_the_rest_is_left() {
        let mut all = sums(30, 10);
        all.merge(&sums(50, 5));
        assert_eq!(without(&all, &sums(50, 5)), sums(30, 10));
    }
}
