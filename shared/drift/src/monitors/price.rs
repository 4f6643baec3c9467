//! Prices, of all rows and by category.

use std::cmp::Reverse;

use estrella_core::profile::{HourProfile, Prices, middle_of};
use estrella_stats::{Test, wasserstein_binned};

use super::counts::{Counts, sum};
use super::spread::moderated_z;
use super::{Comparison, Finding, category_name, clump};
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

/// Two tests on the logarithmic grid, the smaller p-value of which counts twice: Kolmogorov-Smirnov, which sees any
/// change of the distribution but has no power on few rows, and the robust z of the mean logarithm, which sees a
/// wrong unit in a dozen. The effect is the factor that prices have typically moved by: the exponential of the earth
/// mover's distance of their logarithms.
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
    if !rule.is_enough(sum(&counts.current)) || sum(&counts.reference) == 0.0 {
        return finding;
    }
    let logs: Vec<f64> = buckets.iter().map(|bucket| middle_of(*bucket).ln()).collect();
    let distance = |reference: &[f64], current: &[f64]| wasserstein_binned(&logs, reference, current);
    finding.effect = distance(&counts.reference, &counts.current).exp();
    finding.is_unusual = counts.is_unusual(distance);
    let clump = clump(&comparison.reference.all.input.profile);
    let (shape, level) = (counts.ks(clump), level_test(&counts, &logs, clump));
    let (name, least) = if level.p_value < shape.p_value { ("robust_z", level) } else { ("ks", shape) };
    finding.test = name;
    finding.outcome = Some(Test { p_value: (2.0 * least.p_value).min(1.0), ..least });
    finding
}

/// The mean logarithm against those of the reference's hours; known beforehand is what chance moves it by, where rows come
/// in clumps of `clump`.
fn level_test(counts: &Counts, logs: &[f64], clump: f64) -> Test {
    /// Rows of an hour to have a mean, and hours to compare with.
    const LEAST_ROWS: f64 = 5.0;
    const LEAST_HOURS: usize = 4;
    let moment = |counts: &[f64], center: f64, power: i32| {
        let terms = counts.iter().zip(logs).map(|(n, log)| n * (log - center).powi(power));
        terms.sum::<f64>() / sum(counts)
    };
    let mean = |counts: &[f64]| moment(counts, 0.0, 1);
    let variance = moment(&counts.reference, mean(&counts.reference), 2);
    let means: Vec<f64> =
        counts.units.iter().filter(|unit| sum(unit) >= LEAST_ROWS).map(|unit| mean(unit)).collect();
    if means.len() < LEAST_HOURS {
        return Test::NOTHING;
    }
    moderated_z(mean(&counts.current), &means, (variance * clump / sum(&counts.current)).sqrt())
}
