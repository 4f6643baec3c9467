//! Empty, constant, infinite, NaN, tiny, new and vanished.

use crate::{
    RatioSums, Test, benjamini_hochberg, chi_square, cluster_robust_z, decile_edges, histogram,
    jensen_shannon, ks, ks_binned, l_infinity, median, psi, psi_test, robust_z, two_proportion_z,
    wasserstein, wasserstein_binned, wasserstein_normed,
};

const INFINITY: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

#[test]
fn nothing_compares_to_nothing() {
    let something = [3.0, 4.0];
    let nothings: [&[f64]; 4] = [&[], &[0.0, 0.0], &[NAN, -1.0], &[INFINITY]];
    for nothing in nothings {
        for (reference, current) in [(nothing, &something[..]), (&something[..], nothing), (nothing, nothing)]
        {
            assert_eq!(psi(reference, current), 0.0);
            assert_eq!(psi_test(reference, current), Test::NOTHING);
            assert_eq!(jensen_shannon(reference, current), 0.0);
            assert_eq!(l_infinity(reference, current), 0.0);
            assert_eq!(chi_square(reference, current), Test::NOTHING);
            assert_eq!(ks_binned(reference, current), Test::NOTHING);
            assert_eq!(wasserstein_binned(&[1.0, 2.0], reference, current), 0.0);
        }
    }
    for nothing in [&[][..], &[NAN, NAN]] {
        assert_eq!(ks(nothing, &something), Test::NOTHING);
        assert_eq!(ks(&something, nothing), Test::NOTHING);
        assert_eq!(wasserstein(nothing, &something), 0.0);
        assert_eq!(wasserstein_normed(&something, nothing), 0.0);
        assert!(decile_edges(nothing).is_empty());
        assert_eq!(histogram(&[], nothing), [0.0]);
        assert_eq!(median(nothing), None);
        assert_eq!(robust_z(1.0, nothing, 1.0), Test::NOTHING);
    }
    assert!(benjamini_hochberg(&[]).is_empty());
}

#[test]
fn constants_are_seen_to_move_both_ways() {
    let constant = [5.0; 100];
    let edges = decile_edges(&constant);
    let reference = histogram(&edges, &constant);
    for moved in [4.0, 6.0] {
        let current = [moved; 100];
        let counts = histogram(&edges, &current);
        assert!(psi_test(&reference, &counts).p_value < 1e-10);
        assert_eq!(jensen_shannon(&reference, &counts), 1.0);
        assert_eq!(wasserstein(&constant, &current), 1.0);
        assert_eq!(wasserstein_normed(&constant, &current), 1000.0);
        assert!(ks(&constant, &current).p_value < 1e-50);
    }
    assert_eq!(psi_test(&reference, &reference), Test::NOTHING);
    assert_eq!(chi_square(&reference, &reference), Test::NOTHING);
    assert_eq!(ks(&constant, &constant), Test::NOTHING);
    assert_eq!(wasserstein_normed(&constant, &constant), 0.0);
}

#[test]
fn infinite_values_are_extremes_without_a_distance() {
    let with = [1.0, 2.0, 3.0, INFINITY, -INFINITY];
    let without = [1.0, 2.0, 3.0];
    assert_eq!(decile_edges(&with), decile_edges(&without));
    assert_eq!(wasserstein(&with, &without), 0.0);
    assert_eq!(wasserstein(&[INFINITY], &without), 0.0);
    assert_eq!(ks(&[INFINITY; 3], &without).statistic, 1.0);
    assert_eq!(ks(&[INFINITY; 3], &[INFINITY; 5]), Test::NOTHING);
    assert_eq!(histogram(&[2.0], &with), [2.0, 3.0]);
}

#[test]
fn what_overflows_is_the_greatest_number() {
    let (low, high) = ([f64::MIN, f64::MIN], [f64::MAX, f64::MAX]);
    assert_eq!(wasserstein(&low, &high), f64::MAX);
    assert_eq!(wasserstein_binned(&[f64::MIN, f64::MAX], &[1.0, 0.0], &[0.0, 1.0]), f64::MAX);
    // Squares of these overflow, their standard deviation does not.
    assert_eq!(wasserstein_normed(&[-1e200, 1e200], &[0.0, 2e200]), 1.0);
    assert!(decile_edges(&[f64::MIN, f64::MAX]).iter().all(|edge| edge.is_finite()));
}

#[test]
fn nan_is_no_value() {
    assert_eq!(ks(&[1.0, NAN, 2.0], &[NAN, 3.0]), ks(&[1.0, 2.0], &[3.0]));
    assert_eq!(wasserstein(&[1.0, NAN, 2.0], &[NAN, 3.0]), 1.5);
    assert_eq!(median(&[NAN, 2.0, 1.0, 4.0]), Some(2.0));
    assert_eq!(robust_z(NAN, &[1.0, 2.0, 3.0], 0.1), Test::NOTHING);
    assert_eq!(benjamini_hochberg(&[NAN, 0.01]), [1.0, 0.02]);
}

#[test]
fn what_is_no_count_is_zero() {
    assert_eq!(psi(&[5.0, -3.0, 4.0], &[1.0, 2.0, 3.0]), psi(&[5.0, 0.0, 4.0], &[1.0, 2.0, 3.0]));
    assert_eq!(l_infinity(&[1.0, 1.0], &[1.0, 1.0, NAN]), 0.0);
    assert_eq!(l_infinity(&[1.0, 1.0], &[1.0]), 0.5);
}

#[test]
fn tiny_samples_prove_nothing() {
    assert_eq!(chi_square(&[1.0, 0.0], &[0.0, 1.0]), Test::NOTHING);
    assert_eq!(chi_square(&[3.0, 1.0], &[0.0, 4.0]), Test::NOTHING);
    assert_eq!(ks(&[1.0], &[2.0]), Test { statistic: 1.0, p_value: 1.0 });
    assert!(psi_test(&[1.0, 0.0], &[0.0, 1.0]).p_value > 0.05);
    assert_eq!(robust_z(9.0, &[1.0], 0.1), Test::NOTHING);
    // Two weeks have one degree of freedom, whose tails are heavy.
    assert!(robust_z(9.0, &[1.0, 2.0], 0.1).p_value > 0.05);
}

#[test]
fn new_and_vanished_categories_are_finite() {
    let (reference, current) = ([500.0, 500.0, 0.0], [500.0, 0.0, 500.0]);
    assert!(psi(&reference, &current).is_finite());
    assert!(psi_test(&reference, &current).p_value < 1e-100);
    assert!(chi_square(&reference, &current).p_value < 1e-100);
    assert_eq!(l_infinity(&reference, &current), 0.5);
    // A bin that neither has is as if it were not there.
    assert_eq!(psi_test(&[3.0, 0.0, 4.0], &[4.0, 0.0, 3.0]), psi_test(&[3.0, 4.0], &[4.0, 3.0]));
}

#[test]
fn rates_without_a_base_are_not_compared() {
    let one = RatioSums { clusters: 1.0, x: 2.0, y: 1.0, xx: 4.0, xy: 2.0, yy: 1.0 };
    let unseen = RatioSums { clusters: 5.0, ..RatioSums::default() };
    let many = RatioSums { clusters: 3.0, x: 6.0, y: 3.0, xx: 12.0, xy: 6.0, yy: 5.0 };
    assert_eq!((one.ratio(), one.variance()), (Some(0.5), None));
    assert_eq!((unseen.ratio(), unseen.variance()), (None, None));
    for missing in [one, unseen, RatioSums::default()] {
        assert_eq!(cluster_robust_z(&many, &missing), Test::NOTHING);
        assert_eq!(cluster_robust_z(&missing, &many), Test::NOTHING);
    }
    let mut with = many;
    with.add(NAN, 1.0);
    assert_eq!(with, many);
    for proportion in [(0.0, 0.0), (1.0, 0.0), (2.0, 1.0), (-1.0, 5.0), (NAN, 5.0), (1.0, INFINITY)] {
        assert_eq!(two_proportion_z(proportion, (1.0, 2.0)), Test::NOTHING);
        assert_eq!(two_proportion_z((1.0, 2.0), proportion), Test::NOTHING);
    }
    assert_eq!(two_proportion_z((0.0, 9.0), (0.0, 5.0)), Test::NOTHING);
    assert_eq!(two_proportion_z((9.0, 9.0), (5.0, 5.0)), Test::NOTHING);
}

/// Nobody of a thousand sessions bought; that two have does not make it certain.
#[test]
fn clusters_that_agree_are_no_certainty() {
    let sums = |clusters: f64, y: f64| RatioSums { clusters, x: clusters, y, xx: clusters, xy: y, yy: y };
    let test = cluster_robust_z(&sums(1000.0, 0.0), &sums(2.0, 2.0));
    assert!(test.p_value > 0.05 && test.statistic > 0.0, "{test:?}");
    assert!(cluster_robust_z(&sums(1000.0, 0.0), &sums(1000.0, 1000.0)).p_value < 1e-100);
}

#[test]
fn a_constant_past_without_a_floor_is_left_infinitely_far() {
    let past = [7.0; 6];
    assert_eq!(robust_z(7.0, &past, 0.0), Test::NOTHING);
    assert_eq!(robust_z(7.5, &past, 0.0), Test { statistic: f64::MAX, p_value: 0.0 });
    assert_eq!(robust_z(-INFINITY, &past, NAN), Test { statistic: f64::MIN, p_value: 0.0 });
    assert_eq!(robust_z(7.5, &past, 0.25).statistic, 2.0);
    assert_eq!(robust_z(1.0, &[1.0, 1.0, INFINITY, NAN], 0.5), Test::NOTHING);
}
