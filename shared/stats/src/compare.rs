//! A column against a column.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    Test, chi_square, decile_edges, histogram, jensen_shannon, ks, l_infinity, psi_test, two_proportion_z,
    wasserstein, wasserstein_normed,
};

/// The values of a column, without its nulls.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Numbers; a NaN among them is a null.
    Numbers(Vec<f64>),
    /// Texts, as of categories.
    Texts(Vec<String>),
}

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Numbers, compared by their order and size.
    Numeric,
    /// Categories, compared by their counts.
    Categorical,
}

/// Why two columns cannot be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CompareError {
    /// One holds numbers, the other texts.
    #[error("the reference holds {}, the current column {}", values(.reference), values(.current))]
    Kinds {
        /// Of the reference.
        reference: Kind,
        /// Of the current column.
        current: Kind,
    },
}

/// Everything that is measured between two columns. A number is never infinite nor NaN, see the [crate]; what does
/// not apply is none, and null in JSON. That is every distance and test of values if either column has none (nulls
/// apart), and the ones that are said to be of numbers or of categories alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// What the columns hold.
    pub kind: Kind,
    /// Number of values in the reference, nulls and NaN apart.
    pub reference_count: u64,
    /// Number of values in the current column, nulls and NaN apart.
    pub current_count: u64,
    /// Number of nulls in the reference, NaN included.
    pub reference_nulls: u64,
    /// Number of nulls in the current column, NaN included.
    pub current_nulls: u64,
    /// Number of infinite values in the reference, of numbers alone. They are counted as values; the Wasserstein
    /// distances and the bins' edges are made without them.
    pub reference_infinite: Option<u64>,
    /// Number of infinite values in the current column, of numbers alone.
    pub current_infinite: Option<u64>,
    /// [`psi_test`](crate::psi_test) on the bins or the categories; the statistic is the PSI.
    pub psi: Option<Test>,
    /// [`jensen_shannon`](crate::jensen_shannon) on the bins or the categories.
    pub jensen_shannon: Option<f64>,
    /// [`l_infinity`](crate::l_infinity) on the bins or the categories.
    pub l_infinity: Option<f64>,
    /// [`chi_square`](crate::chi_square) on the bins or the categories.
    pub chi_square: Option<Test>,
    /// [`wasserstein`](crate::wasserstein) in units of the values, of numbers alone; none without a finite value on
    /// both sides.
    pub wasserstein: Option<f64>,
    /// [`wasserstein_normed`](crate::wasserstein_normed), of numbers alone; none as `wasserstein`.
    pub wasserstein_normed: Option<f64>,
    /// [`ks`](crate::ks), of numbers alone.
    pub ks: Option<Test>,
    /// [`two_proportion_z`](crate::two_proportion_z) of the nulls among all rows; none if either column has no rows.
    pub null_share: Option<Test>,
    /// The bins of numbers.
    pub bins: Option<Bins>,
    /// The categories that the current column has and the reference has not, sorted.
    pub new_categories: Option<Vec<String>>,
    /// The categories that the reference has and the current column has not, sorted.
    pub vanished_categories: Option<Vec<String>>,
}

/// The bins that numbers were counted over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bins {
    /// Inner edges, see [`decile_edges`](crate::decile_edges); the bin at i holds values of at least edge i - 1 and
    /// less than edge i.
    pub edges: Vec<f64>,
    /// Counts of the reference, one more than edges.
    pub reference: Vec<f64>,
    /// Counts of the current column.
    pub current: Vec<f64>,
}

/// Compares two columns, whose nulls were taken out and counted. Numbers are counted over the deciles of the
/// reference, texts over the categories of both.
///
/// # Errors
///
/// One column holds numbers and the other texts.
pub fn compare(
    reference: &Column,
    current: &Column,
    reference_nulls: u64,
    current_nulls: u64,
) -> Result<Comparison, CompareError> {
    let mut comparison = match (reference, current) {
        (Column::Numbers(reference), Column::Numbers(current)) => numeric(reference, current),
        (Column::Texts(reference), Column::Texts(current)) => categorical(reference, current),
        _ => return Err(CompareError::Kinds { reference: kind(reference), current: kind(current) }),
    };
    comparison.reference_nulls = comparison.reference_nulls.saturating_add(reference_nulls);
    comparison.current_nulls = comparison.current_nulls.saturating_add(current_nulls);
    let nulls = |nulls: u64, count: u64| (nulls as f64, nulls as f64 + count as f64);
    let of_reference = nulls(comparison.reference_nulls, comparison.reference_count);
    let of_current = nulls(comparison.current_nulls, comparison.current_count);
    if of_reference.1 > 0.0 && of_current.1 > 0.0 {
        comparison.null_share = Some(two_proportion_z(of_reference, of_current));
    }
    Ok(comparison)
}

fn kind(column: &Column) -> Kind {
    match column {
        Column::Numbers(_) => Kind::Numeric,
        Column::Texts(_) => Kind::Categorical,
    }
}

fn values(kind: &Kind) -> &'static str {
    match kind {
        Kind::Numeric => "numbers",
        Kind::Categorical => "texts",
    }
}

fn numeric(reference: &[f64], current: &[f64]) -> Comparison {
    let nulls = |column: &[f64]| column.iter().filter(|v| v.is_nan()).count() as u64;
    let infinite = |column: &[f64]| column.iter().filter(|v| v.is_infinite()).count() as u64;
    let nulls = (nulls(reference), nulls(current));
    let infinite = (infinite(reference), infinite(current));
    let counts = (reference.len() as u64 - nulls.0, current.len() as u64 - nulls.1);
    let edges = decile_edges(reference);
    let bins = Bins { reference: histogram(&edges, reference), current: histogram(&edges, current), edges };
    let mut comparison = Comparison::new(Kind::Numeric, counts);
    if !bins.edges.is_empty() {
        comparison.count_distances(&bins.reference, &bins.current);
    }
    (comparison.reference_nulls, comparison.current_nulls) = nulls;
    comparison.reference_infinite = Some(infinite.0);
    comparison.current_infinite = Some(infinite.1);
    if counts.0 > 0 && counts.1 > 0 {
        comparison.ks = Some(ks(reference, current));
    }
    if counts.0 > infinite.0 && counts.1 > infinite.1 {
        comparison.wasserstein = Some(wasserstein(reference, current));
        comparison.wasserstein_normed = Some(wasserstein_normed(reference, current));
    }
    comparison.bins = Some(bins);
    comparison
}

fn categorical(reference: &[String], current: &[String]) -> Comparison {
    let mut counts: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for category in reference {
        counts.entry(category).or_default().0 += 1.0;
    }
    for category in current {
        counts.entry(category).or_default().1 += 1.0;
    }
    let (of_reference, of_current): (Vec<f64>, Vec<f64>) = counts.values().copied().unzip();
    let absent_from = |is_absent: fn(&(f64, f64)) -> bool| {
        counts
            .iter()
            .filter(|(_, count)| is_absent(count))
            .map(|(category, _)| (*category).to_owned())
            .collect()
    };
    let mut comparison = Comparison::new(Kind::Categorical, (reference.len() as u64, current.len() as u64));
    comparison.count_distances(&of_reference, &of_current);
    comparison.new_categories = Some(absent_from(|(in_reference, _)| *in_reference == 0.0));
    comparison.vanished_categories = Some(absent_from(|(_, in_current)| *in_current == 0.0));
    comparison
}

impl Comparison {
    fn new(kind: Kind, (reference_count, current_count): (u64, u64)) -> Self {
        Self {
            kind,
            reference_count,
            current_count,
            reference_nulls: 0,
            current_nulls: 0,
            reference_infinite: None,
            current_infinite: None,
            psi: None,
            jensen_shannon: None,
            l_infinity: None,
            chi_square: None,
            wasserstein: None,
            wasserstein_normed: None,
            ks: None,
            null_share: None,
            bins: None,
            new_categories: None,
            vanished_categories: None,
        }
    }

    fn count_distances(&mut self, reference: &[f64], current: &[f64]) {
        if self.reference_count == 0 || self.current_count == 0 {
            return;
        }
        self.psi = Some(psi_test(reference, current));
        self.jensen_shannon = Some(jensen_shannon(reference, current));
        self.l_infinity = Some(l_infinity(reference, current));
        self.chi_square = Some(chi_square(reference, current));
    }
}
