//! The correlation of two columns of numbers.

use super::Selection;
use crate::rows::{Column, Values};

/// Co-moments, which merge by Chan, Golub and LeVeque (1979).
#[derive(Debug, Clone, Default)]
pub(crate) struct Moments {
    count: f64,
    mean_a: f64,
    mean_b: f64,
    squares_a: f64,
    squares_b: f64,
    products: f64,
}

impl Moments {
    /// Measures the selected pairs.
    pub(crate) fn update(&mut self, a: &Column, b: &Column, selection: &Selection) {
        let count = selection.count() as f64;
        if count == 0.0 {
            return;
        }
        let (a, b) = (floats(a), floats(b));
        let (mut sum_a, mut sum_b) = (0.0, 0.0);
        selection.for_each(|row| {
            sum_a += a[row];
            sum_b += b[row];
        });
        let mut part = Self { count, mean_a: sum_a / count, mean_b: sum_b / count, ..Self::default() };
        selection.for_each(|row| {
            let (from_a, from_b) = (a[row] - part.mean_a, b[row] - part.mean_b);
            part.squares_a += from_a * from_a;
            part.squares_b += from_b * from_b;
            part.products += from_a * from_b;
        });
        self.merge(&part);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        if other.count == 0.0 {
            return;
        }
        let count = self.count + other.count;
        let (from_a, from_b) = (other.mean_a - self.mean_a, other.mean_b - self.mean_b);
        let weight = self.count * other.count / count;
        self.squares_a += other.squares_a + from_a * from_a * weight;
        self.squares_b += other.squares_b + from_b * from_b * weight;
        self.products += other.products + from_a * from_b * weight;
        self.mean_a += from_a * other.count / count;
        self.mean_b += from_b * other.count / count;
        self.count = count;
    }

    /// Pearson's coefficient; none of fewer than two pairs or of a constant column.
    pub(crate) fn correlation(&self) -> Option<f64> {
        let spread = self.squares_a.sqrt() * self.squares_b.sqrt();
        (self.count >= 2.0 && spread > 0.0).then(|| (self.products / spread).clamp(-1.0, 1.0))
    }
}

/// The scale of decimals does not matter to a correlation.
fn floats(column: &Column) -> Vec<f64> {
    match &column.values {
        Values::Int(array) => array.values().iter().map(|value| *value as f64).collect(),
        Values::Decimal(array) => array.values().iter().map(|value| *value as f64).collect(),
        Values::Float(array) => array.values().to_vec(),
        other => vec![0.0; other.len()],
    }
}
