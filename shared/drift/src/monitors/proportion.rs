//! Shares of rows.

use estrella_stats::{Test, normal_two_sided, two_proportion_z};

use super::spread::design_effect;

/// Rows that are counted, of all.
pub(super) type Proportion = (f64, f64);

/// Two-proportion z of the current rows against the units' together, with the units' own differences taken into account.
/// With it the usual share.
pub(super) fn proportion_test(units: &[Proportion], current: Proportion) -> (Test, f64) {
    let (counted, rows) = units.iter().fold((0.0, 0.0), |(a, b), (c, d)| (a + c, b + d));
    let ratios =
        units.iter().map(|own| two_proportion_z((counted - own.0, rows - own.1), *own).statistic.powi(2));
    let of_units = rows / units.len().max(1) as f64;
    let effect = design_effect(ratios.collect(), current.1 / of_units);
    let z = two_proportion_z((counted, rows), current).statistic / effect.sqrt();
    let usual = if rows > 0.0 { counted / rows } else { 0.0 };
    (Test { statistic: z, p_value: normal_two_sided(z) }, usual)
}
