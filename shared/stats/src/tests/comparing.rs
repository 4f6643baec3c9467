//! Columns as a whole.

use crate::{Column, CompareError, Comparison, Kind, Test, compare, ks, wasserstein};

fn numbers(values: &[f64]) -> Column {
    Column::Numbers(values.to_vec())
}

fn texts(values: &[&str]) -> Column {
    Column::Texts(values.iter().map(|v| (*v).to_owned()).collect())
}

fn compared(reference: &Column, current: &Column) -> Comparison {
    compare(reference, current, 0, 0).unwrap()
}

#[test]
fn numbers_are_compared_by_order_and_size() {
    let (reference, current) = ([1.0, 2.0, 3.0, 4.0], [2.0, 3.0, 9.0]);
    let comparison = compare(&numbers(&reference), &numbers(&current), 1, 2).unwrap();
    assert_eq!(comparison.kind, Kind::Numeric);
    assert_eq!((comparison.reference_count, comparison.current_count), (4, 3));
    assert_eq!((comparison.reference_nulls, comparison.current_nulls), (1, 2));
    assert_eq!(comparison.ks, Some(ks(&reference, &current)));
    assert_eq!(comparison.wasserstein, Some(wasserstein(&reference, &current)));
    let bins = comparison.bins.unwrap();
    assert_eq!(bins.edges.len() + 1, bins.reference.len());
    assert_eq!((bins.reference.iter().sum::<f64>(), bins.current.iter().sum::<f64>()), (4.0, 3.0));
    assert_eq!(comparison.new_categories, None);
}

#[test]
fn categories_come_and_go() {
    let comparison = compared(&texts(&["b", "a", "b", "z"]), &texts(&["d", "b", "c"]));
    assert_eq!(comparison.kind, Kind::Categorical);
    assert_eq!(comparison.new_categories.unwrap(), ["c", "d"]);
    assert_eq!(comparison.vanished_categories.unwrap(), ["a", "z"]);
    assert_eq!(comparison.l_infinity, Some(1.0 / 3.0));
    assert_eq!((comparison.ks, comparison.wasserstein, comparison.bins), (None, None, None));
}

#[test]
fn nan_is_a_null() {
    let comparison = compare(&numbers(&[1.0, f64::NAN]), &numbers(&[f64::NAN]), 3, u64::MAX).unwrap();
    assert_eq!((comparison.reference_count, comparison.reference_nulls), (1, 4));
    assert_eq!((comparison.current_count, comparison.current_nulls), (0, u64::MAX));
    assert!(comparison.null_share.is_some());
}

#[test]
fn a_side_without_values_leaves_the_nulls_to_compare() {
    for (reference, current) in [(numbers(&[]), numbers(&[1.0])), (texts(&["a"]), texts(&[]))] {
        let comparison = compare(&reference, &current, 9, 9).unwrap();
        assert_eq!((comparison.psi, comparison.chi_square, comparison.ks), (None, None, None));
        assert_eq!((comparison.jensen_shannon, comparison.l_infinity), (None, None));
        assert_eq!((comparison.wasserstein, comparison.wasserstein_normed), (None, None));
        assert!(comparison.null_share.unwrap().statistic != 0.0);
        assert_eq!(compared(&reference, &current).null_share, None);
    }
}

#[test]
fn infinite_values_alone_have_an_order_but_no_distance() {
    let comparison = compared(&numbers(&[f64::INFINITY; 4]), &numbers(&[f64::NEG_INFINITY; 4]));
    assert_eq!((comparison.reference_infinite, comparison.current_infinite), (Some(4), Some(4)));
    assert_eq!((comparison.psi, comparison.wasserstein), (None, None));
    assert_eq!(comparison.ks.map(|test| test.statistic), Some(1.0));
}

#[test]
fn equal_columns_have_nothing_to_tell() {
    for column in [numbers(&[1.0, 5.0, 2.0, 5.0]), texts(&["a", "b", "a"])] {
        let comparison = compare(&column, &column, 2, 2).unwrap();
        assert_eq!((comparison.jensen_shannon, comparison.l_infinity), (Some(0.0), Some(0.0)));
        assert_eq!(comparison.psi, Some(Test { statistic: 0.0, p_value: 1.0 }));
        assert_eq!(comparison.null_share, Some(Test::NOTHING));
    }
}

#[test]
fn numbers_are_no_texts() {
    let error = compare(&numbers(&[1.0]), &texts(&["1"]), 0, 0).unwrap_err();
    assert_eq!(error, CompareError::Kinds { reference: Kind::Numeric, current: Kind::Categorical });
    assert_eq!(error.to_string(), "the reference holds numbers, the current column texts");
}
