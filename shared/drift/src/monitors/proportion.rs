//! Shares of rows.

use estrella_stats::{Test, normal_two_sided, two_proportion_z};

use super::spread::{design_effect, is_unusual};

/// Rows that are counted, of all.
pub(super) type Proportion = (f64, f64);

/// What a share of rows came to.
pub(super) struct Compared {
    pub(super) test: Test,
    /// The share that is usual.
    pub(super) usual: f64,
    pub(super) is_unusual: bool,
}

/// Two-proportion z of the current rows against the units' together, with the units' own differences taken into account.
pub(super) fn compare(units: &[Proportion], current: Proportion) -> Compared {
    let (counted, rows) = units.iter().fold((0.0, 0.0), |(a, b), (c, d)| (a + c, b + d));
    let ratios =
        units.iter().map(|own| two_proportion_z((counted - own.0, rows - own.1), *own).statistic.powi(2));
    let of_units = rows / units.len().max(1) as f64;
    let effect = design_effect(ratios.collect(), current.1 / of_units);
    let z = two_proportion_z((counted, rows), current).statistic / effect.sqrt();
    let share = |(counted, rows): Proportion| if rows > 0.0 { counted / rows } else { 0.0 };
    let usual = share((counted, rows));
    let off = |own: &Proportion| (share(*own) - share((counted - own.0, rows - own.1))).abs();
    Compared {
        test: Test { statistic: z, p_value: normal_two_sided(z) },
        usual,
        is_unusual: is_unusual((share(current) - usual).abs(), units.iter().map(off).collect()),
    }
}
