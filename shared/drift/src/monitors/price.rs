//! Prices, of all rows and by category.

use std::cmp::Reverse;

use estrella_core::profile::{HourProfile, Prices, middle_of};
use estrella_stats::wasserstein_binned;

use super::counts::{Counts, sum};
use super::{Comparison, Finding, category_name};
use crate::settings::Rule;

pub(super) fn all(comparison: &Comparison<'_>, rule: &Rule) -> Finding {
    prices(comparison, rule, |profile| Some(&profile.prices))
}

/// One finding for each of the reference's greatest categories.
pub(super) fn by_category(comparison: &Comparison<'_>, rule: &Rule) -> Vec<Finding> {
    let categories = &comparison.reference.all.input.profile.categories;
    let mut greatest: Vec<_> = categories.iter().map(|(code, segment)| (code, segment.rows())).collect();
    greatest.sort_by_key(|(_, rows)| Reverse(*rows));
    greatest.truncate(comparison.settings.price_categories);
    let of_category = |(code, _): (&String, u64)| {
        let finding =
            prices(comparison, rule, |profile| profile.categories.get(code).map(|segment| &segment.prices));
        Finding { segment: Some(category_name(code).to_owned()), ..finding }
    };
    greatest.into_iter().map(of_category).collect()
}

/// Kolmogorov-Smirnov on the logarithmic grid. The effect is the factor that prices have typically moved by: the
/// exponential of the earth mover's distance of their logarithms.
fn prices<'c>(
    comparison: &'c Comparison<'_>,
    rule: &Rule,
    of: impl Fn(&'c HourProfile) -> Option<&'c Prices>,
) -> Finding {
    let mean = |profile| of(profile).and_then(Prices::mean_cents).map_or(0.0, |cents| cents / 100.0);
    let mut finding = Finding {
        test: "ks",
        effect: 1.0,
        observed: mean(&comparison.current.input.profile),
        expected: mean(&comparison.reference.all.input.profile),
        unit: "price",
        ..Finding::default()
    };
    let (counts, buckets) =
        Counts::of_histograms(comparison, |profile| of(profile).map(|prices| &prices.histogram));
    if rule.is_enough(sum(&counts.current)) && sum(&counts.reference) > 0.0 {
        let logs: Vec<f64> = buckets.iter().map(|bucket| middle_of(*bucket).ln()).collect();
        finding.outcome = Some(counts.ks());
        finding.effect = wasserstein_binned(&logs, &counts.reference, &counts.current).exp();
    }
    finding
}
