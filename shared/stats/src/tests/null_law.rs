//! Where nothing has changed, p-values are spread evenly: of many a tenth is below 0.1 and half below 0.5. Seeded.

use crate::{
    RatioSums, chi_square, cluster_robust_z, decile_edges, histogram, ks, ks_binned, psi_test, robust_z,
    two_proportion_z,
};

const ROUNDS: usize = 2000;

/// SplitMix64 (Steele, Lea and Flood 2014).
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// By Box and Muller.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    fn sample(&mut self, size: usize) -> Vec<f64> {
        (0..size).map(|_| self.uniform()).collect()
    }

    /// Sessions of one to ten views, whose inclination to buy is their own.
    fn sessions(&mut self, count: usize) -> RatioSums {
        let mut sums = RatioSums::default();
        for _ in 0..count {
            let views = 1.0 + (self.uniform() * 10.0).floor();
            let inclination = 0.6 * self.uniform();
            let bought = (0..views as u32).filter(|_| self.uniform() < inclination).count();
            sums.add(views, bought as f64);
        }
        sums
    }
}

fn share_below(p_values: &[f64], level: f64) -> f64 {
    p_values.iter().filter(|p| **p < level).count() as f64 / p_values.len() as f64
}

fn p_values(seed: u64, mut test: impl FnMut(&mut Random) -> f64) -> Vec<f64> {
    let mut random = Random(seed);
    (0..ROUNDS).map(|_| test(&mut random)).collect()
}

/// Four standard errors of 2000 rounds are 0.027 at 0.1 and 0.045 at 0.5.
#[track_caller]
fn assert_uniform(p_values: &[f64]) {
    let (tenth, half) = (share_below(p_values, 0.1), share_below(p_values, 0.5));
    assert!((tenth - 0.1).abs() < 0.027, "{tenth} are below 0.1");
    assert!((half - 0.5).abs() < 0.045, "{half} are below 0.5");
}

/// Edges of twenty equal bins of 0 to 1.
fn fixed_bins() -> Vec<f64> {
    (1..20).map(|i| f64::from(i) / 20.0).collect()
}

#[test]
fn of_the_population_stability() {
    assert_uniform(&p_values(1, |random| {
        let (reference, current) = (random.sample(2000), random.sample(500));
        let edges = decile_edges(&reference);
        psi_test(&histogram(&edges, &reference), &histogram(&edges, &current)).p_value
    }));
}

#[test]
fn of_chi_square() {
    assert_uniform(&p_values(2, |random| {
        let (reference, current) = (random.sample(900), random.sample(300));
        chi_square(&histogram(&fixed_bins(), &reference), &histogram(&fixed_bins(), &current)).p_value
    }));
}

#[test]
fn of_kolmogorov_smirnov() {
    assert_uniform(&p_values(3, |random| ks(&random.sample(211), &random.sample(97)).p_value));
}

/// It does not see into its bins, so it may be silent too often but never too seldom.
#[test]
fn of_kolmogorov_smirnov_of_counts() {
    let p_values = p_values(4, |random| {
        let (reference, current) = (random.sample(2000), random.sample(2000));
        ks_binned(&histogram(&fixed_bins(), &reference), &histogram(&fixed_bins(), &current)).p_value
    });
    assert!(share_below(&p_values, 0.1) < 0.127 && share_below(&p_values, 0.5) < 0.545);
    assert!(share_below(&p_values, 0.5) > 0.2);
}

/// The naive test takes views for independent of each other and cries wolf twice as often as it says.
#[test]
fn of_rates_over_sessions() {
    let mut naive = Vec::new();
    let robust = p_values(5, |random| {
        let (reference, current) = (random.sessions(400), random.sessions(150));
        naive.push(two_proportion_z((reference.y, reference.x), (current.y, current.x)).p_value);
        cluster_robust_z(&reference, &current).p_value
    });
    assert_uniform(&robust);
    assert!(share_below(&naive, 0.1) > 0.2);
}

#[test]
fn of_two_proportions() {
    assert_uniform(&p_values(6, |random| {
        let mut bought = |trials: usize| random.sample(trials).iter().filter(|v| **v < 0.3).count() as f64;
        two_proportion_z((bought(3001), 3001.0), (bought(1753), 1753.0)).p_value
    }));
}

/// The MAD of few values is rough, and so is this law; that of the normal would be rougher.
#[test]
fn of_robust_z() {
    let p_values = p_values(7, |random| {
        let past: Vec<f64> = (0..8).map(|_| random.normal()).collect();
        robust_z(random.normal(), &past, 0.0).p_value
    });
    let (hundredth, half) = (share_below(&p_values, 0.01), share_below(&p_values, 0.5));
    assert!(hundredth < 0.06, "{hundredth}");
    assert!((half - 0.5).abs() < 0.1, "{half}");
}
