//! How long sessions are, and how large.

use estrella_core::profile::{Histogram, HourProfile, least_of};

use super::counts::{Counts, sum};
use super::spread::moderated_z;
use super::{Comparison, Finding, relative_change, share};
use crate::settings::Rule;

/// Seconds from the first to the last event.
pub(super) fn length(comparison: &Comparison<'_>, rule: &Rule) -> Finding {
    // The grid holds one second more.
    let finding = shape(comparison, rule, |profile| &profile.sessions.seconds, |seconds| seconds - 1.0);
    Finding { unit: "seconds", ..finding }
}

/// Events per session.
pub(super) fn events(comparison: &Comparison<'_>, rule: &Rule) -> Finding {
    Finding { unit: "events", ..shape(comparison, rule, |profile| &profile.sessions.events, |events| events) }
}

/// Kolmogorov-Smirnov over sessions. The effect is the change of the mean as a share of the usual one.
fn shape<'c>(
    comparison: &'c Comparison<'_>,
    rule: &Rule,
    histogram: impl Fn(&'c HourProfile) -> &'c Histogram,
    value: fn(f64) -> f64,
) -> Finding {
    let (counts, buckets) = Counts::of_histograms(comparison, |profile| Some(histogram(profile)));
    let mean = |counts: &[f64]| {
        let total: f64 = counts.iter().zip(&buckets).map(|(n, bucket)| n * value(least_of(*bucket))).sum();
        total / sum(counts).max(1.0)
    };
    let (observed, expected) = (mean(&counts.current), mean(&counts.reference));
    let is_enough = rule.is_enough(sum(&counts.current)) && sum(&counts.reference) > 0.0;
    Finding {
        test: "ks",
        outcome: is_enough.then(|| counts.ks(1.0)),
        effect: relative_change(observed, expected),
        observed,
        expected,
        is_unusual: counts.is_unusual(|rest, unit| relative_change(mean(unit), mean(rest))),
        ..Finding::default()
    }
}

/// The share of the events that the greatest session has. The effect is how much greater it is.
pub(super) fn largest(comparison: &Comparison<'_>, rule: &Rule) -> Finding {
    let of = |profile: &HourProfile| share(profile.sessions.largest, profile.rows);
    let usual: Vec<f64> = comparison.reference.same_time.iter().map(|input| of(&input.profile)).collect();
    let current = &comparison.current.input.profile;
    let observed = of(current);
    let expected = estrella_stats::median(&usual).unwrap_or(0.0);
    Finding {
        test: "robust_z",
        outcome: (rule.is_enough(current.rows as f64) && !usual.is_empty())
            .then(|| moderated_z(observed, &usual, rule.noise)),
        effect: (observed - expected).max(0.0),
        observed,
        expected,
        unit: "share",
        ..Finding::default()
    }
}
