//! Known values: by hand, from the sources, or from scipy 1.17.1 and numpy 2.4.6 as named.

use super::{assert_near, assert_test};
use crate::{
    RatioSums, benjamini_hochberg, chi_square, cluster_robust_z, decile_edges, histogram, jensen_shannon, ks,
    ks_binned, l_infinity, median, psi, psi_test, robust_z, two_proportion_z, wasserstein,
    wasserstein_binned, wasserstein_normed,
};

/// The last category is new, the ones before it have 15 and 5 of 100.
const REFERENCE: [f64; 5] = [50.0, 30.0, 15.0, 5.0, 0.0];
const CURRENT: [f64; 5] = [30.0, 30.0, 25.0, 10.0, 5.0];

/// The formula in numpy, `chi2.sf(psi / (1/100 + 1/100), 4)`.
#[test]
fn population_stability() {
    assert_eq!(psi(&REFERENCE, &CURRENT), psi_test(&REFERENCE, &CURRENT).statistic);
    assert_test(psi_test(&REFERENCE, &CURRENT), 0.29547248316456465, 0.0051945171828137356);
}

/// `jensenshannon(REFERENCE, CURRENT, 2)`.
#[test]
fn jensen_shannon_distance() {
    assert_near(jensen_shannon(&REFERENCE, &CURRENT), 0.2418003529586635, 1e-12);
    assert_eq!(jensen_shannon(&[7.0, 0.0], &[0.0, 3.0]), 1.0);
}

/// Of a share that moved by 1e-9 the divergence is d^2 / (8 p (1 - p) ln 2) to the first order, so the distance is
/// 1e-9 / sqrt(2 ln 2) at p = 1/2; the textbook formula is left with rounding alone.
#[test]
fn jensen_shannon_does_not_cancel() {
    let distance = jensen_shannon(&[1e9, 1e9], &[1e9 + 2.0, 1e9 - 2.0]);
    assert_near(distance, 1e-9 / (2.0 * std::f64::consts::LN_2).sqrt(), 1e-6);
}

#[test]
fn greatest_difference() {
    assert_near(l_infinity(&REFERENCE, &CURRENT), 0.2, 1e-12);
}

/// `chi2_contingency([[50, 30, 15, 5], [30, 30, 25, 15]], correction=False)`: of the new category 2.5 are expected,
/// and so it joins the least.
#[test]
fn chi_square_pools_what_is_rare() {
    assert_test(chi_square(&REFERENCE, &CURRENT), 12.5, 0.005852662593326735);
    // Enough together: the rare ones are a cell of their own. 60/40 and 40/60 is 8 with one degree of freedom.
    let many = [vec![60.0], vec![2.0; 20]].concat();
    let few = [vec![40.0], vec![3.0; 20]].concat();
    assert_near(chi_square(&many, &few).statistic, 8.0, 1e-12);
}

/// `chi2_contingency([[60, 40], [44, 56]], correction=False)`: of the third bin 4.5 are expected.
#[test]
fn less_than_five_is_rare() {
    let test = chi_square(&[55.0, 40.0, 5.0], &[40.0, 56.0, 4.0]);
    assert_test(test, 5.128205128205128, 0.023540058261177957);
    // Of one with ten instead of nine there are five, and that is enough.
    assert_near(chi_square(&[55.0, 40.0, 5.0], &[40.0, 55.0, 5.0]).statistic, 450.0 / 95.0, 1e-12);
}

/// `ks_2samp`: exact, with ties, and in the tail.
#[test]
fn kolmogorov_smirnov() {
    assert_test(ks(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]), 1.0, 0.1);
    assert_test(
        ks(&[1.0, 2.0, 2.0, 3.0], &[2.0, 3.0, 4.0, 5.0, 6.0, 7.0]),
        0.6666666666666666,
        0.18095238095238098,
    );
    let reference: Vec<f64> = (0..100).map(f64::from).collect();
    let current: Vec<f64> = (40..160).map(f64::from).collect();
    assert_test(ks(&reference, &current), 0.5, 6.37597878906084e-13);
}

/// Over bins of one value each it is that of the samples; the p-value is `kstwo.sf(0.25, 50)`, of 100 and 100.
#[test]
fn kolmogorov_smirnov_of_counts() {
    let test = ks_binned(&[50.0, 25.0, 25.0], &[25.0, 25.0, 50.0]);
    assert_test(test, 0.25, 0.0030657620198697444);
}

/// The examples in the documentation of `wasserstein_distance`, and one that was computed by it.
#[test]
fn earth_movers_distance() {
    assert_eq!(wasserstein(&[0.0, 1.0, 3.0], &[5.0, 6.0, 8.0]), 5.0);
    let distance = wasserstein_binned(
        &[3.4, 3.9, 7.5, 7.8, 4.5, 1.4],
        &[1.4, 0.9, 3.1, 7.2, 0.0, 0.0],
        &[0.0, 0.0, 0.0, 0.0, 3.2, 3.5],
    );
    assert_near(distance, 4.078133143804786, 1e-12);
    let (reference, current) = ([1.5, 2.5, 4.0, 8.0], [1.0, 2.0, 9.0]);
    assert_near(wasserstein(&reference, &current), 1.3333333333333335, 1e-12);
    assert_near(wasserstein_normed(&reference, &current), 0.5387480237611791, 1e-12);
}

/// `numpy.quantile([3, 1, 4, 1, 5, 9, 2, 6], [0.1, 0.2, ..., 0.9])` and of [0.3, 1.4], to the last digit.
#[test]
fn deciles() {
    // A step from the nearer of two values, or the fifth and the ninth would end in 0.8499999999999999 and so on.
    assert_eq!(
        decile_edges(&[1.4, 0.3]),
        [0.41, 0.52, 0.6299999999999999, 0.74, 0.85, 0.96, 1.0699999999999998, 1.18, 1.29]
    );
    assert_eq!(
        decile_edges(&[3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0]),
        [
            1.0,
            1.4000000000000001,
            2.1,
            2.8000000000000003,
            3.5,
            4.2,
            4.8999999999999995,
            5.6000000000000005,
            6.8999999999999995
        ]
    );
}

#[test]
fn a_value_at_an_edge_is_above_it() {
    assert_eq!(histogram(&[1.0, 2.0], &[0.9, 1.0, 1.5, 2.0, 3.0, f64::INFINITY, f64::NAN]), [1.0, 2.0, 3.0]);
}

#[test]
fn a_frequent_value_has_a_bin_of_its_own() {
    let values = [vec![0.0; 6], vec![1.0, 2.0, 3.0, 4.0]].concat();
    let edges = decile_edges(&values);
    assert_eq!(&edges[..2], [0.0, f64::from_bits(1)]);
    assert_eq!(histogram(&edges, &values)[..2], [0.0, 6.0]);
    assert_eq!(decile_edges(&[5.0; 9]), [5.0, 5.0_f64.next_up()]);
}

/// `2 * norm.sf(z)` of the pooled z of 200 and 260 of 1000.
#[test]
fn two_proportions() {
    assert_test(two_proportion_z((200.0, 1000.0), (260.0, 1000.0)), 3.188063564953509, 0.0014322904658136415);
}

/// By hand: clusters (x, y) of (1, 0), (1, 1), (2, 1) have R = 1/2, residuals -1/2, 1/2, 0, so a variance of
/// 3/2 * 1/2 / 16 = 3/64; of (2, 2), (2, 1), (2, 0) R = 1/2 and 3/2 * 2 / 36 = 1/12.
#[test]
fn clusters() {
    let of = |clusters: &[(f64, f64)]| {
        let mut sums = RatioSums::default();
        clusters.iter().for_each(|(x, y)| sums.add(*x, *y));
        sums
    };
    let sums = of(&[(1.0, 0.0), (1.0, 1.0), (2.0, 1.0)]);
    assert_eq!((sums.ratio(), sums.variance()), (Some(0.5), Some(3.0 / 64.0)));
    let other = of(&[(2.0, 2.0), (2.0, 1.0), (2.0, 0.0)]);
    assert_near(other.variance().unwrap(), 1.0 / 12.0, 1e-12);
    assert_eq!(cluster_robust_z(&sums, &other), crate::Test::NOTHING);
    let third = of(&[(1.0, 1.0), (1.0, 1.0), (2.0, 1.0)]);
    let z = 0.25 / (3.0_f64 / 64.0 + third.variance().unwrap()).sqrt();
    assert_near(cluster_robust_z(&sums, &third).statistic, z, 1e-12);
}

/// Of one trial per cluster the variance is that of a proportion, p (1 - p) / (n - 1): sessions that repeat
/// themselves tenfold leave it as it is, though there are ten times the trials.
#[test]
fn repetitions_in_a_cluster_are_no_evidence() {
    let mut once = RatioSums::default();
    let mut tenfold = RatioSums::default();
    for i in 0..100 {
        let y = f64::from(u8::from(i < 30));
        once.add(1.0, y);
        tenfold.add(10.0, 10.0 * y);
    }
    assert_near(once.variance().unwrap(), 0.3 * 0.7 / 99.0, 1e-12);
    assert_near(tenfold.variance().unwrap(), 0.3 * 0.7 / 99.0, 1e-12);
}

/// `numpy.median`, and `2 * t.sf(|z|, 6)`.
#[test]
fn robust_deviation() {
    let weeks = [100.0, 104.0, 97.0, 110.0, 99.0, 101.0, 250.0];
    assert_eq!(median(&weeks), Some(101.0));
    assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
    assert_test(robust_z(60.0, &weeks, 0.0), -9.218040379513468, 9.196486061922828e-5);
    // 41 below the median, the floor being 20.5.
    assert_near(robust_z(60.0, &weeks, 20.5).statistic, -2.0, 1e-12);
}

/// The fifteen p-values of Benjamini and Hochberg's own example (1995, section 3.2), of which four are found at
/// 0.05, adjusted by `false_discovery_control`.
#[test]
fn false_discoveries() {
    let p_values = [
        0.0459, 0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.3240, 0.4262, 0.5719,
        0.6528, 0.7590, 1.0000,
    ];
    let expected = [
        0.0765,
        0.0015,
        0.003,
        0.0095,
        0.035625,
        0.0603,
        0.06385714285714286,
        0.06385714285714286,
        0.0645,
        0.486,
        0.5811818181818181,
        0.7148749999999999,
        0.7532307692307693,
        0.8132142857142857,
        1.0,
    ];
    for (adjusted, expected) in benjamini_hochberg(&p_values).into_iter().zip(expected) {
        assert_near(adjusted, expected, 1e-12);
    }
}
