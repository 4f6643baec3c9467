//! Tails of the laws against scipy 1.17.1: `2 * norm.sf(z)`, `chi2.sf(x, df)`, `2 * t.sf(t, df)`, `kstwo.sf(d, n)`.

use super::assert_near;
use crate::kolmogorov::one_sample_upper;
use crate::normal_two_sided;
use crate::tails::{chi_squared_upper, student_two_sided};

/// The precision that is promised of a p-value.
const AS_SCIPY: f64 = 1e-6;

#[test]
fn normal() {
    let known = [
        (0.0, 1.0),
        (1.959963984540054, 0.05),
        (-3.0, 0.0026997960632601866),
        (11.5, 1.319154289222735e-30),
        (37.5, 9.210706019163908e-308),
    ];
    for (z, p) in known {
        assert_near(normal_two_sided(z), p, 1e-9);
    }
    assert_eq!(normal_two_sided(f64::INFINITY), 0.0);
    assert_eq!(normal_two_sided(f64::NAN), 1.0);
}

#[test]
fn chi_squared() {
    let known = [
        (11.0705, 5.0, 0.0499999554280436),
        (200.0, 9.0, 3.312992393909567e-38),
        (1500.0, 30.0, 3.9605925288243954e-297),
        (3.0, 200.0, 1.0),
    ];
    for (x, freedom, p) in known {
        assert_near(chi_squared_upper(x, freedom), p, 1e-9);
    }
    assert_eq!(chi_squared_upper(1.0, 0.0), 1.0);
}

#[test]
fn student() {
    let known = [
        (2.5, 3.0, 0.08770664700806556),
        (-40.0, 7.0, 1.5902179984850364e-9),
        (30.0, 40.0, 4.8509076605902047e-29),
        (0.001, 5.0, 0.9992407867721976),
    ];
    for (t, freedom, p) in known {
        assert_near(student_two_sided(t, freedom), p, 1e-9);
    }
    assert_eq!(student_two_sided(1.0, 0.0), 1.0);
}

#[test]
fn kolmogorov() {
    let known = [
        // Each of the ways to compute it: exact in the middle, one side only, the matrix, the expansion, the limit.
        (1.0, 0.7, 0.6000000000000001),
        (5.0, 0.22, 0.9243212799999999),
        (5.0, 0.3, 0.664),
        (10.0, 0.6, 0.0005681672000000003),
        (100.0, 0.05, 0.9532159710635725),
        (100.0, 0.15, 0.019839242125643017),
        (100.0, 0.25, 5.408871776434847e-6),
        (140.0, 0.01, 1.0),
        (1000.0, 0.01, 0.9999496745370611),
        (1000.0, 0.03, 0.3226902143914636),
        (1000.0, 0.06, 0.001428597887952891),
        (1000.0, 0.3, 2.590715705736845e-80),
        (200_000.0, 0.001, 0.9881500208855729),
        (200_000.0, 0.02, 6.339001082043132e-70),
        (5_000_000.0, 0.0005, 0.16402460008192765),
        (5_000_000.0, 0.004, 6.497626863833551e-70),
    ];
    for (n, d, p) in known {
        assert_near(one_sample_upper(n, d), p, AS_SCIPY);
    }
    assert_eq!(one_sample_upper(100.0, 0.005), 1.0);
    assert_eq!(one_sample_upper(100.0, 1.0), 0.0);
}

/// The ways to compute it meet where one takes over from the other.
#[test]
fn kolmogorov_has_no_steps() {
    for n in [1.0, 7.0, 140.0, 141.0, 5_000.0, 100_001.0, 2e6] {
        let mut before = 1.0;
        for step in 1..=100 {
            let d = f64::from(step) * 0.04 / f64::sqrt(n);
            let p = one_sample_upper(n, d);
            // Where both sides can be crossed, one side alone is too much by up to that chance.
            assert!(p <= before * (1.0 + 1e-5), "n {n}, d {d}: {p} after {before}");
            before = p;
        }
    }
}
