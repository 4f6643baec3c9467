//! Laws that hold for any input.

use proptest::collection::vec;
use proptest::prelude::*;

use super::assert_near;
use crate::{
    Column, RatioSums, Test, benjamini_hochberg, chi_square, cluster_robust_z, compare, decile_edges,
    histogram, jensen_shannon, ks, ks_binned, l_infinity, median, normal_two_sided, psi_test, robust_z,
    two_proportion_z, wasserstein, wasserstein_binned, wasserstein_normed,
};

/// Counts over the same bins, some of them empty.
fn counts() -> impl Strategy<Value = Vec<(f64, f64)>> {
    let count = || prop_oneof![Just(0.0), (0..1000_u32).prop_map(f64::from)];
    vec((count(), count()), 1..30)
}

fn sample() -> impl Strategy<Value = Vec<f64>> {
    vec((-50..50_i32).prop_map(|v| f64::from(v) / 4.0), 1..60)
}

fn clusters() -> impl Strategy<Value = Vec<(f64, f64)>> {
    vec((1..20_u32, 0..20_u32).prop_map(|(x, y)| (f64::from(x), f64::from(y.min(x)))), 0..40)
}

/// Anything at all, and often what is awkward.
fn anything() -> impl Strategy<Value = f64> {
    let awkward =
        [0.0, -0.0, 1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN, f64::MIN_POSITIVE];
    prop_oneof![proptest::sample::select(awkward.to_vec()), any::<f64>(), -10.0..10.0]
}

fn sums(clusters: &[(f64, f64)]) -> RatioSums {
    let mut sums = RatioSums::default();
    clusters.iter().for_each(|(x, y)| sums.add(*x, *y));
    sums
}

fn is_sound(test: Test) -> bool {
    test.statistic.is_finite() && (0.0..=1.0).contains(&test.p_value)
}

proptest! {
    #[test]
    fn order_of_samples_does_not_matter(bins in counts(), a in sample(), b in sample()) {
        let (r, c): (Vec<f64>, Vec<f64>) = bins.into_iter().unzip();
        for distance in [jensen_shannon, l_infinity] {
            assert_near(distance(&r, &c), distance(&c, &r), 1e-12);
        }
        for test in [psi_test, ks_binned, chi_square] {
            assert_near(test(&r, &c).statistic, test(&c, &r).statistic, 1e-9);
            assert_near(test(&r, &c).p_value, test(&c, &r).p_value, 1e-9);
        }
        prop_assert_eq!(ks(&a, &b).statistic, ks(&b, &a).statistic);
        assert_near(ks(&a, &b).p_value, ks(&b, &a).p_value, 1e-9);
        assert_near(wasserstein(&a, &b), wasserstein(&b, &a), 1e-12);
    }

    #[test]
    fn order_of_bins_does_not_matter(bins in counts()) {
        let (r, c): (Vec<f64>, Vec<f64>) = bins.iter().copied().unzip();
        let (back_r, back_c): (Vec<f64>, Vec<f64>) = bins.into_iter().rev().unzip();
        assert_near(psi_test(&back_r, &back_c).statistic, psi_test(&r, &c).statistic, 1e-9);
        assert_near(jensen_shannon(&back_r, &back_c), jensen_shannon(&r, &c), 1e-9);
        assert_near(ks_binned(&back_r, &back_c).statistic, ks_binned(&r, &c).statistic, 1e-9);
    }

    #[test]
    fn distances_are_within_bounds(bins in counts()) {
        let (r, c): (Vec<f64>, Vec<f64>) = bins.into_iter().unzip();
        prop_assert!((0.0..=1.0).contains(&jensen_shannon(&r, &c)));
        prop_assert!((0.0..=1.0).contains(&l_infinity(&r, &c)));
        prop_assert!((0.0..=1.0 + 1e-12).contains(&ks_binned(&r, &c).statistic));
        prop_assert!(psi_test(&r, &c).statistic >= 0.0);
        prop_assert!(chi_square(&r, &c).statistic >= 0.0);
        prop_assert_eq!(jensen_shannon(&r, &r), 0.0);
        prop_assert_eq!(psi_test(&r, &r), Test::NOTHING);
    }

    /// Pinsker's inequality and its reverse for the two distances, in bits.
    #[test]
    fn jensen_shannon_is_about_the_total_variation(bins in counts()) {
        let (r, c): (Vec<f64>, Vec<f64>) = bins.into_iter().unzip();
        let (n, m): (f64, f64) = (r.iter().sum(), c.iter().sum());
        prop_assume!(n > 0.0 && m > 0.0);
        let variation = r.iter().zip(&c).map(|(r, c)| (r / n - c / m).abs()).sum::<f64>() / 2.0;
        let divergence = jensen_shannon(&r, &c).powi(2);
        prop_assert!(divergence <= variation + 1e-12);
        prop_assert!(divergence >= variation * variation / (2.0 * std::f64::consts::LN_2) - 1e-12);
    }

    #[test]
    fn wasserstein_is_a_metric_that_moves_along(a in sample(), b in sample(), c in sample(), by in -9..9_i32) {
        let moved: Vec<f64> = a.iter().map(|v| v + f64::from(by)).collect();
        assert_near(wasserstein(&a, &moved), f64::from(by.abs()), 1e-9);
        prop_assert_eq!(wasserstein(&a, &a), 0.0);
        prop_assert!(wasserstein(&a, &c) <= wasserstein(&a, &b) + wasserstein(&b, &c) + 1e-9);
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        prop_assert!(wasserstein(&a, &b) >= (mean(&a) - mean(&b)).abs() - 1e-9);
    }

    /// Over bins of one value each, counts say the same as samples.
    #[test]
    fn counts_say_what_samples_say(a in sample(), b in sample()) {
        let mut places: Vec<f64> = a.iter().chain(&b).copied().collect();
        places.sort_by(f64::total_cmp);
        places.dedup();
        let count = |values: &[f64]| {
            places.iter().map(|at| values.iter().filter(|v| *v == at).count() as f64).collect::<Vec<_>>()
        };
        let (r, c) = (count(&a), count(&b));
        assert_near(wasserstein_binned(&places, &r, &c), wasserstein(&a, &b), 1e-9);
        assert_near(ks_binned(&r, &c).statistic, ks(&a, &b).statistic, 1e-9);
    }

    #[test]
    fn bins_hold_all_values(a in sample(), b in sample()) {
        let edges = decile_edges(&a);
        prop_assert!(edges.windows(2).all(|pair| pair[0] < pair[1]));
        let counts = histogram(&edges, &b);
        prop_assert_eq!(counts.len(), edges.len() + 1);
        prop_assert_eq!(counts.iter().sum::<f64>(), b.len() as f64);
    }

    /// Parts merge to the whole, whatever the parts.
    #[test]
    fn sums_merge(all in clusters(), at in 0..40_usize) {
        let (head, tail) = all.split_at(at.min(all.len()));
        let mut merged = sums(head);
        merged.merge(&sums(tail));
        prop_assert_eq!(merged, sums(&all));
    }

    #[test]
    fn a_rate_that_rises_is_one_that_fell(a in clusters(), b in clusters()) {
        let (a, b) = (sums(&a), sums(&b));
        let (up, down) = (cluster_robust_z(&a, &b), cluster_robust_z(&b, &a));
        assert_near(up.statistic, -down.statistic, 1e-9);
        let up = two_proportion_z((a.y, a.x), (b.y, b.x));
        let down = two_proportion_z((b.y, b.x), (a.y, a.x));
        assert_near(up.statistic, -down.statistic, 1e-9);
    }

    /// Units do not matter.
    #[test]
    fn robust_z_has_no_unit(value in -100.0..100.0_f64, past in sample(), unit in 0.1..10.0_f64, by in -50.0..50.0_f64) {
        let in_unit = |v: f64| v * unit + by;
        let past_in_unit: Vec<f64> = past.iter().map(|v| in_unit(*v)).collect();
        let (one, other) =
            (robust_z(value, &past, 0.5), robust_z(in_unit(value), &past_in_unit, 0.5 * unit));
        prop_assert!((one.statistic - other.statistic).abs() <= 1e-6 * one.statistic.abs().max(1.0));
    }

    #[test]
    fn the_median_has_half_on_either_side(values in sample()) {
        let middle = median(&values).unwrap();
        let half = values.len().div_ceil(2);
        prop_assert!(values.iter().filter(|v| **v <= middle).count() >= half);
        prop_assert!(values.iter().filter(|v| **v >= middle).count() >= half);
    }

    /// Adjusting raises p-values, keeps their order, and does not mind the order they come in.
    #[test]
    fn adjusting_is_monotone(p in vec(0.0..=1.0_f64, 0..40)) {
        let adjusted = benjamini_hochberg(&p);
        prop_assert_eq!(adjusted.len(), p.len());
        for (i, j) in (0..p.len()).flat_map(|i| (0..p.len()).map(move |j| (i, j))) {
            prop_assert!(p[i] > p[j] || adjusted[i] <= adjusted[j]);
        }
        prop_assert!(p.iter().zip(&adjusted).all(|(p, adjusted)| p <= adjusted && *adjusted <= 1.0));
        let backwards: Vec<f64> = p.iter().rev().copied().collect();
        prop_assert_eq!(benjamini_hochberg(&backwards).into_iter().rev().collect::<Vec<_>>(), adjusted);
    }

    /// No input makes a function panic or answer with what JSON cannot carry.
    #[test]
    fn any_input_has_an_answer(
        a in vec(anything(), 0..12), b in vec(anything(), 0..12), c in vec(anything(), 0..12), x in anything(),
        y in anything(), z in any::<[f64; 12]>(),
    ) {
        for test in [psi_test, chi_square, ks_binned, ks] {
            prop_assert!(is_sound(test(&a, &b)));
        }
        for distance in [jensen_shannon, l_infinity, wasserstein, wasserstein_normed] {
            prop_assert!(distance(&a, &b).is_finite() && distance(&a, &b) >= 0.0);
        }
        prop_assert!(wasserstein_binned(&c, &a, &b).is_finite());
        prop_assert!(decile_edges(&a).iter().all(|edge| !edge.is_nan()));
        prop_assert!(is_sound(robust_z(x, &a, y)));
        prop_assert!(is_sound(two_proportion_z((x, y), (z[0], z[1]))));
        prop_assert!((0.0..=1.0).contains(&normal_two_sided(x)));
        prop_assert!(benjamini_hochberg(&a).iter().all(|p| (0.0..=1.0).contains(p)));
        let of = |z: &[f64]| RatioSums { clusters: z[0], x: z[1], y: z[2], xx: z[3], xy: z[4], yy: z[5] };
        prop_assert!(is_sound(cluster_robust_z(&of(&z[..6]), &of(&z[6..]))));
        let comparison = compare(&Column::Numbers(a), &Column::Numbers(b), 1, 2).unwrap();
        prop_assert!([comparison.psi, comparison.ks, comparison.chi_square].into_iter().flatten().all(is_sound));
    }
}
