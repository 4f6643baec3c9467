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
        cluster_robust_z(&without(&all, &own), &own).statistic.powi(2)
    });
    let of_units = all.x / comparison.reference.units.len().max(1) as f64;
    let effect = design_effect(ratios.collect(), current.x / of_units);
    let z = cluster_robust_z(&all, &current).statistic / effect.sqrt();
    finding.outcome = Some(Test { statistic: z, p_value: normal_two_sided(z) });
    finding.effect = relative_change(finding.observed, finding.expected);
    finding
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
